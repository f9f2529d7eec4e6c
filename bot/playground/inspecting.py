"""The inspector over HTTP: `GET …/inspector` with filters, and waiting for what comes next."""

from aiohttp import web

from bot.playground.inspector import Filter, entry_payload
from bot.playground.slack import Slack

WAIT_SECONDS_LIMIT = 30.0


async def show_exchanges(slack: Slack, request: web.Request) -> web.Response:
    """Exchanges that fit `text`, `kind`, `name`, `app` and `failed`, oldest first.

    With `since` (a `revision` of an earlier answer) only what changed after it, and with `wait` not
    before something did or that many seconds passed.
    """
    query = request.query
    try:
        since = int(query.get("since", 0))
        wait_seconds = min(float(query.get("wait", 0)), WAIT_SECONDS_LIMIT)
    except ValueError:
        return web.json_response({"ok": False, "error": "invalid_arguments"}, status=400)
    inspector = slack.inspector
    if wait_seconds > 0:
        await inspector.changed_since(since, wait_seconds)
    wanted = Filter(
        text=query.get("text", ""),
        kind=query.get("kind"),
        name=query.get("name"),
        app_id=query.get("app"),
        only_failures=query.get("failed") in ("1", "true"),
    )
    found = inspector.find(wanted, since=since)
    return web.json_response(
        {
            "ok": True,
            "revision": inspector.revision,
            "first_number": inspector.entries[0].number if inspector.entries else None,
            "entries": [entry_payload(entry, slack.origin) for entry in found],
        }
    )
