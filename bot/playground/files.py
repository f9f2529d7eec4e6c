"""Files in the workspace: where they are shared, who sees them, and how they go."""

from collections.abc import Iterator

from bot.playground import conversation, events
from bot.playground.entities import File, Json, Message
from bot.playground.slack import Slack


def shares(slack: Slack, file: File) -> Iterator[Message]:
    """The messages that hold a file, oldest first within each channel."""
    for channel in slack.workspace.channels:
        for message in slack.workspace.messages(channel.id):
            if file.id in message.files:
                yield message


def is_visible(slack: Slack, file: File) -> bool:
    """An app sees what it uploaded, and what is shared where it is a member."""
    if file.user == slack.app.bot_user:
        return True
    channels = {message.channel for message in shares(slack, file)}
    return any(slack.app.bot_user in slack.workspace.channel(channel).members for channel in channels)


def places(slack: Slack, file: File) -> Json:
    """Where a file is shared, as file objects have it: `shares`, `channels`, `groups`, `ims`."""
    found: Json = {"shares": {}, "channels": [], "groups": [], "ims": []}
    for message in shares(slack, file):
        channel = slack.workspace.channel(message.channel)
        is_open = channel.kind == "channel" and not channel.is_private
        group = "ims" if channel.kind == "im" else "channels" if is_open else "groups"
        if channel.id not in found[group]:
            found[group].append(channel.id)
        by_channel = found["shares"].setdefault("public" if is_open else "private", {})
        share: Json = {"ts": message.ts, "share_user_id": message.user}
        if message.is_reply:
            share["thread_ts"] = message.thread_ts
        by_channel.setdefault(channel.id, []).append(share)
    return found


def delete(slack: Slack, file: File) -> None:
    """Takes a file away: messages that said nothing else go with it, the others show that it was deleted."""
    shared_in = list(shares(slack, file))
    slack.workspace.delete_file(file)
    for message in shared_in:
        if message.text or message.blocks or message.attachments or len(message.files) > 1:
            slack.workspace.put_message(message)
        else:
            conversation.delete(slack, message)
    events.send_file(slack, "file_deleted", file, {message.channel for message in shared_in})
