"""Events API: what the app subscribed to, in Slack's form."""

import secrets
from typing import Any

from bot.playground.entities import APP_ID, BOT_USER_ID, TEAM_ID, Channel, Json, Message
from bot.playground.slack import Slack
from bot.playground.wire import message_payload
from bot.playground.workspace import new_id

# The subscription that a message event needs, by kind of conversation.
_MESSAGE_SUBSCRIPTIONS = {"channel": "message.channels", "im": "message.im"}


def send_reaction(slack: Slack, kind: str, *, user: str, message: Message, name: str) -> None:
    """`kind` is "reaction_added" or "reaction_removed"."""
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    _send(slack, kind, {"user": user, "reaction": name, "item": item, "item_user": message.user})


def send_message(slack: Slack, channel: Channel, message: Message) -> None:
    """A new message."""
    _send_message(slack, channel, message_payload(slack, message), ts=message.ts)


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


def send_home_opened(slack: Slack, *, user: str, channel: Channel) -> None:
    """A person looks at the app's Home."""
    body: Json = {"user": user, "channel": channel.id, "tab": "home"}
    view = slack.workspace.home(user)
    if view is not None:
        body["view"] = view.payload()
    _send(slack, "app_home_opened", body)


def _send_message(slack: Slack, channel: Channel, body: Json, *, ts: str | None = None) -> None:
    if BOT_USER_ID not in channel.members:
        return
    payload = {
        **body,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts or slack.workspace.next_ts(),
    }
    _send(slack, "message", payload, subscription=_MESSAGE_SUBSCRIPTIONS[channel.kind])


def _send(slack: Slack, kind: str, body: Json, *, subscription: str | None = None) -> None:
    """Wraps an event and hands it to Socket Mode, if the manifest asks for it."""
    if (subscription or kind) not in slack.manifest.bot_events:
        return
    event_ts = body.get("ts") or slack.workspace.next_ts()
    authorization: dict[str, Any] = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    slack.socket_mode.send_event(
        {
            "token": "local",
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": {**body, "type": kind, "event_ts": event_ts},
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(slack.clock().timestamp()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(24),
        }
    )
