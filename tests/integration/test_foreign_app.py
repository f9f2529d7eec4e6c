"""Somebody else's app, with what Copydesk itself has no use for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.playground.entities import Json, View
from bot.playground.testing import LocalSlack, Person, Refused, slack
from tests.integration.lunch_app import option, start, write_manifest

__all__ = ["slack"]


@pytest.fixture
def slack_manifests(tmp_path: Path) -> Sequence[Path]:
    return [write_manifest(tmp_path)]


@pytest.fixture
async def ada(slack: LocalSlack) -> AsyncIterator[Person]:
    """At a table where the app runs."""
    access = slack.access()
    handler = await asyncio.to_thread(start, access.bot_token, access.app_token, access.api_url)
    await slack.connected()
    yield slack.as_user("U0ADA")
    await asyncio.to_thread(handler.close)


async def open_form(ada: Person) -> View:
    await ada.slash("/lunch", channel="drafts")
    return await ada.wait_for_modal()


def filled(view: View, **changes: object) -> Json:
    """Dish and size chosen, the rest as it stands."""
    dish = {"type": "external_select", "selected_option": option("Stew")}
    size = {"type": "radio_buttons", "selected_option": option("Large")}
    return {**view.values, "dish": {"value": dish}, "size": {"value": size}, **changes}


async def test_an_external_select_offers_what_the_app_groups(ada: Person) -> None:
    view = await open_form(ada)
    offered = await ada.suggestions(view, "value", "s", block_id="dish")
    assert [each["value"] for each in offered] == ["soup", "stew", "salad", "sandwich"]
    assert await ada.suggestions(view, "value", "sal", block_id="dish") == [option("Salad")]


async def test_a_form_goes_from_errors_over_a_confirmation_to_its_end(ada: Person) -> None:
    view = await open_form(ada)
    assert view.values["where"]["value"]["selected_conversation"] == "C0DRAFTS"
    with pytest.raises(Refused) as empty:
        await ada.submit_view(view, view.values)
    assert set(empty.value.answer["errors"]) == {"dish", "size"}
    past = {"value": {"type": "datepicker", "selected_date": "2020-05-06"}}
    with pytest.raises(Refused) as over:
        await ada.submit_view(view, filled(view, day=past))
    assert over.value.answer["errors"] == {"day": "That day is over."}

    extras = {"value": {"type": "checkboxes", "selected_options": [option("Bread"), option("Tea")]}}
    await ada.submit_view(view, filled(view, extras=extras))
    sure = ada.modal()
    assert sure is not None
    assert (sure.id, sure.blocks[0]["text"]["text"]) == (view.id, "Stew, large, bread, tea")
    await ada.submit_view(sure, {})
    assert ada.modal() is None

    refused = await ada.wait_for_message("drafts")
    assert refused.text == "No reminder: time_too_far"
    coming = await ada.wait_for_message("lunch-table")
    assert coming.text == "<@U0ADA> is coming"


async def test_pushed_and_updated_views_keep_their_order_and_their_hash(ada: Person) -> None:
    view = await open_form(ada)
    await ada.choose(view, "more", "prices")
    prices = await ada.wait_for(lambda: pushed if (pushed := ada.modal()) and pushed != view else None)
    assert (prices.previous_view_id, prices.root_view_id) == (view.id, view.id)
    await ada.close_view(prices)
    back = ada.modal()
    assert back is not None
    assert back.id == view.id

    await ada.choose(back, "more", "again")
    told = await ada.wait_for_message("general")
    assert told.text == "second update: hash_conflict"
    again = ada.modal()
    assert again is not None
    assert again.blocks[0]["text"]["text"] == "Once more"
    await ada.close_view(again)
    left = await ada.wait_for_message("general", lambda found: "hungry" in found.text)
    assert left.text == "<@U0ADA> is not hungry"


async def test_a_receipt_is_kept_in_the_thread_of_the_message(ada: Person, slack: LocalSlack) -> None:
    await ada.post("Soup 4", channel="general")
    message = ada.messages("general")[-1]
    await ada.shortcut("receipt", message)
    kept = await ada.wait_for_message("general", lambda found: bool(found.files))
    assert (kept.text, kept.thread_ts) == ("Kept", message.ts)
    assert slack.slack.workspace.file_content(kept.files[0]) == b"Soup 4"


async def test_reactions_are_counted_where_they_were_made(ada: Person) -> None:
    await ada.post("Soup 4", channel="general")
    message = ada.messages("general")[-1]
    await ada.react(message, "eyes")
    answer = await ada.wait_for_message("general")
    assert (answer.text, answer.thread_ts) == ("So far: eyes", message.ts)
