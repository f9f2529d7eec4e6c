"""Announcements, forms and lists: valid blocks, whole texts, no way to ping."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot import messages, texts
from evaluation.tables import HouseStyle
from generation.content_types import ContentType, TextFormat

KIND = ContentType(name="post", title="Post", prompt="…", example_topic="remote work")
HOSTILE = "Ask <!channel> & <@U1>: <https://example.com|free> *bold*"
REQUEST: dict[str, Any] = {"request_id": "r1", "content_type": KIND, "topic": HOSTILE, "requester_id": "U1"}


def announcements() -> list[tuple[str, list[Any]]]:
    return [
        messages.placeholder_message(**REQUEST, status=texts.in_line(2)),
        messages.ended_message(**REQUEST, outcome=texts.cancelled("U1")),
        messages.ended_message(**(REQUEST | {"content_type": None}), outcome="It failed.", retry=True),
        messages.growing_message(**REQUEST, text=HOSTILE),
    ]


@pytest.mark.parametrize("layout", announcements())
def test_announcements_parse_back_and_carry_the_request_and_nothing_more(
    layout: tuple[str, list[Any]],
) -> None:
    text, blocks = layout
    _check(blocks)
    assert "<!channel>" not in text
    assert blocks[1]["block_id"] == messages.request_block_id("r1")


def test_the_announcement_has_the_shape_of_the_draft_that_takes_its_place() -> None:
    _, announced = messages.placeholder_message(**REQUEST, status=texts.UP_NEXT)
    _, draft = messages.draft_message(
        draft_id="d1", label="Draft K7Q2", content_type=KIND, topic=HOSTILE, text="A text.", requester_id="U1"
    )
    assert announced[0] == draft[0]
    assert [block["type"] for block in announced[:2]] == [block["type"] for block in draft[:2]]


def test_under_a_draft_that_is_not_rated_nobody_is_asked_for_an_opinion() -> None:
    _, blocks = messages.draft_message(
        draft_id="d1",
        label="Draft K7Q2",
        content_type=KIND,
        topic="tea",
        text="A text.",
        requester_id="U1",
        rated=False,
    )
    assert [block["type"] for block in blocks] == ["header", "context", "section", "actions"]
    assert texts.RATE_BUTTON not in str(blocks)


@settings(max_examples=30)
@given(st.integers(min_value=1, max_value=400), st.sampled_from(list(TextFormat)))
def test_what_a_message_shows_of_a_text_fits_and_says_if_it_is_not_all(
    paragraphs: int, text_format: TextFormat
) -> None:
    text = "\n\n".join(f"Paragraph {number} & <more> words." for number in range(paragraphs))
    kind = KIND.model_copy(update={"format": text_format})
    _, blocks = messages.draft_message(
        draft_id="d1", label="Draft K7Q2", content_type=kind, topic="tea", text=text, requester_id="U1"
    )
    _check(blocks)
    assert len(blocks) <= 50
    assert sum(len(str(block)) for block in blocks) < 13_500
    is_whole = messages.beginning(text, text_format) == text
    assert is_whole is not any("whole text" in str(block) for block in blocks)


def test_a_long_draft_s_file_is_named_after_it() -> None:
    assert messages.file_name("Draft K7Q2", TextFormat.MARKDOWN) == "Draft-K7Q2.md"


def test_the_draft_form_parses_back_and_remembers_where_it_was_opened() -> None:
    place = messages.FormPlace("C1", thread_ts="1.2", from_message=True)
    view = messages.draft_form([KIND], place, topic="tea", facts="x" * 3000, has_style=True)
    View(**view).validate_json()
    assert messages.FormPlace.from_metadata(view["private_metadata"]) == place
    values = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert values["topic"]["initial_value"] == "tea"
    assert len(values["facts"]["initial_value"]) == texts.MAX_FACTS_CHARACTERS
    assert texts.STYLE_APPLIES in str(view["blocks"])


def test_the_style_form_and_what_others_see_of_the_style() -> None:
    View(**messages.style_form("No slang.")).validate_json()
    style = HouseStyle(
        team_id="T1", version="v", text=HOSTILE, author_id="U1", created_at=datetime(2026, 11, 20, tzinfo=UTC)
    )
    _, blocks = messages.style_message(style, "U2")
    _check(blocks)
    assert "<!channel>" not in str(blocks)


def test_lists_are_cut_into_sections_that_slack_does_not_fold() -> None:
    _, blocks = messages.list_message("Kinds", [f"line {number}" for number in range(20)], "note")
    _check(blocks)
    assert [block["type"] for block in blocks] == ["section"] * 4 + ["context"]


def test_help_names_every_way_to_ask() -> None:
    _, blocks = messages.help_message([KIND])
    _check(blocks)
    said = str(blocks)
    for word in ("pair", "mine", "queue", "stop", "types", "report", "models", "cost", "style"):
        assert f"/draft {word}" in said


def test_the_queue_is_told_in_a_sentence() -> None:
    said = [texts.queue_line(mine, others) for mine, others in ((1, 0), (2, 0), (1, 2), (0, 1))]
    assert said == [
        "1 draft is waiting or being written, yours.",
        "2 drafts are waiting or being written, all yours.",
        "3 drafts are waiting or being written, 1 of them yours.",
        "1 draft is waiting or being written, none of them yours.",
    ]
    assert [texts.asked_ago(seconds) for seconds in (0, 59, 125)] == [
        "asked for just now",
        "asked for 59 s ago",
        "asked for 2 min ago",
    ]


def _check(blocks: list[dict[str, Any]]) -> None:
    for block, parsed in zip(blocks, Block.parse_all(blocks), strict=True):
        parsed.validate_json()
        assert parsed.type == block["type"]
