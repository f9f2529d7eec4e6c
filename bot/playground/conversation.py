"""What can be done to messages, whoever does it: post, edit, delete, react. Tells the apps by events."""

from collections.abc import Sequence

from bot.playground import events
from bot.playground.block_kit.state import with_ids
from bot.playground.content import Content, Persona
from bot.playground.emoji import wire_name
from bot.playground.entities import Channel, Message, Reaction
from bot.playground.errors import ApiError
from bot.playground.slack import Slack

REACTIONS_PER_MESSAGE = 50


def post(
    slack: Slack,
    channel: Channel,
    user: str,
    content: Content,
    *,
    thread_ts: str | None = None,
    files: Sequence[str] = (),
    ephemeral_to: str | None = None,
    streaming_until: float | None = None,
    is_broadcast: bool = False,
    persona: Persona | None = None,
) -> Message:
    """Adds a message to a channel, or to the thread of the message at `thread_ts`.

    A private one in a thread without replies is lost, as in Slack: it answers as always, and nobody sees it.
    Raises ApiError("thread_not_found") when there is no such message.
    """
    message = Message(
        channel=channel.id,
        ts=slack.workspace.next_ts(),
        user=user,
        bot_id=_bot_id(slack, user),
        text=content.text,
        blocks=with_ids(content.blocks) if content.blocks else None,
        thread_ts=_thread_root(slack, channel, thread_ts),
        files=tuple(files),
        ephemeral_to=ephemeral_to,
        metadata=content.metadata,
        streaming_until=streaming_until,
        attachments=content.attachments,
        is_broadcast=is_broadcast and thread_ts is not None,
        username=persona.username if persona else None,
        icons=persona.icons if persona else None,
    )
    if ephemeral_to is None:
        slack.workspace.put_message(message)
        events.send_message(slack, channel, message)
        _refresh_parent(slack, message)
    elif not message.is_reply or _has_replies(slack, message):
        slack.workspace.put_message(message)
    return message


def edit(slack: Slack, message: Message, content: Content) -> Message:
    """New text; new blocks and attachments where some are given: an empty list removes, None keeps them."""
    blocks = message.blocks if content.blocks is None else with_ids(content.blocks) or None
    changed = message.model_copy(
        update={
            "text": content.text,
            "blocks": blocks,
            "attachments": message.attachments
            if content.attachments is None
            else content.attachments or None,
            "metadata": content.metadata or message.metadata,
            "edited_ts": slack.workspace.next_ts(),
            "streaming_until": None,
        }
    )
    slack.workspace.put_message(changed)
    if message.ephemeral_to is None:
        events.send_message_change(slack, slack.workspace.channel(message.channel), changed, message)
    return changed


def delete(slack: Slack, message: Message) -> None:
    """Removes a message; one with replies leaves a stone in its place, as in Slack."""
    if slack.workspace.replies(message):
        stone = Message(
            channel=message.channel,
            ts=message.ts,
            user=message.user,
            text="This message was deleted.",
            thread_ts=message.ts,
            is_tombstone=True,
        )
        slack.workspace.put_message(stone)
    else:
        slack.workspace.delete_message(message)
        _refresh_parent(slack, message)
    if message.ephemeral_to is None:
        events.send_message_deletion(slack, slack.workspace.channel(message.channel), message)


def add_reaction(slack: Slack, message: Message, user: str, name: str) -> None:
    """Raises ApiError: "invalid_name", "already_reacted", "too_many_emoji"; ephemeral messages take none."""
    name = _check_reaction(message, name)
    present = {reaction.name: reaction for reaction in message.reactions}
    users = present[name].users if name in present else ()
    if user in users:
        raise ApiError("already_reacted")
    if name not in present and len(present) >= REACTIONS_PER_MESSAGE:
        raise ApiError("too_many_emoji")
    present[name] = Reaction(name=name, users=(*users, user))
    slack.workspace.put_message(message.model_copy(update={"reactions": tuple(present.values())}))
    events.send_reaction(slack, "reaction_added", user=user, message=message, name=name)


def remove_reaction(slack: Slack, message: Message, user: str, name: str) -> None:
    """Raises ApiError: "invalid_name", "no_reaction"."""
    name = _check_reaction(message, name)
    present = {reaction.name: reaction for reaction in message.reactions}
    if name not in present or user not in present[name].users:
        raise ApiError("no_reaction")
    users = tuple(other for other in present[name].users if other != user)
    present[name] = Reaction(name=name, users=users)
    left = tuple(reaction for reaction in present.values() if reaction.users)
    slack.workspace.put_message(message.model_copy(update={"reactions": left}))
    events.send_reaction(slack, "reaction_removed", user=user, message=message, name=name)


def _check_reaction(message: Message, name: str) -> str:
    if message.ephemeral_to is not None:
        raise ApiError("message_not_found")
    return wire_name(name)


def _bot_id(slack: Slack, user: str) -> str | None:
    """What marks a message as an app's; None for people."""
    app = slack.of_bot(user).app
    return app.bot_id if app.bot_user == user else None


def _thread_root(slack: Slack, channel: Channel, thread_ts: str | None) -> str | None:
    """Threads are one level deep: a reply to a reply belongs to the first message."""
    if thread_ts is None:
        return None
    message = slack.workspace.find_message(channel.id, thread_ts)
    if message is None or message.ephemeral_to is not None:
        raise ApiError("thread_not_found")
    return message.thread_ts or message.ts


def _has_replies(slack: Slack, reply: Message) -> bool:
    """Whether the thread that a reply belongs to has others that everybody sees."""
    parent = slack.workspace.find_message(reply.channel, reply.thread_ts or reply.ts)
    return parent is not None and bool(slack.workspace.replies(parent))


def _refresh_parent(slack: Slack, message: Message) -> None:
    """The number of replies is shown at the parent, so whoever shows it must hear of it."""
    if message.is_reply and message.thread_ts is not None:
        parent = slack.workspace.find_message(message.channel, message.thread_ts)
        if parent is not None:
            slack.workspace.put_message(parent)
