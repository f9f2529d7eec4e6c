"""chat.scheduleMessage, chat.deleteScheduledMessage, chat.scheduledMessages.list."""

from bot.playground import scheduling
from bot.playground.entities import Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.chat import Said, content_of
from bot.playground.web_api.method import Arguments, Method, Page, paginate, postable_channel, seen_channel


class Schedule(Said):
    channel: str
    post_at: int
    thread_ts: str | None = None


class DeleteScheduled(Arguments):
    channel: str
    scheduled_message_id: str


class ListScheduled(Page):
    channel: str | None = None
    oldest: float | None = None
    latest: float | None = None


def schedule(slack: Slack, given: Schedule) -> Json:
    channel = postable_channel(slack, given.channel)
    content = content_of(given)
    scheduled = scheduling.schedule(slack, channel, content, given.post_at, given.thread_ts)
    message: Json = {
        "type": "delayed_message",
        "subtype": "bot_message",
        "text": content.text,
        "username": slack.manifest.bot_name,
        "bot_id": slack.app.bot_id,
    }
    if content.blocks:
        message["blocks"] = content.blocks
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": scheduled.post_at,
        "message": message,
    }


def delete(slack: Slack, given: DeleteScheduled) -> Json:
    scheduling.cancel(slack, seen_channel(slack, given.channel), given.scheduled_message_id)
    return {}


def list_scheduled(slack: Slack, given: ListScheduled) -> Json:
    """The app's own, the earliest first."""
    if given.channel is not None and given.channel not in {each.id for each in slack.workspace.channels}:
        raise ApiError("invalid_channel")
    found = [
        {
            "id": each.id,
            "channel_id": each.channel,
            "post_at": each.post_at,
            "date_created": each.created,
            "text": each.text,
        }
        for each in slack.workspace.scheduled()
        if each.app_id == slack.app.id
        and given.channel in (None, each.channel)
        and (given.oldest is None or each.post_at >= given.oldest)
        and (given.latest is None or each.post_at <= given.latest)
    ]
    return paginate(found, given, key="scheduled_messages")


METHODS = (
    Method("chat.scheduleMessage", Schedule, schedule, "chat:write"),
    Method("chat.deleteScheduledMessage", DeleteScheduled, delete, "chat:write"),
    Method("chat.scheduledMessages.list", ListScheduled, list_scheduled),
)
