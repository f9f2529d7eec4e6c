"""Buttons, menus and forms under a draft: valid for Slack, opaque ids only, no text lost, no way to ping."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot import messages, texts
from bot.corrections import parse_correction, parse_instruction
from bot.errors import BadField
from bot.messages import FormDraft, Half
from bot.messages.draft_actions import COPY_LIMIT, PART_LIMIT, cut
from bot.playground.block_kit.validation import check_message_blocks, check_view
from generation.content_types import ContentType, TextFormat

KIND = ContentType(name="post", title="Post", prompt="…", example_topic="tea")
HOSTILE = "Ask <!channel> & <@U1>: <https://example.com|free> *bold*"
DRAFT = FormDraft("d1", "1.2")


def draft(**more: Any) -> list[dict[str, Any]]:
    given = {"draft_id": "d1", "label": "Draft K7Q2", "content_type": KIND, "topic": "tea", "text": "A text."}
    return messages.draft_message(**{**given, "requester_id": "U1", **more})[1]


def pair(**left: Any) -> list[dict[str, Any]]:
    halves = Half("d1", "Draft K7Q2", "one", **left), Half("d2", "Draft P4XD", "two")
    _, blocks = messages.pair_message(
        pair_id="p1", left=halves[0], right=halves[1], content_type=KIND, topic="tea", requester_id="U1"
    )
    return blocks


class TestUnderADraft:
    def test_three_things_are_in_sight_and_the_rest_in_a_menu(self) -> None:
        (row,) = (block for block in draft() if block["type"] == "actions")
        assert [_words(element) for element in row["elements"]] == [
            texts.RATE_BUTTON,
            texts.COPY_BUTTON,
            texts.REWRITE_BUTTON,
            [texts.EDIT_BUTTON, texts.DISCARD_BUTTON],
        ]

    def test_under_each_half_of_a_pair_the_menu_has_all_of_it(self) -> None:
        rows = [block["elements"] for block in pair() if block["type"] == "actions"][1:]
        everything = [texts.COPY_BUTTON, texts.REWRITE_BUTTON, texts.EDIT_BUTTON, texts.DISCARD_BUTTON]
        assert [_words(menu) for _, menu in rows] == [everything, everything]

    def test_who_corrected_a_text_and_what_it_was_rewritten_from_stand_in_its_caption(self) -> None:
        origin = texts.rewritten_from("Draft P4XD", messages.escape(HOSTILE))
        blocks = draft(edited_by="U2", rewritten_from=origin)
        _check(blocks)
        assert texts.edited_by("U2") in str(blocks[1])
        assert "Draft P4XD" in str(blocks[2])
        assert "<!channel>" not in str(blocks)

    def test_a_discarded_draft_shows_that_and_nothing_to_press(self) -> None:
        text, blocks = messages.discarded_message(
            label="Draft K7Q2", discarded_by="U2", topic=HOSTILE, caption="Post · for <@U1>"
        )
        _check(blocks)
        assert text == texts.discarded("Draft K7Q2", "U2")
        assert [block["type"] for block in blocks] == ["header", "context", "section"]

    def test_a_pair_with_a_discarded_half_has_no_votes_and_still_the_other_half(self) -> None:
        blocks = pair(discarded_by="U2")
        _check(blocks)
        shown = json.dumps(blocks, ensure_ascii=False)
        assert '"one"' not in shown
        assert '"two"' in shown
        assert "vote_" not in shown
        assert texts.discarded("A · Draft K7Q2", "U2") in shown

    def test_a_corrected_half_says_so(self) -> None:
        blocks = pair(edited_by="U2")
        _check(blocks)
        assert str(blocks).count(texts.edited_by("U2")) == 1


class TestForms:
    @pytest.mark.parametrize(
        "view",
        [
            messages.rewrite_form(DRAFT, "Draft K7Q2"),
            messages.discard_form(DRAFT, "Draft K7Q2"),
            messages.edit_form("d1", "1.2", "Draft K7Q2", HOSTILE, "e1"),
            messages.edit_form("d1", "1.2", "Draft K7Q2", "word " * 9000, None),
        ],
    )
    def test_every_form_parses_back_and_remembers_its_draft(self, view: dict[str, Any]) -> None:
        View(**view).validate_json()
        check_view(view, kind="modal")
        form = FormDraft.from_metadata(view["private_metadata"])
        assert (form.draft_id, form.thread_ts) == ("d1", "1.2")

    @given(st.text(st.sampled_from("ab \n"), max_size=400), st.integers(min_value=1, max_value=40))
    def test_a_text_in_parts_is_the_text(self, text: str, limit: int) -> None:
        parts, joints = cut(text, limit)
        joined = parts[0] + "".join(joint + part for joint, part in zip(joints, parts[1:], strict=True))
        assert joined == text.strip()
        assert all(len(part) <= limit for part in parts)

    def test_what_was_not_touched_comes_back_as_it_was(self) -> None:
        text = "\n\n".join(f"Paragraph {number}: " + "word " * 90 + "end." for number in range(20))
        view = messages.edit_form("d1", "1.2", "Draft K7Q2", text, None)
        submitted = _submitted(
            {b["block_id"]: b["element"]["initial_value"] for b in view["blocks"] if "element" in b}
        )
        form = FormDraft.from_metadata(view["private_metadata"])
        assert len(text) > 2 * PART_LIMIT
        assert parse_correction(submitted, form, KIND) == text

    def test_a_part_that_was_emptied_leaves_no_gap(self) -> None:
        form = FormDraft("d1", "1.2", joints=("\n\n", "\n\n"))
        view = _submitted({"text1": "One.", "text2": None, "text3": "Three."})
        assert parse_correction(view, form, KIND) == "One.\n\nThree."

    def test_an_instruction_has_words_but_not_too_many(self) -> None:
        assert parse_instruction(_submitted({"instruction": " shorter\n"})) == "shorter"
        for wrong in ("", "x" * (texts.MAX_INSTRUCTION_CHARACTERS + 1)):
            with pytest.raises(BadField):
                parse_instruction(_submitted({"instruction": wrong}))


class TestCopies:
    def test_the_text_stands_where_slack_reads_no_markup(self) -> None:
        layout = messages.copy_message("Draft K7Q2", HOSTILE, None)
        assert layout is not None
        _check(layout[1])
        assert layout[1][1]["elements"][0]["elements"] == [{"type": "text", "text": HOSTILE}]

    @pytest.mark.parametrize(
        ("limit", "said"),
        [
            (None, "*Draft K7Q2* as plain text · 1,200 characters"),
            (3000, "*Draft K7Q2* as plain text · 1,200 of 3,000 characters"),
            (1000, "1,200 characters, 200 more than the 1,000 that fit"),
        ],
    )
    def test_its_length_is_held_against_the_platform(self, limit: int | None, said: str) -> None:
        layout = messages.copy_message("Draft K7Q2", "x" * 1200, limit)
        assert layout is not None
        assert said in layout[0]

    def test_what_no_message_can_hold_is_left_to_a_file(self) -> None:
        assert messages.copy_message("Draft K7Q2", "x" * COPY_LIMIT, None) is None
        assert messages.copy_file_name("Draft K7Q2") == "Draft-K7Q2.txt"

    def test_a_corrected_long_text_has_a_file_of_its_own(self) -> None:
        name = messages.file_name("Draft K7Q2", TextFormat.MARKDOWN, "0123456789abcdef")
        assert name == "Draft-K7Q2-edited-012345.md"


def _submitted(values: dict[str, str | None]) -> dict[str, Any]:
    return {"state": {"values": {name: {name: {"value": value}} for name, value in values.items()}}}


def _words(element: dict[str, Any]) -> Any:
    if element["type"] == "overflow":
        return [option["text"]["text"] for option in element["options"]]
    return element["text"]["text"]


def _check(blocks: list[dict[str, Any]]) -> None:
    check_message_blocks(blocks)
    for parsed in Block.parse_all(blocks):
        parsed.validate_json()
