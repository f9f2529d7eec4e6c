"""Shortcuts, and external selects that ask the app while somebody types."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.entities import Json
from bot.playground.page import snapshot
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack, Refused
from tests.playground_app import (
    actions,
    bolt_app,
    connected,
    modal,
    plain,
    playground_config,
    section,
    web_client,
    write_manifest,
)

SHORTCUTS = [
    {
        "name": "Draft from this message",
        "type": "message",
        "callback_id": "draft_this",
        "description": "Write",
    },
    {"name": "New draft", "type": "global", "callback_id": "new_draft", "description": "Write"},
]
OPTIONS = [{"text": plain(name), "value": name} for name in ("bread", "butter")]


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    path = write_manifest(tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["features"]["shortcuts"] = SHORTCUTS
    path.write_text(json.dumps(manifest), "utf-8")
    async with run_playground(playground_config(manifest=path)) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


async def test_a_message_shortcut_brings_the_message_and_ways_to_answer(playground: Playground) -> None:
    app = bolt_app(playground)
    bodies: asyncio.Queue[Json] = asyncio.Queue()

    @app.message_shortcut("draft_this")
    async def draft_this(ack: Any, body: Json, client: Any, respond: Any) -> None:
        await ack()
        await respond("On it")
        await client.views_open(trigger_id=body["trigger_id"], view=modal(section("Draft?")))
        await bodies.put(body)

    async with connected(playground, app) as slack:
        ada, ben = slack.as_user("U0ADA"), slack.as_user("U0BEN")
        await ben.post("Bread is best fresh", channel="drafts")
        message = ada.messages("drafts")[0]
        await ada.shortcut("draft_this", message)
        body = await bodies.get()
        assert await ada.wait_for_modal()

    assert body["type"] == "message_action"
    assert body["callback_id"] == "draft_this"
    assert (body["message"]["text"], body["message"]["user"]) == ("Bread is best fresh", "U0BEN")
    assert (body["channel"]["id"], body["message_ts"]) == ("C0DRAFTS", message.ts)
    assert body["user"]["id"] == "U0ADA"
    assert ada.messages("drafts")[-1].text == "On it"
    assert [each.text for each in ben.messages("drafts")] == ["Bread is best fresh"]


async def test_a_global_shortcut_has_no_place(playground: Playground) -> None:
    app = bolt_app(playground)
    bodies: asyncio.Queue[Json] = asyncio.Queue()

    @app.global_shortcut("new_draft")
    async def new_draft(ack: Any, body: Json) -> None:
        await ack()
        await bodies.put(body)

    async with connected(playground, app) as slack:
        await slack.as_user("U0ADA").shortcut("new_draft")
        body = await bodies.get()
    assert body["type"] == "shortcut"
    assert body["trigger_id"]
    assert not {"channel", "message", "response_url"} & set(body)


async def test_the_page_offers_what_the_manifest_declares(playground: Playground) -> None:
    offered = snapshot(playground.slack, "U0ADA")["shortcuts"]
    assert [(each["type"], each["callback_id"]) for each in offered] == [
        ("message", "draft_this"),
        ("global", "new_draft"),
    ]


async def test_shortcuts_that_are_not_there(playground: Playground) -> None:
    ada = LocalSlack(playground).as_user("U0ADA")
    await ada.post("x")
    message = ada.messages("general")[0]
    for callback_id, where in (("nope", None), ("draft_this", None), ("new_draft", message)):
        with pytest.raises(Refused, match="shortcut_not_found"):
            await ada.shortcut(callback_id, where)
    with pytest.raises(Refused, match="dispatch_failed"):
        await ada.shortcut("draft_this", message)
    assert "not connected" in ada.notices[-1].text


async def test_an_external_select_asks_and_takes_what_was_offered(
    playground: Playground, client: AsyncWebClient
) -> None:
    app = bolt_app(playground)
    asked: list[Json] = []
    chosen: asyncio.Queue[Json] = asyncio.Queue()

    @app.options("topic")
    async def topics(ack: Any, body: Json) -> None:
        asked.append(body)
        await ack(options=[option for option in OPTIONS if str(option["value"]).startswith(body["value"])])

    @app.action("topic")
    async def picked(ack: Any, body: Json) -> None:
        await ack()
        await chosen.put(body["actions"][0])

    select = {"type": "external_select", "action_id": "topic", "min_query_length": 1}
    async with connected(playground, app) as slack:
        await client.chat_postMessage(channel="C0GENERAL", text="Pick", blocks=[actions(select)])
        ada = slack.as_user("U0ADA")
        message = ada.messages("general")[0]
        all_topics = await ada.suggestions(message, "topic", "b")
        buttery = await ada.suggestions(message, "topic", "bu")
        await ada.choose(message, "topic", {"selected_option": buttery[0]})
        action = await chosen.get()

    assert list(all_topics) == OPTIONS
    assert list(buttery) == OPTIONS[1:]
    assert asked[0]["type"] == "block_suggestion"
    assert (asked[1]["value"], asked[1]["action_id"]) == ("bu", "topic")
    assert asked[0]["container"]["channel_id"] == "C0GENERAL"
    assert action["selected_option"] == OPTIONS[1]


async def test_suggestions_in_a_modal_know_their_view(playground: Playground, client: AsyncWebClient) -> None:
    app = bolt_app(playground)
    asked: list[Json] = []

    @app.options("topic")
    async def topics(ack: Any, body: Json) -> None:
        asked.append(body)
        await ack(option_groups=[{"label": plain("Food"), "options": OPTIONS}])

    select = {
        "type": "input",
        "label": plain("Topic"),
        "element": {"type": "external_select", "action_id": "topic"},
    }
    async with connected(playground, app) as slack:
        trigger = playground.slack.triggers.issue("U0ADA")
        await client.views_open(trigger_id=trigger, view=modal(select))
        ada = slack.as_user("U0ADA")
        view = await ada.wait_for_modal()
        await ada.suggestions(view, "topic", "b")
    assert asked[0]["view"]["id"] == view.id
    assert asked[0]["container"] == {"type": "view", "view_id": view.id}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"options": [{"text": plain("x" * 76), "value": "x"}]}, "invalid_options"),
        ({"options": [{"text": plain("x"), "value": "x"}] * 101}, "invalid_options"),
        ({"options": OPTIONS, "option_groups": []}, "invalid_options"),
        (None, "operation_timeout"),
    ],
)
async def test_suggestions_slack_does_not_take(
    playground: Playground, client: AsyncWebClient, answer: Json | None, error: str
) -> None:
    app = bolt_app(playground)

    @app.options("topic")
    async def topics(ack: Any) -> None:
        if answer is not None:
            await ack(answer)

    select = {"type": "external_select", "action_id": "topic"}
    async with connected(playground, app) as slack:
        await client.chat_postMessage(channel="C0GENERAL", text="Pick", blocks=[actions(select)])
        ada = slack.as_user("U0ADA")
        with pytest.raises(Refused, match=error):
            await ada.suggestions(ada.messages("general")[0], "topic", "b")
