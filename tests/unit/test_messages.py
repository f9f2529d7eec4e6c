"""What Slack is sent: valid blocks, whole texts, no way to ping, and no trace of the model."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot import messages, texts
from generation.content_types import ContentType, TextFormat

KIND = ContentType(name="post", title="Post", prompt="…", example_topic="remote work")
HOSTILE = "Ask <!channel> & <@U1>: <https://example.com|free> *bold*"


def draft(
    text: str = "A text.", topic: str = "remote work", kind: ContentType = KIND
) -> tuple[str, list[Any]]:
    return messages.draft_message(
        draft_id="d1", label="Draft K7Q2", content_type=kind, topic=topic, text=text, requester_id="U1"
    )


def parse(blocks: list[dict[str, Any]]) -> None:
    for block, parsed in zip(blocks, Block.parse_all(blocks), strict=True):
        parsed.validate_json()
        assert parsed.to_dict() == block


def form(**changes: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {"score": None, "reasons": (), "correction": None} | changes
    return messages.score_form(draft_id="d1", label="Draft K7Q2", text="A text.", **filled)


@pytest.mark.parametrize("text_format", [TextFormat.PLAIN, TextFormat.MARKDOWN])
def test_a_draft_parses_back_through_slack_s_own_models(text_format: TextFormat) -> None:
    _, blocks = draft(kind=KIND.model_copy(update={"format": text_format}))
    parse(blocks)


def test_the_score_form_parses_back_and_remembers_what_the_rater_said() -> None:
    view = form(score=7, reasons=["clear"], correction="Better.")
    View(**view).validate_json()
    score, reasons, correction = (block["element"] for block in view["blocks"][1:])
    assert score["initial_option"]["value"] == "7"
    assert [choice["value"] for choice in reasons["initial_options"]] == ["clear"]
    assert correction["initial_value"] == "Better."


def test_a_first_rating_starts_with_the_draft_s_own_text_and_no_score() -> None:
    score, reasons, correction = (block["element"] for block in form()["blocks"][1:])
    assert "initial_option" not in score
    assert "initial_options" not in reasons
    assert correction["initial_value"] == "A text."


def test_every_score_from_1_to_10_can_be_chosen() -> None:
    options = form()["blocks"][1]["element"]["options"]
    assert [choice["value"] for choice in options] == [str(score) for score in range(1, 11)]


@pytest.mark.parametrize("text_format", [TextFormat.PLAIN, TextFormat.MARKDOWN])
def test_neither_topic_nor_text_can_ping_or_link(text_format: TextFormat) -> None:
    notification, blocks = draft(HOSTILE, HOSTILE, KIND.model_copy(update={"format": text_format}))
    assert "<" not in notification
    for piece in _read_as_markup(blocks):
        assert "<" not in piece.replace("<@U1>", "", 1)


def test_markdown_from_a_model_keeps_its_shape() -> None:
    blocks = messages.body("# Title\n\n> said & done\n\n- **one**", TextFormat.MARKDOWN)
    assert blocks == [{"type": "markdown", "text": "# Title\n\n> said &amp; done\n\n- **one**"}]


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("[here](http://a)", "[here] (http://a)"),
        ("![x](http://a/b.png)", "![x] (http://a/b.png)"),
        ("![a[b]](http://a/b.png)", "![a[b]] (http://a/b.png)"),
        ("[a](http://h/(x))", "[a] (http://h/(x))"),
        ("![p][x]\n[x]: http://a/b.png", "![p][x]"),
    ],
)
def test_markdown_from_a_model_hides_no_link_and_loads_no_picture(hidden: str, shown: str) -> None:
    assert messages.body(hidden, TextFormat.MARKDOWN) == [{"type": "markdown", "text": shown}]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('{"a": "<!channel> é", "b": [1]}', '{\n  "a": "<!channel> é",\n  "b": [\n    1\n  ]\n}'),
        ('{"a": "cut off', '{"a": "cut off'),
    ],
)
def test_json_is_shown_to_the_letter_and_on_lines_of_its_own(written: str, shown: str) -> None:
    (block,) = messages.body(written, TextFormat.JSON)
    assert block["elements"][0]["elements"] == [{"type": "text", "text": shown}]


@given(st.text(alphabet="ab \n", min_size=1, max_size=400), st.integers(min_value=5, max_value=60))
def test_splitting_loses_no_word_and_respects_the_limit(text: str, limit: int) -> None:
    parts = messages.split_text(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_splitting_prefers_paragraphs() -> None:
    assert messages.split_text("one two\n\nthree four\nfive", 19) == ["one two", "three four\nfive"]


@pytest.mark.parametrize("length", [messages.HEADER_LIMIT, messages.HEADER_LIMIT + 1, 500])
def test_a_topic_of_any_length_stands_whole_above_its_draft(length: int) -> None:
    topic = "x" * length
    _, blocks = draft(topic=topic)
    parse(blocks)
    assert blocks[0]["type"] == ("header" if length <= messages.HEADER_LIMIT else "rich_text")
    assert topic in str(blocks[0])


def test_slack_is_told_not_to_fold_a_plain_text() -> None:
    blocks = messages.body("word " * 1000, TextFormat.PLAIN)
    parse(blocks)
    assert [block["expand"] for block in blocks] == [True, True]


def test_a_draft_carries_its_opaque_id_and_nothing_else_that_identifies_it() -> None:
    _, blocks = draft()
    interactive = json.dumps([block for block in blocks if block["type"] in ("actions", "context_actions")])
    assert interactive.count("d1") == 8
    assert "metadata" not in interactive


def test_every_thumb_and_reason_has_words() -> None:
    assert set(texts.SCORE_WORDS) <= set(range(1, 11))
    assert all(words for words in texts.REASONS.values())


def _read_as_markup(blocks: list[dict[str, Any]]) -> list[str]:
    """Every string that Slack reads as mrkdwn or Markdown."""
    pieces = [
        piece
        for block in blocks
        for piece in (block.get("text"), *(block.get("elements") or ()))
        if isinstance(piece, dict) and piece.get("type") == "mrkdwn"
    ]
    markdown = [block["text"] for block in blocks if block["type"] == "markdown"]
    return markdown + [piece["text"] for piece in pieces]
