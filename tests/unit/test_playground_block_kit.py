"""Block Kit in the playground: what is taken, what is refused and with which words, what was filled in."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.playground.block_kit.state import REQUIRED, find_element, input_errors, read_values, with_ids
from bot.playground.block_kit.validation import check_message_blocks, check_view
from bot.playground.entities import Json
from bot.playground.errors import ApiError
from tests.playground_app import actions, button, modal, plain, section, text_input

DIVIDER = {"type": "divider"}
OPTIONS = [{"text": plain(name), "value": name} for name in ("one", "two")]
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": "Model"}, {"type": "raw_text", "text": "Score"}],
        [
            {"type": "raw_text", "text": "A"},
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "7.5"}]}],
            },
        ],
    ],
    "column_settings": [{"is_wrapped": True}, {"align": "right"}],
}
THUMBS = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "thumbs",
            "positive_button": {"text": plain("Good"), "value": "up", "accessibility_label": "Good"},
            "negative_button": {"text": plain("Bad"), "value": "down"},
        },
        {"type": "icon_button", "icon": "trash", "text": plain("Delete"), "action_id": "trash"},
    ],
}
EVERY_BLOCK: list[Json] = [
    section("Hello", accessory=button("go"), block_id="first"),
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*a*"}, plain("b")]},
    {"type": "header", "text": plain("Title")},
    {"type": "divider"},
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"},
    {"type": "image", "slack_file": {"id": "F0"}, "alt_text": "", "title": plain("A")},
    {"type": "context", "elements": [plain("a"), {"type": "mrkdwn", "text": "b"}]},
    actions(
        button("one"),
        {"type": "static_select", "action_id": "pick", "options": OPTIONS, "placeholder": plain("Pick")},
        {"type": "overflow", "action_id": "more", "options": OPTIONS},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-03-02"},
    ),
    THUMBS,
    text_input("why", multiline=True, max_length=500),
    {"type": "markdown", "text": "**Bold** and a [link](https://example.com)"},
    TABLE,
]


def test_every_block_of_ours_is_taken_and_known_to_slack_sdk() -> None:
    assert check_message_blocks(EVERY_BLOCK) is EVERY_BLOCK
    assert all(Block.parse(block) is not None for block in EVERY_BLOCK)


def image(**more: Any) -> Json:
    return {"type": "image", "alt_text": "A", **more}


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"type": "nope"}, "unsupported type: nope [json-pointer:/blocks/0/type]"),
        ({"text": "x"}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        (section("x", colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": plain("x" * 151)},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
            "Input should be 'plain_text' [json-pointer:/blocks/0/text/type]",
        ),
        (
            actions(button("go", text="x" * 76)),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button("go", value="x" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button("x" * 256)),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            section("x", block_id="x" * 256),
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (
            actions(*(button(str(number)) for number in range(26))),
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "context", "elements": [plain("x")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "markdown", "text": "x" * 12_001},
            "must be less than 12001 characters [json-pointer:/blocks/0/text]",
        ),
        (
            {"type": "table", "rows": [TABLE["rows"][0]] * 101},
            "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
        ),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]},
            "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
        ),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]},
            "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
        ),
        (image(), "must provide exactly one of image_url or slack_file [json-pointer:/blocks/0]"),
        (
            actions(button("same"), button("same")),
            '`action_id` "same" already exists [json-pointer:/blocks/0/elements]',
        ),
        (
            actions({"type": "static_select", "action_id": "pick"}),
            "must provide exactly one of options or option_groups [json-pointer:/blocks/0/elements/0]",
        ),
    ],
)
def test_faults_are_told_in_slacks_words(block: Json, fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_message_blocks([block])
    assert raised.value.error == "invalid_blocks"
    assert fault in raised.value.messages


@pytest.mark.parametrize(
    ("blocks", "error", "fault"),
    [
        (
            [{"type": "divider"}] * 51,
            "invalid_blocks",
            "no more than 50 items allowed [json-pointer:/blocks]",
        ),
        (
            [section("a", block_id="same"), section("b", block_id="same")],
            "invalid_blocks",
            '`block_id` "same" already exists [json-pointer:/blocks]',
        ),
        ([TABLE, TABLE], "invalid_blocks", "only_one_table_allowed"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "msg_blocks_too_long", None),
        ([section("x" * 3000)] * 5, "msg_blocks_too_long", None),
        ("[", "invalid_blocks_format", None),
        (["x"], "invalid_blocks_format", None),
    ],
)
def test_limits_of_a_whole_message(blocks: Any, error: str, fault: str | None) -> None:
    with pytest.raises(ApiError) as raised:
        check_message_blocks(blocks)
    assert raised.value.error == error
    assert raised.value.messages == ((fault,) if fault else ())


@pytest.mark.parametrize(
    ("view", "fault"),
    [
        (
            {**modal(section("x")), "title": plain("x" * 25)},
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            {**modal(section("x")), "private_metadata": "x" * 3001},
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(*([{"type": "divider"}] * 101)),
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            {**modal(text_input("why")), "submit": None},
            "`submit` is required when an input block is used [json-pointer:/view]",
        ),
        (modal(TABLE), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        ({"type": "home", "blocks": []}, "invalid view type: home, expected modal [json-pointer:/view/type]"),
        ({"type": "sheet", "blocks": []}, "unsupported type: sheet [json-pointer:/view/type]"),
        ("x", "must provide an object [json-pointer:/view]"),
    ],
)
def test_faults_in_views(view: Any, fault: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_view(view, kind="modal")
    assert raised.value.error == "invalid_arguments"
    assert fault in raised.value.messages


def test_a_view_over_250_kilobytes_is_too_large() -> None:
    with pytest.raises(ApiError, match="view_too_large"):
        check_view(modal(*(section("x" * 3000) for _ in range(90))), kind="modal")


def test_missing_ids_are_made_up_and_given_ones_kept() -> None:
    kept = with_ids(
        [section("x", block_id="mine"), actions({**button("go"), "action_id": "mine"}), {"type": "divider"}]
    )
    made = with_ids([actions({"type": "button", "text": plain("x")})])
    assert kept[0]["block_id"] == "mine"
    assert kept[1]["elements"][0]["action_id"] == "mine"
    assert kept[2]["block_id"]
    assert made[0]["elements"][0]["action_id"]
    assert find_element(kept, kept[1]["block_id"], "mine") is not None
    assert find_element(kept, "mine", "mine") is None


FORM = with_ids(
    [
        text_input("words", block_id="a", min_length=2, max_length=4),
        text_input("maybe", block_id="b", optional=True, initial_value="start"),
        {
            "type": "input",
            "block_id": "c",
            "label": plain("Score"),
            "element": {
                "type": "number_input",
                "action_id": "score",
                "is_decimal_allowed": False,
                "min_value": "1",
                "max_value": "10",
            },
        },
        {
            "type": "input",
            "block_id": "d",
            "label": plain("Reasons"),
            "optional": True,
            "element": {"type": "checkboxes", "action_id": "reasons", "options": OPTIONS},
        },
        section("Not a field", block_id="e", accessory=button("go")),
    ]
)


def filled(words: str | None, score: str | None) -> Json:
    return read_values(FORM, {"a": {"words": {"value": words}}, "c": {"score": {"value": score}}})


def test_state_holds_every_field_touched_or_not() -> None:
    assert read_values(FORM, {"a": {"words": {"type": "plain_text_input", "value": "abc"}}}) == {
        "a": {"words": {"type": "plain_text_input", "value": "abc"}},
        "b": {"maybe": {"type": "plain_text_input", "value": "start"}},
        "c": {"score": {"type": "number_input", "value": None}},
        "d": {"reasons": {"type": "checkboxes", "selected_options": []}},
    }


@pytest.mark.parametrize(
    ("words", "score", "errors"),
    [
        ("abc", "7", {}),
        (None, "", {"a": REQUIRED, "c": REQUIRED}),
        ("a", "0", {"a": "Must be at least 2 characters.", "c": "Must be 1 or more."}),
        ("abcde", "11", {"a": "Must be at most 4 characters.", "c": "Must be 10 or less."}),
        ("abc", "7.5", {"c": "Enter a whole number."}),
    ],
)
def test_faulty_fields(words: str | None, score: str | None, errors: dict[str, str]) -> None:
    assert input_errors(FORM, filled(words, score)) == errors
