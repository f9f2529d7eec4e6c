"""The playground as anybody's pytest fixture: an app without a manifest, and everything a person does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.testing import LocalSlack, Refused, slack
from tests.playground_app import actions, button, modal, plain, section, text_input

__all__ = ["slack"]


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def select(action_id: str, *values: str) -> Json:
    options = [option(value) for value in values]
    return {"type": "static_select", "action_id": action_id, "options": options}


@pytest.fixture
async def app(slack: LocalSlack) -> AsyncIterator[AsyncApp]:
    """Anybody's bolt app, connected; tests add listeners to it."""
    made = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))
    handler = AsyncSocketModeHandler(made, slack.app_token)
    await handler.connect_async()
    await slack.connected()
    yield made
    await handler.close_async()


async def test_any_command_is_taken_and_its_answer_seen(slack: LocalSlack, app: AsyncApp) -> None:
    @app.command("/anything")
    async def anything(ack: Any, say: Any, command: Json) -> None:
        await ack()
        await say(f"You said {command['text']}")

    ada = slack.as_user("U0ADA")
    await ada.slash("/anything", "goes", channel="drafts")
    assert (await ada.wait_for_message("drafts")).text == "You said goes"


async def test_choices_are_named_by_their_plain_values(slack: LocalSlack, app: AsyncApp) -> None:
    chosen: asyncio.Queue[Json] = asyncio.Queue()

    @app.action("tone")
    async def tone(ack: Any, action: Json) -> None:
        await ack()
        await chosen.put(action)

    blocks = [section("Which tone?"), actions(select("tone", "warm", "plain"))]
    await app.client.chat_postMessage(channel="C0GENERAL", text="Which tone?", blocks=blocks)
    ada = slack.as_user("U0ADA")
    message = await ada.wait_for_message()
    await ada.choose(message, "tone", "plain")
    assert (await chosen.get())["selected_option"] == option("plain")
    with pytest.raises(AssertionError, match="offers no 'loud'"):
        await ada.choose(message, "tone", "loud")


async def test_a_shortcut_opens_a_modal_whose_fields_are_filled_in_by_name(
    slack: LocalSlack, app: AsyncApp
) -> None:
    values: asyncio.Queue[Json] = asyncio.Queue()
    day = {"type": "datepicker", "action_id": "day"}
    who = {"type": "multi_users_select", "action_id": "who"}
    fields = [
        {"type": "input", "block_id": "day", "label": plain("When?"), "element": day},
        {"type": "input", "block_id": "who", "label": plain("Who?"), "element": who},
    ]

    @app.shortcut("plan")
    async def plan(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(*fields, text_input("why")))

    @app.view("form")
    async def form(ack: Any, view: Json) -> None:
        if view["state"]["values"]["why-block"]["why"]["value"] == "no":
            await ack(response_action="errors", errors={"why-block": "Say why."})
            return
        await ack()
        await values.put(view["state"]["values"])

    ada = slack.as_user("U0ADA")
    await ada.shortcut("plan")
    view = await ada.wait_for_modal()
    with pytest.raises(Refused) as refused:
        await ada.submit_view(view, {"day": "2026-03-02", "who": ["U0BEN"], "why": "no"})
    assert refused.value.answer["errors"] == {"why-block": "Say why."}
    await ada.submit_view(view, {"day": "2026-03-02", "who": ["U0BEN"], "why": "to plan"})
    filled = await values.get()
    assert filled["day"]["day"]["selected_date"] == "2026-03-02"
    assert filled["who"]["who"]["selected_users"] == ["U0BEN"]
    assert ada.modal() is None


async def test_reactions_and_the_home_tab_reach_the_app(slack: LocalSlack, app: AsyncApp) -> None:
    reactions: asyncio.Queue[str] = asyncio.Queue()

    @app.event("reaction_added")
    async def reaction(event: Json) -> None:
        await reactions.put(event["reaction"])

    @app.event("app_home_opened")
    async def home(event: Json, client: Any) -> None:
        view = {"type": "home", "blocks": [section("Welcome"), actions(button("go"))]}
        await client.views_publish(user_id=event["user"], view=view)

    ada = slack.as_user("U0ADA")
    await ada.post("Something to react to")
    await ada.react(ada.messages()[-1], "tada")
    assert await reactions.get() == "tada"
    await ada.open_home()
    assert (await ada.wait_for_home()).blocks[0]["text"]["text"] == "Welcome"


async def test_every_test_begins_with_an_empty_workspace(slack: LocalSlack) -> None:
    assert slack.as_user("U0ADA").messages() == []
    assert slack.calls == []


async def test_what_is_not_there_is_named_with_what_there_is(slack: LocalSlack, app: AsyncApp) -> None:
    await app.client.chat_postMessage(
        channel="C0GENERAL", text="Press", blocks=[section("Press"), actions(button("go"))]
    )
    ada = slack.as_user("U0ADA")
    with pytest.raises(AssertionError, match=r"no element 'stop' here; there are \['go'\]"):
        await ada.click(await ada.wait_for_message(), "stop")
    with pytest.raises(AssertionError, match=r"no app 'Other' here; there are \['App'\]"):
        slack.access("Other")


async def test_a_mention_reaches_the_app_with_its_bots_name(slack: LocalSlack, app: AsyncApp) -> None:
    mentions: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("app_mention")
    async def mention(event: Json) -> None:
        await mentions.put(event)

    @app.event("message")
    async def message() -> None:
        """A mention is a message too."""

    await slack.as_user("U0ADA").mention("write about tea", channel="drafts")
    event = await mentions.get()
    assert event["text"] == "<@U0LOCALBOT> write about tea"
    assert event["user"] == "U0ADA"
