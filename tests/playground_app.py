"""What tests of the playground share: a configuration, bolt apps connected to it, small blocks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.config import PlaygroundConfig
from bot.playground.entities import Json
from bot.playground.server import Playground
from bot.playground.testing import LocalSlack

MANIFEST = Path(__file__).parents[1] / "deploy" / "slack" / "manifest.json"
BOT_TOKEN = "xoxb-local"
APP_TOKEN = "xapp-local"
SECRET = "a-secret-of-this-start"

# One pixel, black: the smallest picture there is.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763606060000000040001272f0f3b0000000049454e44ae426082"
)


class ManualClock:
    """A clock that tests move by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def playground_config(**changes: Any) -> PlaygroundConfig:
    """The defaults on any free port, everything in memory."""
    given = {"secret": SECRET, "bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "manifest": MANIFEST}
    return PlaygroundConfig(**{**given, **changes})


def write_manifest(folder: Path, *, scopes: tuple[str, ...] = (), events: tuple[str, ...] = ()) -> Path:
    """Copydesk's manifest with these scopes and subscriptions on top."""
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    manifest["oauth_config"]["scopes"]["bot"] += scopes
    manifest["settings"]["event_subscriptions"]["bot_events"] += events
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), "utf-8")
    return path


def web_client(playground: Playground, token: str = BOT_TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=playground.slack_api_url)


def bolt_app(playground: Playground) -> AsyncApp:
    """An app as anybody would write it, but for the base address."""
    return AsyncApp(client=web_client(playground))


@asynccontextmanager
async def connected(playground: Playground, app: AsyncApp) -> AsyncIterator[LocalSlack]:
    """The app with its socket open, until the block ends."""
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    slack = LocalSlack(playground)
    try:
        await handler.connect_async()
        await slack.connected()
        yield slack
    finally:
        await handler.close_async()


async def error_of(call: Any) -> Json:
    """What Slack answered to a call that had to fail."""
    try:
        await call
    except SlackApiError as error:
        answer: Json = error.response.data
        return answer
    raise AssertionError("The call went through.")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str, value: str = "v", text: str = "Press") -> Json:
    return {"type": "button", "action_id": action_id, "value": value, "text": plain(text)}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def text_input(action_id: str, *, block_id: str | None = None, optional: bool = False, **more: Any) -> Json:
    """An input block around a text field."""
    return {
        "type": "input",
        "block_id": block_id or f"{action_id}-block",
        "label": plain("Why?"),
        "optional": optional,
        "element": {"type": "plain_text_input", "action_id": action_id, **more},
    }


def modal(*blocks: Json, callback_id: str = "form", **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain("A form"),
        "submit": plain("Send"),
        "blocks": list(blocks),
        **more,
    }
