"""Events API: what each app subscribed to, in Slack's form."""

import secrets
from collections.abc import Collection
from typing import Any

from bot.playground.entities import TEAM_ID, Channel, File, Json, Message
from bot.playground.slack import Slack
from bot.playground.wire import message_payload
from bot.playground.workspace import new_id

# The subscription that a message event needs, and how the event calls the conversation.
_MESSAGE_SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


def send_reaction(slack: Slack, kind: str, *, user: str, message: Message, name: str) -> None:
    """`kind` is "reaction_added" or "reaction_removed"."""
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    body = {"user": user, "reaction": name, "item": item, "item_user": message.user}
    members = slack.workspace.channel(message.channel).members
    for each in slack.apps:
        if each.app.bot_user in members:
            _send(each, kind, body)


def send_message(slack: Slack, channel: Channel, message: Message) -> None:
    """A new message."""
    payload = message_payload(slack, message)
    subtype = {"subtype": "file_share"} if message.files else {}
    _send_message(slack, channel, {**payload, **subtype}, ts=message.ts)
    _send_mentions(slack, channel, message, payload)


def _send_mentions(slack: Slack, channel: Channel, message: Message, payload: Json) -> None:
    """Apps hear that they were named, in channels they are in; nobody is told of own words.

    In a direct message Slack sends the message alone (docs.slack.dev/reference/events/app_mention).
    """
    if channel.kind == "im":
        return
    for each in slack.apps:
        bot = each.app.bot_user
        if f"<@{bot}>" in message.text and bot in channel.members and message.user != bot:
            _send(each, "app_mention", {**payload, "channel": channel.id}, scope="app_mentions:read")


def send_message_change(slack: Slack, channel: Channel, message: Message, previous: Message) -> None:
    """An edited message."""
    body = {
        "subtype": "message_changed",
        "message": message_payload(slack, message),
        "previous_message": message_payload(slack, previous),
        "hidden": True,
    }
    _send_message(slack, channel, body)


def send_message_deletion(slack: Slack, channel: Channel, message: Message) -> None:
    """A deleted message."""
    body = {
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": message_payload(slack, message),
        "hidden": True,
    }
    _send_message(slack, channel, body)


def send_channel_creation(slack: Slack, channel: Channel) -> None:
    """A new public channel: every app that subscribed hears of it."""
    named = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
    for each in slack.apps:
        _send(each, "channel_created", {"channel": named})


def send_channel_change(slack: Slack, kind: str, channel: Channel, user: str) -> None:
    """`kind` is "channel_rename", "channel_archive" or "channel_unarchive"; private ones are groups."""
    kind = kind.replace("channel", "group") if channel.is_private else kind
    named = {"id": channel.id, "name": channel.name, "created": channel.created}
    body: Json = {"channel": named} if kind.endswith("rename") else {"channel": channel.id, "user": user}
    for each in slack.apps:
        if not channel.is_private or each.app.bot_user in channel.members:
            _send(each, kind, body)


def send_membership(
    slack: Slack, kind: str, channel: Channel, user: str, *, inviter: str | None = None
) -> None:
    """`kind` is "member_joined_channel" or "member_left_channel"; the app concerned hears it too."""
    body: Json = {
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": TEAM_ID,
        **({"inviter": inviter} if inviter else {}),
    }
    for each in slack.apps:
        if each.app.bot_user in (*channel.members, user):
            _send(each, kind, body)


def send_file(slack: Slack, kind: str, file: File, channels: Collection[str], *, user: str = "") -> None:
    """`kind` is "file_created", "file_shared" or "file_deleted": for apps in these channels."""
    for channel_id in channels:
        members = slack.workspace.channel(channel_id).members
        body: Json = {"file_id": file.id}
        if kind == "file_shared":
            body |= {"file": {"id": file.id}, "user_id": user, "channel_id": channel_id}
        for each in slack.apps:
            if each.app.bot_user in members:
                _send(each, kind, body, scope="files:read")


def send_home_opened(slack: Slack, *, user: str, channel: Channel) -> None:
    """A person looks at this app's Home."""
    body: Json = {"user": user, "channel": channel.id, "tab": "home"}
    view = slack.workspace.home(user, slack.app.id)
    if view is not None:
        body["view"] = view.payload()
    _send(slack, "app_home_opened", body)


def _send_message(slack: Slack, channel: Channel, body: Json, *, ts: str | None = None) -> None:
    channel_type = "group" if channel.is_private else channel.kind
    payload = {
        **body,
        "channel": channel.id,
        "channel_type": channel_type,
        "ts": ts or slack.workspace.next_ts(),
    }
    for each in slack.apps:
        if each.app.bot_user in channel.members:
            _send(each, "message", payload, subscription=_MESSAGE_SUBSCRIPTIONS[channel_type])


def _send(
    slack: Slack, kind: str, body: Json, *, subscription: str | None = None, scope: str | None = None
) -> None:
    """Wraps an event and hands it to one app's Socket Mode, if its manifest asks for it and may."""
    if (subscription or kind) not in slack.manifest.bot_events:
        return
    if scope is not None and scope not in slack.manifest.scopes:
        return
    event_ts = body.get("ts") or slack.workspace.next_ts()
    authorization: dict[str, Any] = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": slack.app.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    slack.socket_mode.send_event(
        {
            "token": "local",
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": slack.app.id,
            "event": {**body, "type": kind, "event_ts": event_ts},
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(slack.clock().timestamp()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(24),
        }
    )
