"""From payloads to votes, guesses and wishes about being asked; whatever a client sends."""

from typing import Any

import pytest

from bot import messages, texts
from bot.errors import BadInput
from bot.judgements import (
    Place,
    origin_of,
    parse_guess,
    parse_place,
    parse_preferences,
    parse_skip,
    parse_vote,
    parse_why,
    split_origin,
)
from bot.messages import BY_MESSAGE, IN_HOME, Asking
from evaluation.tables import VoteChoice


def ticked(name: str, *values: str) -> dict[str, Any]:
    return {name: {name: {"selected_options": [{"value": value} for value in values]}}}


def selected(name: str, value: str) -> dict[str, Any]:
    return {name: {name: {"selected_option": {"value": value}}}}


def view(metadata: str = "", **values: Any) -> dict[str, Any]:
    return {"private_metadata": metadata, "state": {"values": values}}


def wish(*places: str, hour: str = "9", times: str = "3") -> dict[str, Any]:
    return view(**ticked("places", *places), **selected("hour", hour), **selected("times", times))


def test_a_vote_names_pair_and_choice() -> None:
    assert parse_vote("p1.both_bad") == ("p1", VoteChoice.BOTH_BAD)
    with pytest.raises(BadInput, match="nothing was stored"):
        parse_vote("p1.sideways")


def test_reasons_that_were_never_offered_are_dropped() -> None:
    form = view(**ticked("reasons", "clearer", "off_topic", "forged"))
    assert parse_why(form, VoteChoice.LEFT) == ("clearer",)
    assert parse_why(form, VoteChoice.BOTH_BAD) == ("off_topic",)


def test_a_guess_names_draft_and_model_or_no_idea() -> None:
    _, (_, row) = messages.guess_question(draft_id="d1", label="Draft K7Q3", models=("opt", "bloom"))
    read = [parse_guess({**button, "block_id": row["block_id"]}) for button in row["elements"]]
    assert read == [("d1", "opt"), ("d1", "bloom"), ("d1", None)]


def test_an_unknown_reason_to_skip_is_something_else() -> None:
    assert parse_skip(view("t1 home", **selected("reason", "no_time"))) == ("t1", "no_time", "home")
    assert parse_skip(view("t1", **selected("reason", "forged"))) == ("t1", "other", "")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (wish(), Asking(on=False, hour=None, times_per_week=None, time_zone="UTC")),
        (wish(IN_HOME), Asking(on=True, hour=None, times_per_week=None, time_zone="UTC")),
        (wish(IN_HOME, BY_MESSAGE), Asking(on=True, hour=9, times_per_week=3, time_zone="UTC")),
        (wish(IN_HOME, BY_MESSAGE, hour="99", times="x"), Asking(True, 23, 7, "UTC")),
    ],
)
def test_a_wish_about_being_asked(form: dict[str, Any], expected: Asking) -> None:
    assert parse_preferences(form, "UTC") == expected


def test_messages_need_the_home() -> None:
    with pytest.raises(BadInput) as refusal:
        parse_preferences(wish(BY_MESSAGE), "UTC")
    assert str(refusal.value) == texts.PREFERENCES_MESSAGE_NEEDS_HOME


def test_a_form_finds_back_to_where_it_was_opened() -> None:
    body = {"container": {"type": "message", "channel_id": "D1", "message_ts": "1.5"}}
    assert origin_of({"container": {"type": "view"}}) == "home"
    assert parse_place(origin_of(body)) == Place("D1", "1.5")
    assert parse_place("home") is None
    assert split_origin("d1 D1 1.5") == ("d1", "D1 1.5")
    assert split_origin("d1") == ("d1", "")
