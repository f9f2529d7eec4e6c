"""The Slack application: listeners around the services, and one place where errors end."""

from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import listeners, texts
from bot.responding import respond_on_open_connections
from bot.services import Services
from bot.whispers import answer, write
from evaluation.errors import DatabaseBusy

log = structlog.get_logger(__name__)


def build_app(services: Services) -> AsyncApp:
    """The bolt application over `services.slack`; connects to nothing until a handler does.

    With `process_before_response`, Slack gets its acknowledgement after the listener has
    stored what happened: an event that could not be stored is delivered again.
    """
    app = AsyncApp(client=services.slack, process_before_response=True)
    app.use(respond_on_open_connections)
    listeners.register(app, services)
    app.error(_answer_error)
    return app


async def _answer_error(
    error: Exception, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
) -> BoltResponse | None:
    """Tells the person with a reference that the log has too; leaves events to redelivery."""
    reference = uuid4().hex[:8]
    log.error("listener_failed", reference=reference, kind=body.get("type"), exc_info=error)
    if "event" in body:
        return None
    sentence = texts.BUSY if isinstance(error, DatabaseBusy) else texts.TROUBLE.format(reference=reference)
    if body.get("type") == "view_submission":
        block_id = next(iter(body["view"]["state"]["values"]), "")
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {block_id: sentence}})
    if respond.response_url is None:  # as in the App Home and in modals
        await write(client, body["user"]["id"], sentence)
    else:
        await answer(respond, sentence)
    return BoltResponse(status=200, body="")
