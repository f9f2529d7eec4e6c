"""Who is in a channel: created, joined, invited, left, removed. Tells the apps by events."""

from bot.playground import events
from bot.playground.changes import ChannelJoined, ChannelLeft
from bot.playground.entities import Channel
from bot.playground.slack import Slack
from bot.playground.workspace import new_id


def create(slack: Slack, name: str, creator: str, *, is_private: bool) -> Channel:
    """A channel with its creator as the one member. The name must have been checked."""
    channel = Channel(
        id=new_id("C"),
        name=name,
        kind="channel",
        members=(creator,),
        is_private=is_private,
        created=int(slack.clock().timestamp()),
        creator=creator,
    )
    slack.workspace.put_channel(channel)
    if not is_private:
        events.send_channel_creation(slack, channel)
    return channel


def join(slack: Slack, channel: Channel, user: str, *, inviter: str | None = None) -> Channel:
    """Adds a member; `inviter` is the person or bot that did it for them."""
    changed = channel.model_copy(update={"members": (*channel.members, user)})
    slack.workspace.put_channel(changed)
    slack.workspace.feed.publish(ChannelJoined(channel.id, user))
    events.send_membership(slack, "member_joined_channel", changed, user, inviter=inviter)
    return changed


def leave(slack: Slack, channel: Channel, user: str) -> Channel:
    """Takes a member out, who sees the channel no more."""
    left = tuple(member for member in channel.members if member != user)
    changed = channel.model_copy(update={"members": left})
    slack.workspace.put_channel(changed)
    slack.workspace.feed.publish(ChannelLeft(channel.id, user))
    events.send_membership(slack, "member_left_channel", changed, user)
    return changed
