"""Messages that grow while an app writes them: started, appended to, stopped, or closed by Slack.

Slack closes a stream about five minutes after its start, however busy it is; from then on the
message is an ordinary one that `chat.update` can change (slackapi/python-slack-sdk issue 1859 and
slackapi/node-slack-sdk issue 2702: users measured it, the documentation does not say).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.playground import conversation, events
from bot.playground.block_kit.state import with_ids
from bot.playground.block_kit.validation import BLOCKS_CHARACTERS, MARKDOWN_CHARACTERS, check_message_blocks
from bot.playground.content import Content, Persona
from bot.playground.entities import Channel, Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack

# By chunks; the blocks that end the message have fifty of their own (docs.slack.dev, chat.stopStream).
BLOCKS_BY_CHUNKS = 50


class _Chunk(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MarkdownText(_Chunk):
    type: Literal["markdown_text"]
    text: str


class PlanUpdate(_Chunk):
    type: Literal["plan_update"]
    title: str = Field(min_length=1)


class TaskUpdate(_Chunk):
    type: Literal["task_update"]
    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    status: Literal["pending", "in_progress", "complete", "error"]
    details: str | None = None
    output: str | None = None
    sources: list[Json] | None = None


class Blocks(_Chunk):
    type: Literal["blocks"]
    blocks: list[Json]


Chunk = Annotated[MarkdownText | PlanUpdate | TaskUpdate | Blocks, Field(discriminator="type")]
_CHUNKS: TypeAdapter[list[Chunk]] = TypeAdapter(list[Chunk])


@dataclass(frozen=True)
class Pieces:
    """What one call adds, checked."""

    chunks: Sequence[Chunk]

    @property
    def says_something(self) -> bool:
        return any(not isinstance(chunk, MarkdownText) or chunk.text for chunk in self.chunks)


def check_pieces(markdown_text: str | None, chunks: object | None) -> Pieces:
    """Raises ApiError: "invalid_chunks", "msg_too_long", and the errors of blocks."""
    try:
        found = _CHUNKS.validate_python(chunks or [])
    except ValidationError:
        raise ApiError("invalid_chunks") from None
    if markdown_text:
        found.insert(0, MarkdownText(type="markdown_text", text=markdown_text))
    for chunk in found:
        if isinstance(chunk, MarkdownText) and len(chunk.text) > MARKDOWN_CHARACTERS:
            # The limit is documented, the name of its error is not (not confirmed).
            raise ApiError("msg_too_long")
        if isinstance(chunk, Blocks):
            check_message_blocks(chunk.blocks)
    return Pieces(found)


def start(
    slack: Slack,
    channel: Channel,
    thread_ts: str,
    pieces: Pieces,
    *,
    as_plan: bool,
    persona: Persona | None = None,
) -> Message:
    """A new message in a thread, open for more; raises ApiError("thread_not_found")."""
    content = Content("", with_ids([{"type": "plan", "title": "Plan"}]) if as_plan else None)
    content = _grown(content, pieces)
    closes_at = slack.clock().timestamp() + slack.config.stream_lifetime_seconds
    return conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        content,
        thread_ts=thread_ts,
        streaming_until=closes_at,
        persona=persona,
    )


def append(slack: Slack, message: Message, pieces: Pieces) -> Message:
    """The message with more at its end.

    The page hears of every piece. Apps hear of the start and of the end only (not confirmed).
    Raises ApiError: "message_not_in_streaming_state", "msg_blocks_too_long", "msg_blocks_too_many".
    """
    content = _grown(_content_of(_open(slack, message)), pieces)
    changed = message.model_copy(update={"text": content.text, "blocks": content.blocks})
    slack.workspace.put_message(changed)
    return changed


def stop(
    slack: Slack, message: Message, pieces: Pieces, blocks: list[Json], metadata: Json | None
) -> Message:
    """The last piece, then `blocks` under everything; the message is finished and ordinary."""
    content = _grown(_content_of(_open(slack, message)), pieces)
    shown = [*(content.blocks or []), *with_ids(blocks)]
    if not shown:
        raise ApiError("no_text")
    changed = message.model_copy(
        update={"text": content.text, "blocks": shown, "metadata": metadata, "streaming_until": None}
    )
    slack.workspace.put_message(changed)
    events.send_message_change(slack, slack.workspace.channel(message.channel), changed, message)
    return changed


def close_expired(slack: Slack) -> int:
    """Ends what apps left unfinished, so that pages stop showing that more is to come; returns how many."""
    expired = [message for message in slack.workspace.growing_messages() if not is_open(slack, message)]
    for message in expired:
        slack.workspace.put_message(message.model_copy(update={"streaming_until": None}))
    return len(expired)


def is_open(slack: Slack, message: Message) -> bool:
    """Whether the message still takes pieces."""
    return message.streaming_until is not None and slack.clock().timestamp() < message.streaming_until


def _open(slack: Slack, message: Message) -> Message:
    if is_open(slack, message):
        return message
    raise ApiError("message_not_in_streaming_state")


def _content_of(message: Message) -> Content:
    return Content(message.text, message.blocks)


def _grown(content: Content, pieces: Pieces) -> Content:
    text, blocks = content.text, list(content.blocks or [])
    for chunk in pieces.chunks:
        if isinstance(chunk, MarkdownText):
            text += chunk.text
        blocks = _with_chunk(blocks, chunk)
    if len(text) > BLOCKS_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    if sum(block["type"] != "markdown" for block in blocks) > BLOCKS_BY_CHUNKS:
        raise ApiError("msg_blocks_too_many")
    return Content(text, blocks or None)


def _with_chunk(blocks: list[Json], chunk: Chunk) -> list[Json]:
    match chunk:
        case MarkdownText(text=text):
            return _with_text(blocks, text)
        case TaskUpdate():
            return _with_task(blocks, chunk)
        case PlanUpdate(title=title):
            return [{**block, "title": title} if block["type"] == "plan" else block for block in blocks]
        case Blocks(blocks=more):
            return [*blocks, *with_ids(more)]


def _with_text(blocks: list[Json], text: str) -> list[Json]:
    """Text goes on in the block that it ended in, under the same id."""
    if not text:
        return blocks
    if blocks and blocks[-1]["type"] == "markdown":
        return [*blocks[:-1], {**blocks[-1], "text": blocks[-1]["text"] + text}]
    return [*blocks, *with_ids([{"type": "markdown", "text": text}])]


def _with_task(blocks: list[Json], chunk: TaskUpdate) -> list[Json]:
    """A task takes the place of its earlier state: inside the plan where there is one."""
    task = _task(chunk)
    for index, block in enumerate(blocks):
        if block["type"] == "plan":
            changed = {**block, "tasks": _replaced(block.get("tasks") or [], task)}
            return [*blocks[:index], changed, *blocks[index + 1 :]]
    return _replaced(blocks, task)


def _replaced(tasks: list[Json], task: Json) -> list[Json]:
    """The tasks with `task` where one with its id stood, or at the end."""
    places = [index for index, other in enumerate(tasks) if other.get("task_id") == task["task_id"]]
    if not places:
        return [*tasks, *with_ids([task])]
    return [{**other, **task} if index == places[0] else other for index, other in enumerate(tasks)]


def _task(chunk: TaskUpdate) -> Json:
    task: Json = {"type": "task_card", "task_id": chunk.id, "title": chunk.title, "status": chunk.status}
    for name, text in (("details", chunk.details), ("output", chunk.output)):
        if text:
            section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
            task[name] = {"type": "rich_text", "elements": [section]}
    if chunk.sources:
        task["sources"] = chunk.sources
    return task
