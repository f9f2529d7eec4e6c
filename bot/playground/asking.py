"""What every interaction tells an app: who acted, where, and where the answer goes."""

from bot.playground.entities import TEAM_ID, Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.wire import message_payload, team_payload


async def ask(slack: Slack, payload: Json) -> Json | None:
    """The payload of the app's ack; raises ApiError where it has no interactivity or doesn't answer."""
    if not slack.manifest.is_interactive:
        raise ApiError("interactivity_disabled")
    return await slack.socket_mode.request("interactive", payload)


def envelope_of(slack: Slack, user: str, kind: str) -> Json:
    """The part that interactions of every kind share."""
    person = slack.workspace.user(user)
    return {
        "type": kind,
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": TEAM_ID},
        "api_app_id": slack.app.id,
        "token": "local",
        "team": team_payload(),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_context(slack: Slack, user: str, message: Message, *, answerable: bool = True) -> Json:
    """The message an interaction is about, and where the app may answer."""
    channel = slack.workspace.channel(message.channel)
    body: Json = {
        "channel": {"id": channel.id, "name": "directmessage" if channel.kind == "im" else channel.name},
        "message": message_payload(slack, message),
    }
    if answerable:
        thread_ts = message.thread_ts if message.is_reply else None
        grant = slack.response_grants.issue(user, channel.id, thread_ts=thread_ts)
        return {**body, "message_ts": message.ts, "response_url": response_address(slack, grant)}
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    return {**body, "container": container}


def response_address(slack: Slack, token: str) -> str:
    """Where the app may answer for the permit's lifetime."""
    return f"{slack.origin}/response/{slack.app.id}/{token}"
