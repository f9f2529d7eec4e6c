"""Several apps in one local Slack: each has its own tokens, bot, commands, sockets and permissions."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.page import snapshot
from bot.playground.testing import Access, LocalSlack, Refused, slack
from tests.playground_app import MANIFEST, actions, button, error_of, modal, section, text_input

__all__ = ["slack"]


@pytest.fixture
def slack_manifests(tmp_path: Path) -> Sequence[Path]:
    """Copydesk, and a lunch app that may do less."""
    lunch = json.loads(MANIFEST.read_text("utf-8"))
    lunch["display_information"]["name"] = "Lunch"
    lunch["features"]["bot_user"]["display_name"] = "Lunch"
    lunch["features"]["slash_commands"] = [{"command": "/lunch", "description": "Where to eat"}]
    lunch["features"]["shortcuts"] = [
        {"name": "Eat there", "type": "message", "callback_id": "eat", "description": "Books a table"}
    ]
    lunch["oauth_config"]["scopes"]["bot"] = ["chat:write", "commands", "reactions:read"]
    lunch["settings"]["event_subscriptions"]["bot_events"] = ["reaction_added"]
    path = tmp_path / "lunch.json"
    path.write_text(json.dumps(lunch), "utf-8")
    return [MANIFEST, path]


def client(access: Access) -> AsyncWebClient:
    return AsyncWebClient(token=access.bot_token, base_url=access.api_url)


@asynccontextmanager
async def sockets(slack: LocalSlack, name: str, app: AsyncApp, count: int = 1) -> AsyncIterator[None]:
    """The app with this many sockets open."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            handler = AsyncSocketModeHandler(app, slack.access(name).app_token)
            await handler.connect_async()
            stack.push_async_callback(handler.close_async)
        await slack.connected(name)
        yield


def app_of(slack: LocalSlack, name: str) -> AsyncApp:
    return AsyncApp(client=client(slack.access(name)))


async def test_tokens_tell_the_apps_apart(slack: LocalSlack) -> None:
    one, two = [await client(slack.access(name)).auth_test() for name in ("Copydesk", "Lunch")]
    assert (one["user"], two["user"]) == ("copydesk", "lunch")
    assert one["user_id"] != two["user_id"]
    assert one["bot_id"] != two["bot_id"]


async def test_scopes_are_each_apps_own(slack: LocalSlack) -> None:
    assert (await client(slack.access("Copydesk")).users_list())["ok"]
    assert (await error_of(client(slack.access("Lunch")).users_list()))["error"] == "missing_scope"


async def test_a_command_reaches_the_app_that_declares_it(slack: LocalSlack) -> None:
    copydesk, lunch = app_of(slack, "Copydesk"), app_of(slack, "Lunch")
    heard: list[str] = []

    @copydesk.command("/draft")
    async def draft(ack: Any, command: Json) -> None:
        heard.append(f"Copydesk {command['api_app_id']}")
        await ack()

    @lunch.command("/lunch")
    async def eat(ack: Any, command: Json) -> None:
        heard.append(f"Lunch {command['api_app_id']}")
        await ack()

    async with sockets(slack, "Copydesk", copydesk), sockets(slack, "Lunch", lunch):
        ada = slack.as_user("U0ADA")
        await ada.slash("/lunch", "noodles")
        await ada.slash("/draft", "linkedin noodles")
    assert heard == ["Lunch A0LOCALAPP2", "Copydesk A0LOCALAPP"]


async def test_buttons_modals_and_answers_go_back_to_the_app_they_came_from(slack: LocalSlack) -> None:
    lunch = app_of(slack, "Lunch")
    submitted: asyncio.Queue[Json] = asyncio.Queue()

    @lunch.action("book")
    async def book(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("why")))

    @lunch.view("form")
    async def form(ack: Any, view: Json) -> None:
        await ack()
        await submitted.put(view)

    @lunch.shortcut("eat")
    async def eat(ack: Any, respond: Any) -> None:
        await ack()
        await respond("A table for two")

    async with sockets(slack, "Lunch", lunch):
        ada = slack.as_user("U0ADA")
        await client(slack.access("Lunch")).chat_postMessage(
            channel="C0GENERAL", text="Noodles?", blocks=[section("Noodles?"), actions(button("book"))]
        )
        message = await ada.wait_for_message()
        await ada.click(message, "book")
        await ada.submit_view(await ada.wait_for_modal(), {"why": "hungry"})
        view = await submitted.get()
        await ada.shortcut("eat", message)
        answer = await ada.wait_for_message(fits=lambda found: found.ephemeral_to == "U0ADA")

    assert (message.user, message.bot_id) == ("U0LOCALBOT2", "B0LOCALAPP2")
    assert view["app_id"] == "A0LOCALAPP2"
    assert (answer.text, answer.user) == ("A table for two", "U0LOCALBOT2")


async def test_one_apps_failure_is_told_in_its_own_name(slack: LocalSlack) -> None:
    async with sockets(slack, "Copydesk", app_of(slack, "Copydesk")):
        ada = slack.as_user("U0ADA")
        with pytest.raises(Refused, match="dispatch_failed"):
            await ada.slash("/lunch")
    assert "Lunch is not connected" in ada.notices[0].text


async def test_an_event_is_delivered_once_to_each_app_that_subscribed(slack: LocalSlack) -> None:
    copydesk, lunch = app_of(slack, "Copydesk"), app_of(slack, "Lunch")
    heard: asyncio.Queue[str] = asyncio.Queue()

    @copydesk.event("reaction_added")
    async def one() -> None:
        await heard.put("Copydesk")

    @lunch.event("reaction_added")
    async def other() -> None:
        await heard.put("Lunch")

    async with sockets(slack, "Copydesk", copydesk, count=3), sockets(slack, "Lunch", lunch, count=2):
        ada = slack.as_user("U0ADA")
        await ada.post("Noodles")
        for name in ("ramen", "tada", "eyes", "+1"):
            await ada.react(ada.messages()[-1], name)
        names = [await heard.get() for _ in range(8)]
        await slack.delivered()
    assert sorted(names) == ["Copydesk"] * 4 + ["Lunch"] * 4
    assert heard.empty()


async def test_an_app_cannot_touch_another_apps_messages_and_views(slack: LocalSlack) -> None:
    copydesk, lunch = client(slack.access("Copydesk")), client(slack.access("Lunch"))
    sent = await copydesk.chat_postMessage(channel="C0GENERAL", text="Mine")
    change = lunch.chat_update(channel="C0GENERAL", ts=str(sent["ts"]), text="Ours")
    assert (await error_of(change))["error"] == "cant_update_message"
    home = {"type": "home", "blocks": [section("Mine")]}
    view = (await copydesk.views_publish(user_id="U0ADA", view=home))["view"]
    await lunch.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section("Theirs")]})
    ada = slack.as_user("U0ADA")
    mine, theirs = ada.home("Copydesk"), ada.home("Lunch")
    assert mine is not None
    assert theirs is not None
    assert [mine.blocks[0]["text"]["text"], theirs.blocks[0]["text"]["text"]] == ["Mine", "Theirs"]
    assert (await error_of(lunch.views_update(view_id=view["id"], view=home)))["error"] == "not_found"


async def test_each_app_has_its_own_direct_messages(slack: LocalSlack) -> None:
    for name in ("Copydesk", "Lunch"):
        await client(slack.access(name)).chat_postMessage(channel="U0ADA", text=f"From {name}")
    ada = slack.as_user("U0ADA")
    assert [message.text for message in ada.messages("im:Lunch")] == ["From Lunch"]
    assert [message.text for message in ada.messages("im")] == ["From Copydesk"]
    channels = [channel for channel in snapshot(slack.slack, "U0ADA")["channels"] if channel["kind"] == "im"]
    assert [channel["name"] for channel in channels] == ["Copydesk", "Lunch"]


async def test_the_page_offers_everything_under_its_apps_name(slack: LocalSlack) -> None:
    shown = snapshot(slack.slack, "U0ADA")
    assert [(command["command"], command["app"]) for command in shown["commands"]] == [
        ("/draft", "Copydesk"),
        ("/lunch", "Lunch"),
    ]
    assert [app["name"] for app in shown["apps"]] == ["Copydesk", "Lunch"]
    assert shown["shortcuts"][-1]["app"] == "Lunch"
