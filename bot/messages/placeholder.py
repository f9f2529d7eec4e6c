"""The message that announces a draft, from the wish to the finished text, in the same shape as that."""

from bot import texts
from bot.messages.blocks import Block, body, context, escape, plain, section, subject
from generation.content_types import ContentType

REQUEST_BLOCK_PREFIX = "request."
CANCEL_ACTION = "cancel_request"
RETRY_ACTION = "retry_request"


def placeholder_message(
    *, request_id: str, content_type: ContentType, topic: str, requester_id: str, status: str
) -> tuple[str, list[Block]]:
    """What stands in the draft's place while it waits and is written. `status` in Slack's markup."""
    blocks = [
        *_heading(request_id, content_type, topic, requester_id),
        context(status),
        _button(CANCEL_ACTION, texts.CANCEL_BUTTON, request_id),
    ]
    return texts.placeholder_notification(content_type.title, escape(topic)), blocks


def ended_message(
    *,
    request_id: str,
    content_type: ContentType | None,
    topic: str,
    requester_id: str,
    outcome: str,
    retry: bool = False,
) -> tuple[str, list[Block]]:
    """Why no draft stands here: it was cancelled, it failed, or it went into the thread.

    `outcome` in Slack's markup. The kind may be gone from the configuration: None.
    """
    blocks = [*_heading(request_id, content_type, topic, requester_id), section(outcome)]
    if retry:
        blocks.append(_button(RETRY_ACTION, texts.RETRY_BUTTON, request_id))
    return outcome, blocks


def growing_message(
    *, request_id: str, content_type: ContentType, topic: str, requester_id: str, text: str
) -> tuple[str, list[Block]]:
    """A text that is not whole yet: what of it is there, and nothing to press."""
    blocks = [
        *_heading(request_id, content_type, topic, requester_id),
        *body(text, content_type.format),
        context(texts.STILL_APPEARING),
    ]
    return texts.placeholder_notification(content_type.title, escape(topic)), blocks


def request_block_id(request_id: str) -> str:
    """By which a message that announces or shows a draft is found again."""
    return f"{REQUEST_BLOCK_PREFIX}{request_id}"


def _heading(request_id: str, content_type: ContentType | None, topic: str, requester_id: str) -> list[Block]:
    title = content_type.title if content_type is not None else texts.DRAFT_WORD
    caption = context(texts.placeholder_caption(title, requester_id))
    return [subject(topic), {**caption, "block_id": request_block_id(request_id)}]


def _button(action_id: str, words: str, value: str) -> Block:
    button = {"type": "button", "action_id": action_id, "text": plain(words), "value": value}
    return {"type": "actions", "elements": [button]}
