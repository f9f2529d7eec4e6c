"""Modals and App Homes as Slack keeps them: hashes, stacks, triggers, answers to submissions."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.entities import Json, View
from bot.playground.server import Playground, run_playground
from bot.playground.testing import LocalSlack, Person, Refused
from tests.playground_app import (
    ManualClock,
    actions,
    bolt_app,
    button,
    connected,
    error_of,
    modal,
    plain,
    playground_config,
    section,
    text_input,
    web_client,
    write_manifest,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOME: Json = {"type": "home", "blocks": [section("Welcome")]}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def playground(clock: ManualClock) -> AsyncIterator[Playground]:
    async with run_playground(playground_config(), clock=clock) as running:
        yield running


@pytest.fixture
def client(playground: Playground) -> AsyncWebClient:
    return web_client(playground)


@pytest.fixture
def ada(playground: Playground) -> Person:
    return LocalSlack(playground).as_user("U0ADA")


async def opened(playground: Playground, client: AsyncWebClient, view: Json, *, by: str = "U0ADA") -> View:
    """A modal in front of a person, by a trigger as an interaction would give it."""
    await client.views_open(trigger_id=playground.slack.triggers.issue(by), view=view)
    found = LocalSlack(playground).as_user(by).modal()
    assert found is not None
    return found


async def test_an_update_with_an_old_hash_is_a_conflict(
    playground: Playground, client: AsyncWebClient, ada: Person
) -> None:
    view = await opened(playground, client, modal(section("one")))
    first = await client.views_update(view_id=view.id, hash=view.hash, view=modal(section("two")))
    late = await error_of(client.views_update(view_id=view.id, hash=view.hash, view=modal(section("three"))))
    anyway = await client.views_update(view_id=view.id, view=modal(section("four")))

    assert first["view"]["hash"] != view.hash
    assert late["error"] == "hash_conflict"
    assert anyway["view"]["blocks"][0]["text"]["text"] == "four"


async def test_a_home_has_a_hash_too(client: AsyncWebClient) -> None:
    published = (await client.views_publish(user_id="U0ADA", view=HOME))["view"]
    again = (await client.views_publish(user_id="U0ADA", view=HOME, hash=published["hash"]))["view"]
    late = await error_of(client.views_publish(user_id="U0ADA", view=HOME, hash=published["hash"]))
    assert again["id"] == published["id"]
    assert late["error"] == "hash_conflict"


async def test_a_view_is_found_by_its_external_id(
    playground: Playground, client: AsyncWebClient, ada: Person
) -> None:
    await opened(playground, client, modal(section("one"), external_id="mine"))
    changed = await client.views_update(external_id="mine", view=modal(section("two")))
    taken = await error_of(
        client.views_open(
            trigger_id=playground.slack.triggers.issue("U0BEN"),
            view=modal(section("x"), external_id="mine"),
        )
    )
    unknown = await error_of(client.views_update(external_id="nobody's", view=modal(section("x"))))
    assert changed["view"]["external_id"] == "mine"
    assert taken["error"] == "duplicate_external_id"
    assert unknown["error"] == "not_found"


async def test_modals_stand_three_high(playground: Playground, client: AsyncWebClient, ada: Person) -> None:
    view = await opened(playground, client, modal(section("one")))
    bottom = view.id
    for text in ("two", "three"):
        trigger = playground.slack.triggers.issue("U0ADA", view_id=view.id)
        pushed = (await client.views_push(trigger_id=trigger, view=modal(section(text))))["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (bottom, view.id)
        shown = ada.modal()
        assert shown is not None
        view = shown
    trigger = playground.slack.triggers.issue("U0ADA", view_id=view.id)
    fourth = await error_of(client.views_push(trigger_id=trigger, view=modal(section("four"))))
    outside = await error_of(
        client.views_push(trigger_id=playground.slack.triggers.issue("U0ADA"), view=modal(section("x")))
    )
    assert fourth["error"] == "push_limit_reached"
    assert outside["error"] == "not_found"


async def test_closing_shows_what_lies_under_it(
    playground: Playground, client: AsyncWebClient, ada: Person
) -> None:
    under = await opened(playground, client, modal(section("one")))
    trigger = playground.slack.triggers.issue("U0ADA", view_id=under.id)
    await client.views_push(trigger_id=trigger, view=modal(section("two"), clear_on_close=False))
    over = ada.modal()
    assert over is not None
    await ada.close_view(over)
    assert ada.modal() == under


async def test_a_trigger_is_good_once_and_for_three_seconds(
    playground: Playground, client: AsyncWebClient, clock: ManualClock
) -> None:
    used = playground.slack.triggers.issue("U0ADA")
    late = playground.slack.triggers.issue("U0ADA")
    await client.views_open(trigger_id=used, view=modal(section("x")))
    again = await error_of(client.views_open(trigger_id=used, view=modal(section("x"))))
    clock.pass_seconds(3.1)
    expired = await error_of(client.views_open(trigger_id=late, view=modal(section("x"))))
    unknown = await error_of(client.views_open(trigger_id="1.2.3", view=modal(section("x"))))
    assert again["error"] == "exchanged_trigger_id"
    assert expired["error"] == "expired_trigger_id"
    assert unknown["error"] == "invalid_trigger_id"


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (modal(*[section("x")] * 101), "invalid_arguments"),
        (modal(section("x"), title=plain("x" * 25)), "invalid_arguments"),
        (modal(section("x"), private_metadata="x" * 3001), "invalid_arguments"),
        ({**modal(text_input("why")), "submit": None}, "invalid_arguments"),
        (modal(*[section("x" * 2900)] * 100), "view_too_large"),
        (HOME, "invalid_arguments"),
    ],
    ids=["101 blocks", "title", "private_metadata", "no submit", "250 kB", "home"],
)
async def test_views_that_are_too_much_open_nothing_and_leave_the_trigger(
    playground: Playground, client: AsyncWebClient, ada: Person, view: Json, error: str
) -> None:
    trigger = playground.slack.triggers.issue("U0ADA")
    refused = await error_of(client.views_open(trigger_id=trigger, view=view))
    assert refused["error"] == error
    assert ada.modal() is None
    assert (await client.views_open(trigger_id=trigger, view=modal(section("x"))))["ok"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "push", "view": HOME}, "invalid_arguments"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "dance"}, "invalid_response_action"),
        ({"response_action": "errors", "errors": {"elsewhere": "No."}}, "invalid_response_errors"),
    ],
)
async def test_answers_slack_does_not_understand_keep_the_modal(
    playground: Playground, client: AsyncWebClient, answer: Json, error: str
) -> None:
    app = bolt_app(playground)

    @app.view("form")
    async def form(ack: Any) -> None:
        await ack(**answer)

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        view = await opened(playground, client, modal(text_input("why")))
        with pytest.raises(Refused) as refused:
            await ada.submit_view(view, {"why": "because"})
    assert refused.value.answer["error"] == error
    assert f'"{error}"' in ada.notices[-1].text
    assert ada.modal() is not None


async def test_a_fourth_modal_is_refused_as_an_answer_too(
    playground: Playground, client: AsyncWebClient
) -> None:
    app = bolt_app(playground)

    @app.view("form")
    async def form(ack: Any) -> None:
        await ack(response_action="push", view=modal(section("next")))

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await opened(playground, client, modal(section("first")))
        for _ in range(2):
            await ada.submit_view(await ada.wait_for_modal(), {})
        with pytest.raises(Refused, match="push_limit_reached"):
            await ada.submit_view(await ada.wait_for_modal(), {})


async def test_a_chosen_conversation_can_be_answered_where_the_app_asked_for_it(
    playground: Playground, client: AsyncWebClient
) -> None:
    app = bolt_app(playground)
    bodies: asyncio.Queue[Json] = asyncio.Queue()

    @app.view("form")
    async def form(ack: Any, body: Json) -> None:
        await ack()
        await bodies.put(body)

    where = {
        "type": "input",
        "block_id": "where",
        "label": plain("Where?"),
        "element": {"type": "conversations_select", "action_id": "to", "response_url_enabled": True},
    }
    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        view = await opened(playground, client, modal(where))
        chosen = {"type": "conversations_select", "selected_conversation": "C0DRAFTS"}
        await ada.submit_view(view, {"where": {"to": chosen}})
        (url,) = (await bodies.get())["response_urls"]
        assert (url["channel_id"], url["block_id"], url["action_id"]) == ("C0DRAFTS", "where", "to")
        await AsyncWebhookClient(url["response_url"]).send(text="Here", response_type="in_channel")
        assert [message.text for message in ada.messages("drafts")] == ["Here"]


async def test_a_select_may_begin_with_the_conversation_one_is_in(playground: Playground) -> None:
    app = bolt_app(playground)
    submitted: asyncio.Queue[Json] = asyncio.Queue()
    where = {
        "type": "input",
        "block_id": "where",
        "label": plain("Where?"),
        "element": {
            "type": "conversations_select",
            "action_id": "to",
            "default_to_current_conversation": True,
        },
    }

    @app.command("/draft")
    async def draft(ack: Any, command: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(where))

    @app.view("form")
    async def form(ack: Any, view: Json) -> None:
        await ack()
        await submitted.put(view["state"]["values"])

    async with connected(playground, app) as slack:
        ada = slack.as_user("U0ADA")
        await ada.slash("/draft", channel="drafts")
        view = await ada.wait_for_modal()
        await ada.submit_view(view, {})
        values = await submitted.get()
    assert view.blocks[0]["element"]["initial_conversation"] == "C0DRAFTS"
    assert values["where"]["to"]["selected_conversation"] == "C0DRAFTS"


async def test_opening_the_home_tells_the_app_each_time(tmp_path: Path) -> None:
    async with run_playground(playground_config()) as playground:
        app = bolt_app(playground)
        events: asyncio.Queue[Json] = asyncio.Queue()

        @app.event("app_home_opened")
        async def home_opened(event: Json, client: Any) -> None:
            if "view" not in event:
                await client.views_publish(user_id=event["user"], view=HOME)
            await events.put(event)

        async with connected(playground, app) as slack:
            ada = slack.as_user("U0ADA")
            await ada.open_home()
            first = await events.get()
            view = await ada.wait_for_home()
            await ada.open_home()
            second = await events.get()
    assert (first["tab"], first["channel"]) == ("home", "D0ADA")
    assert second["view"]["id"] == view.id


async def test_a_home_needs_its_tab(tmp_path: Path) -> None:
    path = write_manifest(tmp_path)
    manifest = json.loads(path.read_text("utf-8"))
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    path.write_text(json.dumps(manifest), "utf-8")
    async with run_playground(playground_config(manifest=path)) as playground:
        answer = await error_of(web_client(playground).views_publish(user_id="U0ADA", view=HOME))
        with pytest.raises(Refused, match="home_tab_disabled"):
            await LocalSlack(playground).as_user("U0ADA").open_home()
    assert answer["error"] == "not_enabled"


async def test_views_belong_to_their_person(
    playground: Playground, client: AsyncWebClient, ada: Person
) -> None:
    view = await opened(playground, client, modal(section("x"), actions(button("go"))))
    ben = LocalSlack(playground).as_user("U0BEN")
    with pytest.raises(Refused, match="view_not_found"):
        await ben.do("submit", view_id=view.id)
    with pytest.raises(Refused, match="view_not_found"):
        await ben.click(view, "go")
    assert ben.modal() is None
