"""A draft under its neutral label, with what a rater can do about it."""

from bot import texts
from bot.messages.blocks import Block, body, context, escape, header, plain
from bot.messages.rating import SCORE_ACTION, thumbs
from generation.content_types import ContentType


def draft_message(
    *, draft_id: str, label: str, content_type: ContentType, topic: str, text: str, requester_id: str
) -> tuple[str, list[Block]]:
    """The notification text and the blocks of one draft under its neutral label."""
    blocks = [
        header(topic),
        context(texts.draft_caption(label, content_type.title, requester_id)),
        *body(text, content_type.format),
        thumbs(draft_id),
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
