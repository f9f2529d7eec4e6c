"""Two drafts of one request in one message: which is better, and how good is each?

Short plain texts stand side by side in a table, which Slack's phones also show as two columns. What a
table cannot hold (Markdown, JSON, longer texts) stands one below the other, left one first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.messages.blocks import (
    Block,
    body,
    button,
    checked_boxes,
    context,
    escape,
    field,
    option,
    plain,
    section,
    split_text,
    subject,
)
from bot.messages.draft_actions import act_menu
from bot.messages.rating import SCORE_ACTION, thumbs
from bot.messages.reveal import reveal_button
from bot.messages.rich_markdown import body_in_modal
from evaluation.tables import VoteChoice
from generation.content_types import ContentType, TextFormat

PAIR_BLOCK_PREFIX = "pair."
VOTE_ACTIONS = {choice: f"vote_{choice.value}" for choice in VoteChoice}
READ_WHOLE_ACTION = "read_whole"
WHY_ACTION = "vote_reasons"
WHY_FORM = "vote_reasons_form"
UNDO_VOTE_ACTION = "undo_vote"

TABLE_LIMIT = 9000
"""Characters of both texts; Slack counts 10,000 in all cells of a table, headings too."""
HALF_LIMIT = 5000
"""Of one text in a message that holds both; Slack refuses about 13,000 characters in all."""


@dataclass(frozen=True)
class Half:
    """One of the two: its draft, the draft's neutral label and its text, and who changed or discarded it."""

    draft_id: str
    label: str
    text: str
    edited_by: str | None = None
    discarded_by: str | None = None


def pair_message(
    *,
    pair_id: str,
    left: Half,
    right: Half,
    content_type: ContentType,
    topic: str,
    requester_id: str,
) -> tuple[str, list[Block]]:
    """The notification text and the blocks of two drafts, A on the left and B on the right.

    A text of more than `HALF_LIMIT` characters is shortened, and says so beside a button that opens it whole.
    Where one of the two was discarded, there is nothing left to vote on.
    """
    halves = (left, right)
    caption = context(texts.pair_caption(content_type.title, requester_id))
    if any(half.discarded_by is not None for half in halves):
        shown = _what_is_left(halves, content_type.format)
        blocks = [subject(topic), caption, *shown]
        return texts.pair_notification(content_type.title, escape(topic)), blocks
    if content_type.format is TextFormat.PLAIN and sum(len(half.text) for half in halves) <= TABLE_LIMIT:
        shown = _side_by_side(pair_id, halves)
    else:
        shown = _one_below_the_other(pair_id, halves, content_type.format)
    blocks = [subject(topic), caption, *shown, context(texts.PAIR_HINT)]
    return texts.pair_notification(content_type.title, escape(topic)), blocks


def pair_block_id(pair_id: str) -> str:
    """By which the message of a pair is found again."""
    return f"{PAIR_BLOCK_PREFIX}{pair_id}"


def whole_text_view(label: str, text: str, text_format: TextFormat) -> dict[str, Any]:
    """The modal behind “Read it whole”."""
    return {
        "type": "modal",
        "title": plain(texts.READ_WHOLE_TITLE),
        "close": plain(texts.CLOSE),
        "blocks": [context(f"*{escape(label)}*"), *body_in_modal(text, text_format)],
    }


def vote_note(
    *, pair_id: str, choice: VoteChoice, may_undo: bool, may_reveal: str | None
) -> tuple[str, list[Block]]:
    """The private confirmation of a vote. `may_reveal` is a draft of the pair where the rater may ask."""
    buttons = [button(WHY_ACTION, texts.WHY_BUTTON, f"{pair_id}.{choice.value}")]
    if may_undo:
        buttons.append(button(UNDO_VOTE_ACTION, texts.UNDO_BUTTON, pair_id))
    if may_reveal is not None:
        buttons.append(reveal_button(may_reveal, texts.REVEAL_PAIR_BUTTON))
    noted = texts.vote_noted(choice)
    return noted, [section(noted), {"type": "actions", "elements": buttons}]


def why_form(*, pair_id: str, choice: VoteChoice, reasons: Sequence[str]) -> dict[str, Any]:
    """The modal behind “Say why”, with what this rater ticked before."""
    options = [option(words, name) for name, words in texts.WHY_REASONS[choice].items()]
    return {
        "type": "modal",
        "callback_id": WHY_FORM,
        "private_metadata": f"{pair_id}.{choice.value}",
        "title": plain(texts.WHY_TITLE),
        "submit": plain(texts.WHY_SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [field("reasons", texts.WHY_LABEL, checked_boxes("reasons", options, reasons))],
    }


def _side_by_side(pair_id: str, halves: Sequence[Half]) -> list[Block]:
    table = {
        "type": "table",
        "rows": [
            [_cell(title, {"bold": True}) for title in _titles(halves)],
            [_cell(half.text) for half in halves],
        ],
        "column_settings": [{"is_wrapped": True}, {"is_wrapped": True}],
    }
    opinions: list[Block] = []
    for letter, half in zip(texts.PAIR_LETTERS, halves, strict=True):
        opinions += [_title(letter, half), thumbs(half.draft_id), _actions(letter, half)]
    return [table, _votes(pair_id), *opinions]


def _one_below_the_other(pair_id: str, halves: Sequence[Half], text_format: TextFormat) -> list[Block]:
    blocks: list[Block] = []
    for letter, half in zip(texts.PAIR_LETTERS, halves, strict=True):
        blocks += [*_half(letter, half, text_format), {"type": "divider"}]
    return [*blocks, _votes(pair_id)]


def _what_is_left(halves: Sequence[Half], text_format: TextFormat) -> list[Block]:
    blocks: list[Block] = []
    for letter, half in zip(texts.PAIR_LETTERS, halves, strict=True):
        if half.discarded_by is None:
            blocks += _half(letter, half, text_format)
        else:
            blocks.append(section(texts.discarded(texts.half_title(letter, half.label), half.discarded_by)))
    return blocks


def _half(letter: str, half: Half, text_format: TextFormat) -> list[Block]:
    beginning = _beginning(half.text, text_format)
    rest = [] if beginning == half.text.strip() else [_rest(half)]
    return [
        _title(letter, half),
        *body(beginning, text_format),
        *rest,
        thumbs(half.draft_id),
        _actions(letter, half),
    ]


def _beginning(text: str, text_format: TextFormat) -> str:
    """As much as may be shown, whole where that is all. Escapes and indents count, as Slack counts them."""
    shown = text.strip()
    limit = max(len(shown), 1)
    while _shown_characters(shown, text_format) > HALF_LIMIT:
        limit = min(limit * 3 // 4, HALF_LIMIT)
        shown = split_text(text, limit)[0]
    return shown


def _shown_characters(text: str, text_format: TextFormat) -> int:
    return sum(len(json.dumps(block, ensure_ascii=False)) for block in body(text, text_format))


def _titles(halves: Sequence[Half]) -> list[str]:
    return [
        texts.half_title(letter, half.label) for letter, half in zip(texts.PAIR_LETTERS, halves, strict=True)
    ]


def _title(letter: str, half: Half) -> Block:
    title = f"*{escape(texts.half_title(letter, half.label))}*"
    if half.edited_by is not None:
        title = f"{title} · {texts.edited_by(half.edited_by)}"
    return section(title)


def _actions(letter: str, half: Half) -> Block:
    rate = button(SCORE_ACTION, texts.rate_half(letter), half.draft_id)
    return {"type": "actions", "elements": [rate, act_menu(half.draft_id)]}


def _votes(pair_id: str) -> Block:
    buttons = [
        button(action_id, texts.VOTE_BUTTONS[choice], f"{pair_id}.{choice.value}")
        for choice, action_id in VOTE_ACTIONS.items()
    ]
    return {"type": "actions", "block_id": pair_block_id(pair_id), "elements": buttons}


def _rest(half: Half) -> Block:
    return {
        "type": "section",
        "text": plain(texts.SHORTENED),
        "accessory": button(READ_WHOLE_ACTION, texts.READ_WHOLE_BUTTON, half.draft_id),
    }


def _cell(text: str, style: dict[str, bool] | None = None) -> Block:
    """What stands in rich text is no markup, whatever it says."""
    piece: Block = {"type": "text", "text": text}
    if style is not None:
        piece["style"] = style
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [piece]}]}
