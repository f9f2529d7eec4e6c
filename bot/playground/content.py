"""What a message says, checked as Slack checks it: text, blocks, Markdown, attachments."""

from dataclasses import dataclass

from bot.playground.block_kit.validation import MARKDOWN_CHARACTERS, check_message_blocks
from bot.playground.entities import Json
from bot.playground.errors import ApiError

# docs.slack.dev, chat.postMessage says that longer texts are cut at 40,000; Slack answers msg_too_long
# where it used to cut (not confirmed). chat.update: "cannot exceed 4,000 characters".
POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
ATTACHMENTS = 100


@dataclass(frozen=True)
class Content:
    """What a message says, checked. `blocks` and `attachments` None means that none were given."""

    text: str
    blocks: list[Json] | None = None
    metadata: Json | None = None
    attachments: list[Json] | None = None


@dataclass(frozen=True)
class Persona:
    """What an app calls itself in one message: a name, and an emoji or the address of a picture."""

    username: str | None = None
    icons: dict[str, str] | None = None


def check_content(
    text: str | None,
    blocks: object | None,
    *,
    limit: int = POST_CHARACTERS,
    metadata: Json | None = None,
    markdown_text: str | None = None,
    attachments: object | None = None,
) -> Content:
    """Raises ApiError with Slack's name for what is wrong, "no_text" and "msg_too_long" among them."""
    if markdown_text:
        if text or blocks:
            raise ApiError("markdown_text_conflict")
        text, blocks, limit = markdown_text, _markdown_blocks(markdown_text), MARKDOWN_CHARACTERS
    _check_metadata(metadata)
    checked = None if blocks is None else check_message_blocks(blocks)
    attached = None if attachments is None else _check_attachments(attachments)
    if not text and not checked and not attached:
        raise ApiError("no_text")
    if len(text or "") > limit:
        raise ApiError("msg_too_long")
    return Content(text or "", checked, metadata, attached)


def _markdown_blocks(text: str) -> list[Json]:
    if len(text) > MARKDOWN_CHARACTERS:
        # docs.slack.dev: "Limit this field to 12,000 characters"; the error's name is not confirmed.
        raise ApiError("msg_too_long")
    return [{"type": "markdown", "text": text}]


def _check_metadata(given: object) -> None:
    """docs.slack.dev/messaging/message-metadata: an event's type and payload."""
    if given is None:
        return
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise ApiError("invalid_metadata_format")
    if not isinstance(given.get("event_payload", {}), dict):
        raise ApiError("invalid_metadata_format")


def _check_attachments(given: object) -> list[Json]:
    """The older way to say more than text; kept as given and numbered from 1, as Slack keeps them."""
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise ApiError("invalid_attachments")
    if len(given) > ATTACHMENTS:
        raise ApiError("too_many_attachments")
    for each in given:
        if each.get("blocks") is not None:
            check_message_blocks(each["blocks"])
    return [{"id": number, **each} for number, each in enumerate(given, start=1)]
