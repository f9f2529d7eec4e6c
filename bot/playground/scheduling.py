"""Messages that an app wants posted later: kept in the workspace, posted when their time has come."""

import contextlib
from datetime import datetime, timedelta

from bot.playground import conversation
from bot.playground.content import Content
from bot.playground.entities import Channel, Scheduled
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.workspace import new_id

# docs.slack.dev: chat.scheduleMessage and, for the last, chat.deleteScheduledMessage.
FURTHEST = timedelta(days=120)
WINDOW_SECONDS = 300
MOST_IN_WINDOW = 30
FIXED_SECONDS = 60


def schedule(
    slack: Slack, channel: Channel, content: Content, post_at: int, thread_ts: str | None
) -> Scheduled:
    """Keeps a message for later.

    Raises ApiError: "time_in_past", "time_too_far", and "restricted_too_many" when 30 messages to the
    channel are due within five minutes.
    """
    now = slack.clock()
    if post_at <= now.timestamp():
        raise ApiError("time_in_past")
    if post_at > (now + FURTHEST).timestamp():
        raise ApiError("time_too_far")
    near = [other for other in _of_channel(slack, channel) if abs(other.post_at - post_at) < WINDOW_SECONDS]
    if len(near) >= MOST_IN_WINDOW:
        raise ApiError("restricted_too_many")
    scheduled = Scheduled(
        id=new_id("Q"),
        app_id=slack.app.id,
        channel=channel.id,
        post_at=post_at,
        created=int(now.timestamp()),
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        thread_ts=thread_ts,
    )
    slack.workspace.put_scheduled(scheduled)
    return scheduled


def cancel(slack: Slack, channel: Channel, scheduled_id: str) -> None:
    """Raises ApiError("invalid_scheduled_message_id"), also in the last minute before it is posted."""
    for scheduled in _of_channel(slack, channel):
        if scheduled.id == scheduled_id and scheduled.app_id == slack.app.id:
            if scheduled.post_at - slack.clock().timestamp() <= FIXED_SECONDS:
                break
            slack.workspace.delete_scheduled(scheduled)
            return
    raise ApiError("invalid_scheduled_message_id")


def post_due(slack: Slack) -> int:
    """Posts what is due, the earliest first; returns how many. What cannot be posted any more is dropped."""
    now = slack.clock()
    due = [scheduled for scheduled in slack.workspace.scheduled() if _is_due(scheduled, now)]
    posted = 0
    for scheduled in due:
        slack.workspace.delete_scheduled(scheduled)
        with contextlib.suppress(ApiError):
            _post(slack.of_app(scheduled.app_id), scheduled)
            posted += 1
    return posted


def _post(slack: Slack, scheduled: Scheduled) -> None:
    channel = slack.workspace.channel(scheduled.channel)
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    content = Content(scheduled.text, scheduled.blocks, scheduled.metadata, scheduled.attachments)
    conversation.post(slack, channel, slack.app.bot_user, content, thread_ts=scheduled.thread_ts)


def _of_channel(slack: Slack, channel: Channel) -> list[Scheduled]:
    return [scheduled for scheduled in slack.workspace.scheduled() if scheduled.channel == channel.id]


def _is_due(scheduled: Scheduled, now: datetime) -> bool:
    return scheduled.post_at <= now.timestamp()
