"""conversations.* that change a channel: who is in it, what it is called, whether it is still in use."""

import re

from bot.playground import events, membership
from bot.playground.changes import ChannelJoined
from bot.playground.entities import Channel, Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, check_scope, seen_channel
from bot.playground.wire import channel_payload

# docs.slack.dev: conversations.create, conversations.invite, conversations.setTopic.
NAME_CHARACTERS = 80
INVITED_AT_ONCE = 100
TOPIC_CHARACTERS = 250
GENERAL = "general"


class Create(Arguments):
    name: str = ""
    is_private: bool = False


class OfChannel(Arguments):
    channel: str


class Invite(OfChannel):
    users: str = ""
    force: bool = False


class Kick(OfChannel):
    user: str = ""


class Rename(OfChannel):
    name: str = ""


class SetTopic(OfChannel):
    topic: str


class SetPurpose(OfChannel):
    purpose: str


def create(slack: Slack, given: Create) -> Json:
    check_scope(slack, "groups:write" if given.is_private else "channels:manage")
    _check_name(slack, given.name)
    channel = membership.create(slack, given.name, slack.app.bot_user, is_private=given.is_private)
    return {"channel": channel_payload(slack, channel)}


def join(slack: Slack, given: OfChannel) -> Json:
    """Public channels are open to apps; joining twice is a warning, as Slack has it."""
    channel = _channel(slack, given.channel)
    if channel.is_private:
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    if slack.app.bot_user in channel.members:
        warning = "already_in_channel"
        return {
            "channel": channel_payload(slack, channel),
            "warning": warning,
            "response_metadata": {"warnings": [warning]},
        }
    return {"channel": channel_payload(slack, membership.join(slack, channel, slack.app.bot_user))}


def invite(slack: Slack, given: Invite) -> Json:
    """All or, without `force`, nobody: one wrong person holds up the others."""
    channel = _own_channel(slack, given.channel, "channels:manage", "channels:write.invites")
    if channel.is_archived:
        raise ApiError("is_archived")
    users = [user.strip() for user in given.users.split(",") if user.strip()]
    if not users:
        raise ApiError("no_user")
    if len(users) > INVITED_AT_ONCE:
        raise ApiError("too_many_users")
    reasons = {user: _why_not(slack, channel, user) for user in users}
    faults = [{"user": user, "ok": False, "error": reason} for user, reason in reasons.items() if reason]
    welcome = [user for user, reason in reasons.items() if reason is None]
    if faults and not (given.force and welcome):
        raise ApiError(str(faults[0]["error"]), errors=faults)
    for user in welcome:
        channel = membership.join(slack, channel, user, inviter=slack.app.bot_user)
    return {"channel": channel_payload(slack, channel), **({"errors": faults} if faults else {})}


def leave(slack: Slack, given: OfChannel) -> Json:
    channel = _channel(slack, given.channel)
    _check_manages(slack, channel)
    if slack.app.bot_user not in channel.members:
        return {"not_in_channel": True}
    if channel.name == GENERAL:
        raise ApiError("cant_leave_general")
    membership.leave(slack, channel, slack.app.bot_user)
    return {}


def kick(slack: Slack, given: Kick) -> Json:
    channel = _own_channel(slack, given.channel, "channels:manage")
    if given.user == slack.app.bot_user:
        raise ApiError("cant_kick_self")
    user = slack.workspace.user(given.user)
    if channel.name == GENERAL:
        raise ApiError("cant_kick_from_general")
    if user.id not in channel.members:
        raise ApiError("not_in_channel")
    membership.leave(slack, channel, user.id)
    return {"errors": {}}


def rename(slack: Slack, given: Rename) -> Json:
    channel = _own_channel(slack, given.channel, "channels:manage")
    if channel.name == GENERAL:
        raise ApiError("not_authorized")
    _check_name(slack, given.name)
    return _changed(slack, channel, "channel_rename", name=given.name)


def archive(slack: Slack, given: OfChannel) -> Json:
    """Nothing is said there any more; people's pages leave it out."""
    channel = _own_channel(slack, given.channel, "channels:manage")
    if channel.name == GENERAL:
        raise ApiError("cant_archive_general")
    if channel.is_archived:
        raise ApiError("already_archived")
    _changed(slack, channel, "channel_archive", is_archived=True)
    return {}


def unarchive(slack: Slack, given: OfChannel) -> Json:
    channel = _own_channel(slack, given.channel, "channels:manage")
    if not channel.is_archived:
        raise ApiError("not_archived")
    _changed(slack, channel, "channel_unarchive", is_archived=False)
    for person in slack.workspace.people:
        if person.id in channel.members:
            slack.workspace.feed.publish(ChannelJoined(channel.id, person.id))
    return {}


def _changed(slack: Slack, channel: Channel, event: str, **changes: object) -> Json:
    changed = channel.model_copy(update=changes)
    slack.workspace.put_channel(changed)
    events.send_channel_change(slack, event, changed, slack.app.bot_user)
    return {"channel": channel_payload(slack, changed)}


def set_topic(slack: Slack, given: SetTopic) -> Json:
    return _described(slack, given.channel, topic=given.topic)


def set_purpose(slack: Slack, given: SetPurpose) -> Json:
    return _described(slack, given.channel, purpose=given.purpose)


def _described(slack: Slack, channel_id: str, **words: str) -> Json:
    channel = _own_channel(slack, channel_id, "channels:manage", "channels:write.topic")
    if any(len(text) > TOPIC_CHARACTERS for text in words.values()):
        raise ApiError("too_long")
    changed = channel.model_copy(update=words)
    slack.workspace.put_channel(changed)
    return {"channel": channel_payload(slack, changed)}


def _check_name(slack: Slack, name: str) -> None:
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > NAME_CHARACTERS:
        raise ApiError("invalid_name_maxlength")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise ApiError("invalid_name_specials")
    if not re.search(r"[^\W_]", name):
        raise ApiError("invalid_name_punctuation")
    if any(channel.kind == "channel" and channel.name == name for channel in slack.workspace.channels):
        raise ApiError("name_taken")


def _why_not(slack: Slack, channel: Channel, user: str) -> str | None:
    if user == slack.app.bot_user:
        return "cant_invite_self"
    if user not in slack.workspace.users:
        return "user_not_found"
    return "already_in_channel" if user in channel.members else None


def _own_channel(slack: Slack, channel_id: str, *any_of: str) -> Channel:
    """A channel the app is in and may change."""
    channel = _channel(slack, channel_id)
    _check_manages(slack, channel, *any_of)
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _channel(slack: Slack, channel_id: str) -> Channel:
    channel = seen_channel(slack, channel_id)
    if channel.kind == "im":
        raise ApiError("method_not_supported_for_channel_type")
    return channel


def _check_manages(slack: Slack, channel: Channel, *any_of: str) -> None:
    public = any_of or ("channels:manage",)
    check_scope(slack, *(["groups:write"] if channel.is_private else public))


METHODS = (
    Method("conversations.create", Create, create),
    Method("conversations.join", OfChannel, join, "channels:join"),
    Method("conversations.invite", Invite, invite),
    Method("conversations.leave", OfChannel, leave),
    Method("conversations.kick", Kick, kick),
    Method("conversations.rename", Rename, rename),
    Method("conversations.archive", OfChannel, archive),
    Method("conversations.unarchive", OfChannel, unarchive),
    Method("conversations.setTopic", SetTopic, set_topic),
    Method("conversations.setPurpose", SetPurpose, set_purpose),
)
