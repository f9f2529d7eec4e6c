"""The forms in which people say what they think of a draft."""

from collections.abc import Sequence
from typing import Any

from bot import texts
from bot.messages.blocks import INPUT_LIMIT, Block, context, field, option, plain

THUMB_ACTION = "rate_thumb"
SCORE_ACTION = "rate_score"
SCORE_FORM = "score_form"
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


def score_form(
    *,
    draft_id: str,
    label: str,
    text: str,
    score: int | None,
    reasons: Sequence[str],
    correction: str | None,
) -> dict[str, Any]:
    """The modal behind “Rate 1–10”, filled with what this rater said before."""
    score_options = [option(texts.SCORE_WORDS.get(value, str(value)), str(value)) for value in range(1, 11)]
    reason_options = [option(words, name) for name, words in texts.REASONS.items()]
    ticked = [choice for choice in reason_options if choice["value"] in reasons]
    select: Block = {
        "type": "static_select",
        "action_id": "score",
        "placeholder": plain(texts.SCORE_PLACEHOLDER),
        "options": score_options,
    }
    if score is not None:
        select["initial_option"] = score_options[score - 1]
    checkboxes: Block = {"type": "checkboxes", "action_id": "reasons", "options": reason_options}
    if ticked:
        checkboxes["initial_options"] = ticked
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
        "private_metadata": draft_id,
        "title": plain(texts.SCORE_FORM_TITLE),
        "submit": plain(texts.SUBMIT),
        "close": plain(texts.CANCEL),
        "blocks": [
            context(f"*{label}*"),
            field("score", texts.SCORE_LABEL, select),
            field("reasons", texts.REASONS_LABEL, checkboxes, optional=True),
            field("correction", texts.CORRECTION_LABEL, editor, optional=True, hint=texts.CORRECTION_HINT),
        ],
    }
