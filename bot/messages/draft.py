"""A draft under its neutral label, with what a rater can do about it."""

import json

from bot import texts
from bot.messages.blocks import Block, body, button, context, escape, split_text, subject
from bot.messages.draft_actions import act_buttons
from bot.messages.rating import SCORE_ACTION, thumbs
from generation.content_types import ContentType, TextFormat

TEXT_LIMIT = 11_500
"""Of one draft's text as Slack counts it: about 13,000 characters in all blocks are refused, and
12,000 in those of Markdown."""


def draft_message(
    *,
    draft_id: str,
    label: str,
    content_type: ContentType,
    topic: str,
    text: str,
    requester_id: str,
    rated: bool = True,
    edited_by: str | None = None,
    rewritten_from: str | None = None,
) -> tuple[str, list[Block]]:
    """The notification text and the blocks of one draft under its neutral label.

    A text that is too long for a message is begun, and says that the whole of it is in the thread.
    Under a draft that is not `rated` nobody is asked for an opinion. `edited_by` is who corrected the text,
    `rewritten_from` says in Slack's markup which draft this one began from.
    """
    caption = texts.draft_caption(label, content_type.title, requester_id)
    if edited_by is not None:
        caption = f"{caption} · {texts.edited_by(edited_by)}"
    shown = beginning(text, content_type.format)
    is_whole = shown == text.strip()
    blocks = [
        subject(topic),
        context(caption),
        *([context(rewritten_from)] if rewritten_from is not None else []),
        *body(shown, content_type.format),
        *([] if is_whole else [context(texts.long_draft_attached(len(text.strip())))]),
        *([thumbs(draft_id)] if rated else []),
        draft_actions(draft_id, rated=rated),
        *([context(texts.RATE_HINT)] if rated else []),
    ]
    return f"{label}: {content_type.title} about {escape(topic)}", blocks


def draft_actions(draft_id: str, *, rated: bool) -> Block:
    """The row under one draft: what everybody may press, then what its requester and editors may."""
    rate = [button(SCORE_ACTION, texts.RATE_BUTTON, draft_id)] if rated else []
    return {"type": "actions", "elements": [*rate, *act_buttons(draft_id)]}


def beginning(text: str, text_format: TextFormat, limit: int = TEXT_LIMIT) -> str:
    """As much of `text` as one message may show, cut at a paragraph; whole where that is all."""
    shown = text.strip()
    cut = max(len(shown), 1)
    while _shown_characters(shown, text_format) > limit:
        cut = min(cut * 3 // 4, limit)
        shown = split_text(text, cut)[0]
    return shown


def file_name(label: str, text_format: TextFormat, edit_id: str | None = None) -> str:
    """Of the file that holds a long draft: one text, one name, so that a correction has its own."""
    endings = {TextFormat.PLAIN: "txt", TextFormat.MARKDOWN: "md", TextFormat.JSON: "json"}
    edited = "" if edit_id is None else f"-edited-{edit_id[:6]}"
    return f"{label.replace(' ', '-')}{edited}.{endings[text_format]}"


def _shown_characters(text: str, text_format: TextFormat) -> int:
    """Escapes and indents count, as Slack counts them."""
    return sum(len(json.dumps(block, ensure_ascii=False)) for block in body(text, text_format))
