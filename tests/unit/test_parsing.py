"""What people type, click and submit becomes values, or a sentence that says what to do."""

from typing import Any

import pytest

from bot.errors import BadInput
from bot.parsing import clean, clean_lines, parse_reaction, parse_score_form, parse_thumb


def test_slack_s_entities_are_turned_back_and_control_characters_vanish() -> None:
    assert clean("R&amp;D &lt;!channel&gt;\x07\ttips &amp;lt;") == "R&D <!channel> tips &lt;"


def test_lines_stay_lines_where_they_may() -> None:
    assert clean_lines(" Two\tweeks \n\n  &lt;b&gt;\x07 ") == "Two weeks\n\n<b>"


def test_a_thumb_button_s_value_names_the_draft_and_the_direction() -> None:
    assert parse_thumb("abc.up") == ("abc", 1)
    assert parse_thumb("abc.down") == ("abc", -1)


def test_a_reaction_on_a_message_carries_slack_s_own_id_and_time() -> None:
    change = parse_reaction(_reaction(item={"type": "message", "channel": "C1", "ts": "1.2"}))
    assert change is not None
    assert (change.delivery_key, change.channel_id, change.message_ts) == ("Ev1", "C1", "1.2")
    assert change.added
    assert change.occurred_at.isoformat() == "2025-11-21T02:40:00.500000+00:00"


def test_a_reaction_on_a_file_is_none_of_ours() -> None:
    assert parse_reaction(_reaction(item={"type": "file", "file": "F1"})) is None


def test_a_score_form_with_everything() -> None:
    form = parse_score_form(
        _view(score="7", reasons=["clear", "no such reason"], correction="Better."), "Text."
    )
    assert (form.draft_id, form.score, form.reasons, form.correction) == ("d1", 7, ("clear",), "Better.")


@pytest.mark.parametrize("left_alone", ["Text.", " Text.\n", "", "  ", None])
def test_text_left_as_it_was_is_no_correction(left_alone: str | None) -> None:
    assert parse_score_form(_view(score="7", correction=left_alone), "Text.").correction is None


@pytest.mark.parametrize("score", ["0", "11", "-1", "7.5", "seven", "", "٧", None])
def test_a_score_outside_1_to_10_is_refused(score: str | None) -> None:
    with pytest.raises(BadInput, match="1 to 10"):
        parse_score_form(_view(score=score), "Text.")


def _reaction(item: dict[str, str]) -> dict[str, Any]:
    event = {
        "type": "reaction_added",
        "user": "U1",
        "reaction": "+1",
        "event_ts": "1763692800.500",
        "item": item,
    }
    return {"event_id": "Ev1", "event": event}


def _view(
    score: str | None, reasons: list[str] | None = None, correction: str | None = None
) -> dict[str, Any]:
    selected = None if score is None else {"value": score}
    return {
        "private_metadata": "d1",
        "state": {
            "values": {
                "score": {"score": {"selected_option": selected}},
                "reasons": {"reasons": {"selected_options": [{"value": name} for name in reasons or ()]}},
                "correction": {"correction": {"value": correction}},
            }
        },
    }
