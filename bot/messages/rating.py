"""The forms in which people say what they think of a draft."""

from collections.abc import Sequence
from typing import Any

from bot import texts
from bot.messages.blocks import (
    INPUT_LIMIT,
    Block,
    button,
    checked_boxes,
    context,
    escape,
    field,
    option,
    plain,
    section,
)
from bot.messages.reveal import reveal_button

THUMB_ACTION = "rate_thumb"
SCORE_ACTION = "rate_score"
SCORE_FORM = "score_form"
UNDO_THUMB_ACTION = "undo_thumb"
UNDO_SCORE_ACTION = "undo_score"
DRAFT_BLOCK_PREFIX = "draft."


def thumbs(draft_id: str) -> Block:
    """The buttons for a private thumb; also what a draft's message is found again by."""
    buttons = {
        "type": "feedback_buttons",
        "action_id": THUMB_ACTION,
        "positive_button": {"text": plain(texts.THUMB_UP), "value": f"{draft_id}.up"},
        "negative_button": {"text": plain(texts.THUMB_DOWN), "value": f"{draft_id}.down"},
    }
    return {"type": "context_actions", "block_id": thumb_block_id(draft_id), "elements": [buttons]}


def thumb_block_id(draft_id: str) -> str:
    return f"{DRAFT_BLOCK_PREFIX}{draft_id}"


def rating_note(*, draft_id: str, noted: str, undo_action: str, may_reveal: bool) -> tuple[str, list[Block]]:
    """The private confirmation of a thumb or a score, with what can be done about it."""
    buttons = [button(undo_action, texts.UNDO_BUTTON, draft_id)]
    if may_reveal:
        buttons.append(reveal_button(draft_id, texts.REVEAL_BUTTON))
    return noted, [section(escape(noted)), {"type": "actions", "elements": buttons}]


def note_view(*notes: tuple[str, Sequence[Block]]) -> dict[str, Any]:
    """Private confirmations in the place of a submitted form, for those who came from the Home tab."""
    return {
        "type": "modal",
        "title": plain(texts.NOTE_TITLE),
        "close": plain(texts.CLOSE),
        "blocks": [block for _, blocks in notes for block in blocks],
    }


def score_form(
    *,
    draft_id: str,
    label: str,
    text: str,
    score: int | None,
    reasons: Sequence[str],
    correction: str | None,
    shown: Sequence[Block] = (),
    origin: str = "",
) -> dict[str, Any]:
    """The modal behind “Rate 1–10”, filled with what this rater said before.

    `shown` stands on top: the text itself, where the rater comes from somewhere without it. `origin` comes
    back with the form.
    """
    score_options = [option(texts.SCORE_WORDS.get(value, str(value)), str(value)) for value in range(1, 11)]
    reason_options = [option(words, name) for name, words in texts.REASONS.items()]
    select: Block = {
        "type": "static_select",
        "action_id": "score",
        "placeholder": plain(texts.SCORE_PLACEHOLDER),
        "options": score_options,
    }
    if score is not None:
        select["initial_option"] = score_options[score - 1]
    editor: Block = {
        "type": "plain_text_input",
        "action_id": "correction",
        "multiline": True,
        "max_length": INPUT_LIMIT,
    }
    if len(correction or text) <= INPUT_LIMIT:
        editor["initial_value"] = correction or text
    return {
        "type": "modal",
        "callback_id": SCORE_FORM,
        "private_metadata": f"{draft_id} {origin}".strip(),
        "title": plain(texts.SCORE_FORM_TITLE),
        "submit": plain(texts.SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [
            context(f"*{label}*"),
            *shown,
            field("score", texts.SCORE_LABEL, select),
            field(
                "reasons",
                texts.REASONS_LABEL,
                checked_boxes("reasons", reason_options, reasons),
                optional=True,
            ),
            field("correction", texts.CORRECTION_LABEL, editor, optional=True, hint=texts.CORRECTION_HINT),
        ],
    }
