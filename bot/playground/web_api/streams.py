"""chat.startStream, chat.appendStream, chat.stopStream: a message written while people read it.

Arguments and error names: docs.slack.dev/reference/methods/chat.startStream and its two neighbours.
"""

from typing import Literal

from bot.playground import streaming
from bot.playground.block_kit.validation import check_message_blocks
from bot.playground.entities import TEAM_ID, Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Customized, Method, Nested, joined_channel
from bot.playground.wire import message_payload


class StartStream(Customized):
    channel: str
    thread_ts: str
    markdown_text: str | None = None
    chunks: Nested = None
    recipient_team_id: str | None = None
    recipient_user_id: str | None = None
    task_display_mode: Literal["timeline", "plan"] = "timeline"


class AppendStream(Arguments):
    channel: str
    ts: str
    markdown_text: str | None = None
    chunks: Nested = None


class StopStream(AppendStream):
    blocks: Nested = None
    metadata: Nested = None


def start_stream(slack: Slack, given: StartStream) -> Json:
    channel = joined_channel(slack, given.channel)
    if channel.kind != "im":
        _check_recipient(slack, given)
    pieces = streaming.check_pieces(given.markdown_text, given.chunks)
    as_plan = given.task_display_mode == "plan"
    message = streaming.start(
        slack, channel, given.thread_ts, pieces, as_plan=as_plan, persona=given.persona(slack)
    )
    return {"channel": channel.id, "ts": message.ts}


def append_stream(slack: Slack, given: AppendStream) -> Json:
    message = _own_stream(slack, given)
    pieces = streaming.check_pieces(given.markdown_text, given.chunks)
    if not pieces.says_something:
        raise ApiError("no_text")
    message = streaming.append(slack, message, pieces)
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(slack: Slack, given: StopStream) -> Json:
    message = _own_stream(slack, given)
    pieces = streaming.check_pieces(given.markdown_text, given.chunks)
    blocks = check_message_blocks(given.blocks) if given.blocks else []
    message = streaming.stop(slack, message, pieces, blocks, given.metadata)
    return {"channel": message.channel, "ts": message.ts, "message": message_payload(slack, message)}


def _check_recipient(slack: Slack, given: StartStream) -> None:
    """In channels Slack wants to know who reads along; a direct message has one reader only."""
    if given.recipient_team_id is None:
        raise ApiError("missing_recipient_team_id")
    if given.recipient_user_id is None:
        raise ApiError("missing_recipient_user_id")
    if given.recipient_team_id != TEAM_ID:
        raise ApiError("team_not_found")
    slack.workspace.user(given.recipient_user_id)


def _own_stream(slack: Slack, given: AppendStream) -> Message:
    message = slack.workspace.message(slack.workspace.channel(given.channel).id, given.ts)
    if message.user != slack.app.bot_user:
        raise ApiError("message_not_owned_by_app")
    return message


METHODS = (
    Method("chat.startStream", StartStream, start_stream, "chat:write"),
    Method("chat.appendStream", AppendStream, append_stream, "chat:write"),
    Method("chat.stopStream", StopStream, stop_stream, "chat:write"),
)
