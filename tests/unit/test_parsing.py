"""What people type, click and submit becomes values, or a sentence that says what to do."""

from typing import Any

import pytest

from bot import texts
from bot.errors import BadInput
from bot.parsing import (
    DraftWish,
    HelpWish,
    ReportWish,
    clean,
    parse_command,
    parse_reaction,
    parse_score_form,
    parse_thumb,
)
from generation.content_types import ContentType

LINKEDIN = ContentType(
    name="linkedin_post",
    title="LinkedIn post",
    aliases=("linkedin",),
    prompt="…",
    example_topic="remote work",
)
EMAIL = ContentType(name="client_email", title="Client email", prompt="…", example_topic="a late delivery")
KINDS = (LINKEDIN, EMAIL)


@pytest.mark.parametrize(
    "typed", ["linkedin remote work", "LinkedIn   remote\n work ", "linkedin_post remote work"]
)
def test_a_kind_by_name_or_alias_and_a_topic_make_a_wish(typed: str) -> None:
    assert parse_command(typed, KINDS) == DraftWish(LINKEDIN, "remote work")


@pytest.mark.parametrize("typed", ["", "   ", "help", "types"])
def test_asking_for_nothing_asks_for_help(typed: str) -> None:
    assert parse_command(typed, KINDS) == HelpWish()


def test_report_is_a_wish_of_its_own() -> None:
    assert parse_command("report", KINDS) == ReportWish()


def test_an_unknown_kind_is_answered_with_the_nearest_one_and_an_example() -> None:
    with pytest.raises(BadInput, match=r"linkdin.*Did you mean `linkedin`.*`/draft linkedin remote work`"):
        parse_command("linkdin remote work", KINDS)


def test_a_kind_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(BadInput, match="`linkedin`, `client_email`"):
        parse_command("zzzzzz remote work", KINDS)


def test_a_missing_topic_is_asked_for() -> None:
    with pytest.raises(BadInput, match=r"LinkedIn post about what.*For example"):
        parse_command("linkedin  ", KINDS)


def test_the_longest_topic_passes_and_one_more_character_does_not() -> None:
    longest = "x" * texts.MAX_TOPIC_CHARACTERS
    assert parse_command(f"linkedin {longest}", KINDS) == DraftWish(LINKEDIN, longest)
    with pytest.raises(BadInput, match="501 characters; I can take up to 500"):
        parse_command(f"linkedin {longest}x", KINDS)


def test_slack_s_entities_are_turned_back_and_control_characters_vanish() -> None:
    assert clean("R&amp;D &lt;!channel&gt;\x07\ttips &amp;lt;") == "R&D <!channel> tips &lt;"


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
