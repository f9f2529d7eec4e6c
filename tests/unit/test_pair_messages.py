"""Two drafts in one message: both readable, within Slack's limits, blind."""

import json
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot import messages, texts
from bot.messages import Half
from bot.playground.block_kit.validation import check_message_blocks, check_view
from evaluation.tables import VoteChoice
from generation.content_types import ContentType, TextFormat

KIND = ContentType(
    name="linkedin_post",
    title="LinkedIn post",
    prompt="Write it.",
    example_topic="x",
    min_words=1,
    max_words=9,
)


def pair(left: str, right: str, text_format: TextFormat = TextFormat.PLAIN) -> list[dict[str, Any]]:
    _, blocks = messages.pair_message(
        pair_id="p1",
        left=Half("d1", "Draft K7Q3", left),
        right=Half("d2", "Draft P4XD", right),
        content_type=KIND.model_copy(update={"format": text_format}),
        topic="x <@U1>",
        requester_id="U1",
    )
    for parsed in Block.parse_all(blocks):
        parsed.validate_json()
    check_message_blocks(blocks)
    return blocks


def test_short_texts_stand_side_by_side_under_their_letters() -> None:
    table = next(block for block in pair("left text", "right text") if block["type"] == "table")
    assert [[_read(cell) for cell in row] for row in table["rows"]] == [
        ["A · Draft K7Q3", "B · Draft P4XD"],
        ["left text", "right text"],
    ]


@pytest.mark.parametrize("text_format", [TextFormat.MARKDOWN, TextFormat.JSON])
def test_what_a_table_cannot_hold_stands_one_below_the_other(text_format: TextFormat) -> None:
    shown = json.dumps(pair("# left", "# right", text_format), ensure_ascii=False)
    assert '"table"' not in shown
    assert shown.index("A · Draft K7Q3") < shown.index("# left") < shown.index("B · Draft P4XD")
    assert shown.index("B · Draft P4XD") < shown.index("# right")


@pytest.mark.parametrize("text_format", list(TextFormat))
@pytest.mark.parametrize("text", ["word " * 3000, "&<" * 8000, "line\n" * 900, "ü" * 30_000])
def test_texts_of_any_length_fit_and_say_when_they_go_on(text: str, text_format: TextFormat) -> None:
    offers = [_texts_of(block) for block in pair(text, text, text_format)]
    whole = len(text) <= messages.HALF_LIMIT and text_format is TextFormat.PLAIN
    assert sum(texts.SHORTENED in offer for offer in offers) == (0 if whole else 2)
    check_view(messages.whole_text_view("Draft K7Q3", text, text_format), kind="modal")


def test_every_vote_has_a_button_that_names_pair_and_choice_only() -> None:
    votes = next(block for block in pair("a", "b") if block.get("block_id") == "pair.p1")
    assert {button["action_id"]: button["value"] for button in votes["elements"]} == {
        messages.VOTE_ACTIONS[choice]: f"p1.{choice.value}" for choice in VoteChoice
    }


def test_each_half_has_its_own_thumbs_and_score() -> None:
    blocks = pair("a", "b")
    thumbs = [block["block_id"] for block in blocks if block["type"] == "context_actions"]
    scores = [
        element["value"]
        for block in blocks
        for element in block.get("elements", ())
        if element.get("action_id") == messages.SCORE_ACTION
    ]
    assert thumbs == [messages.thumb_block_id("d1"), messages.thumb_block_id("d2")]
    assert scores == ["d1", "d2"]


def _read(cell: dict[str, Any]) -> str:
    return "".join(piece["text"] for piece in cell["elements"][0]["elements"])


def _texts_of(block: dict[str, Any]) -> str:
    return json.dumps(block, ensure_ascii=False)
