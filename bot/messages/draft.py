"""A draft under its neutral label, with what a rater can do about it."""

from bot import texts
from bot.messages.blocks import Block, body, context, escape, header, plain
from bot.messages.rating import SCORE_ACTION, THUMB_ACTION
from generation.content_types import ContentType

DRAFT_BLOCK_PREFIX = "draft."


def draft_message(
    *, draft_id: str, label: str, content_type: ContentType, topic: str, text: str, requester_id: str
) -> tuple[str, list[Block]]:
    """The notification text and the blocks of one draft under its neutral label."""
    blocks = [
        header(topic),
        context(texts.draft_caption(label, content_type.title, requester_id)),
        *body(text, content_type.format),
        {
            "type": "context_actions",
            "block_id": thumb_block_id(draft_id),
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": THUMB_ACTION,
                    "positive_button": {"text": plain(texts.THUMB_UP), "value": f"{draft_id}.up"},
                    "negative_button": {"text": plain(texts.THUMB_DOWN), "value": f"{draft_id}.down"},
                }
            ],
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": SCORE_ACTION,
                    "text": plain(texts.RATE_BUTTON),
                    "value": draft_id,
                }
            ],
        },
        context(texts.RATE_HINT),
    ]
    return f"{label}: {content_type.title} about {escape(topic)}", blocks


def thumb_block_id(draft_id: str) -> str:
    return f"{DRAFT_BLOCK_PREFIX}{draft_id}"
