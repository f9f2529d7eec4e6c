"""chat.*: messages the app posts, changes and deletes."""

from dataclasses import replace

from bot.playground import conversation, streaming, unfurling
from bot.playground.content import POST_CHARACTERS, UPDATE_CHARACTERS, Content, check_content
from bot.playground.entities import Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import (
    Arguments,
    Customized,
    Method,
    Nested,
    joined_channel,
    postable_channel,
)
from bot.playground.wire import message_payload, permalink


class Said(Customized):
    """What every way to post a message takes."""

    text: str | None = None
    markdown_text: str | None = None
    blocks: Nested = None
    attachments: Nested = None
    metadata: Nested = None


class PostMessage(Said):
    channel: str
    thread_ts: str | None = None
    reply_broadcast: bool = False
    unfurl_links: bool = False


class PostEphemeral(PostMessage):
    user: str


class UpdateMessage(Said):
    channel: str
    ts: str


class DeleteMessage(Arguments):
    channel: str
    ts: str


class GetPermalink(Arguments):
    channel: str
    message_ts: str


def post_message(slack: Slack, given: PostMessage) -> Json:
    channel = postable_channel(slack, given.channel)
    content = content_of(given)
    if given.unfurl_links:
        quoted = unfurling.quotes(slack, slack.app.bot_user, content.text)
        content = replace(content, attachments=[*(content.attachments or []), *quoted] or None)
    message = conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        content,
        thread_ts=given.thread_ts,
        is_broadcast=given.reply_broadcast,
        persona=given.persona(slack),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_payload(slack, message)}


def post_ephemeral(slack: Slack, given: PostEphemeral) -> Json:
    channel = joined_channel(slack, given.channel)
    if given.user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = content_of(given)
    message = conversation.post(
        slack,
        channel,
        slack.app.bot_user,
        content,
        thread_ts=given.thread_ts,
        ephemeral_to=given.user,
        persona=given.persona(slack),
    )
    return {"message_ts": message.ts}


def update_message(slack: Slack, given: UpdateMessage) -> Json:
    message = _own_message(slack, given.channel, given.ts, "cant_update_message")
    if streaming.is_open(slack, message):
        raise ApiError("streaming_state_conflict")
    changed = conversation.edit(slack, message, content_of(given, limit=UPDATE_CHARACTERS))
    body = message_payload(slack, changed)
    return {"channel": changed.channel, "ts": changed.ts, "text": changed.text, "message": body}


def delete_message(slack: Slack, given: DeleteMessage) -> Json:
    message = _own_message(slack, given.channel, given.ts, "cant_delete_message")
    conversation.delete(slack, message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(slack: Slack, given: GetPermalink) -> Json:
    channel = slack.workspace.channel(given.channel)
    message = slack.workspace.message(channel.id, given.message_ts)
    return {"channel": channel.id, "permalink": permalink(slack, message)}


def content_of(given: Said, *, limit: int = POST_CHARACTERS) -> Content:
    """What an app said, checked."""
    return check_content(
        given.text,
        given.blocks,
        limit=limit,
        metadata=given.metadata,
        markdown_text=given.markdown_text,
        attachments=given.attachments,
    )


def _own_message(slack: Slack, channel_id: str, ts: str, error: str) -> Message:
    message = slack.workspace.message(slack.workspace.channel(channel_id).id, ts)
    if message.ephemeral_to is not None:
        # Ephemeral messages have no life on the server: Slack does not find them either.
        raise ApiError("message_not_found")
    if message.user != slack.app.bot_user:
        raise ApiError(error)
    return message


METHODS = (
    Method("chat.postMessage", PostMessage, post_message, "chat:write"),
    Method("chat.postEphemeral", PostEphemeral, post_ephemeral, "chat:write"),
    Method("chat.update", UpdateMessage, update_message, "chat:write"),
    Method("chat.delete", DeleteMessage, delete_message, "chat:write"),
    Method("chat.getPermalink", GetPermalink, get_permalink),
)
