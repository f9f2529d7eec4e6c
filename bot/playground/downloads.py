"""The bytes of files: for the page under its secret address, for apps under `url_private` with a token."""

from urllib.parse import quote

from aiohttp import web

from bot.playground.entities import File
from bot.playground.errors import ApiError
from bot.playground.files import is_visible
from bot.playground.slack import Slack

_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MISSING = "This file was announced but never uploaded, or it was deleted."


async def send_to_page(slack: Slack, request: web.Request) -> web.StreamResponse:
    """Pictures are shown, everything else is saved: an uploaded page must never run here."""
    return _send(slack, request.match_info["file_id"], as_download=False)


async def send_to_app(slack: Slack, request: web.Request) -> web.StreamResponse:
    """`url_private`: for apps that may read files and see this one.

    Without a token Slack leads to its sign-in page, which many an app has saved as its picture; here
    it is a plain refusal.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    app = slack.of_token(token.strip())
    if scheme.lower() != "bearer" or token.strip() != app.app.bot_token:
        return web.Response(status=403, text="Send a bot token as `Authorization: Bearer xoxb-…`.")
    if "files:read" not in app.manifest.scopes:
        return web.Response(status=403, text="The app's manifest lacks the scope files:read. Add it.")
    file_id = request.match_info["file"].partition("-")[2]
    try:
        if not is_visible(app, app.workspace.file(file_id)):
            return web.Response(status=404, text="There is no such file that this app sees.")
    except ApiError:
        return web.Response(status=404, text="There is no such file that this app sees.")
    return _send(app, file_id, as_download="/download/" in request.path)


def _send(slack: Slack, file_id: str, *, as_download: bool) -> web.StreamResponse:
    try:
        file = slack.workspace.file(file_id)
    except ApiError:
        return web.Response(status=404, text="There is no such file.")
    content = slack.workspace.file_content(file.id)
    if content is None:
        return web.Response(status=404, text=_MISSING)
    shown = file.mimetype in _INLINE
    return web.Response(
        body=content,
        content_type=file.mimetype if shown else "application/octet-stream",
        headers={"Content-Disposition": _disposition(file, inline=shown and not as_download)},
    )


def _disposition(file: File, *, inline: bool) -> str:
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}"
