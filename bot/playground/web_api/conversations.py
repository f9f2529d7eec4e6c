"""conversations.*: channels, their members and their messages. The scope depends on the kind of channel."""

from typing import Literal

from bot.playground.entities import Channel, Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Page, check_scope, paginate, seen_channel
from bot.playground.wire import channel_payload, message_payload

_SCOPE_PREFIXES = {"public_channel": "channels", "im": "im", "private_channel": "groups", "mpim": "mpim"}


class ListConversations(Page):
    types: str = "public_channel"
    exclude_archived: bool = False


class ListOfUser(ListConversations):
    user: str | None = None


class Info(Arguments):
    channel: str
    include_num_members: bool = False


class Open(Arguments):
    users: str | None = None
    channel: str | None = None
    return_im: bool = False


class Members(Page):
    channel: str


class History(Page):
    channel: str
    oldest: str = "0"
    latest: str = "99999999999.999999"
    inclusive: bool = False
    include_all_metadata: bool = False


class Replies(History):
    ts: str
    limit: int = 1000


def list_conversations(slack: Slack, given: ListConversations) -> Json:
    """Public channels, and what the app itself is in."""
    return paginate([channel_payload(slack, each) for each in _of_types(slack, given)], given, key="channels")


def list_of_user(slack: Slack, given: ListOfUser) -> Json:
    """The conversations of one person or bot, the app itself if nobody is named."""
    user = slack.app.bot_user if given.user is None else slack.workspace.user(given.user).id
    found = [channel_payload(slack, each) for each in _of_types(slack, given) if user in each.members]
    return paginate(found, given, key="channels")


def info(slack: Slack, given: Info) -> Json:
    return {"channel": channel_payload(slack, _channel(slack, given.channel, "read"))}


def open_conversation(slack: Slack, given: Open) -> Json:
    """Direct messages with one person; they exist from the start."""
    who = given.users or given.channel
    if who is None:
        raise ApiError("users_list_not_supplied")
    if "," in who:
        raise ApiError("method_not_supported_for_channel_type")
    if given.users is not None:
        slack.workspace.user(who)
    channel = seen_channel(slack, slack.find_channel(who).id)
    body = channel_payload(slack, channel) if given.return_im else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": body}


def members(slack: Slack, given: Members) -> Json:
    """Members are ids, which is why this page is not made of objects."""
    channel = _channel(slack, given.channel, "read")
    rows = paginate([{"id": user_id} for user_id in channel.members], given, key="members")
    return {**rows, "members": [row["id"] for row in rows["members"]]}


def history(slack: Slack, given: History) -> Json:
    """Newest first, replies left out."""
    channel = _readable_channel(slack, given.channel)
    found = [
        _told(message_payload(slack, message), given)
        for message in slack.workspace.messages(channel.id)
        if (message.is_broadcast or not message.is_reply)
        and message.ephemeral_to is None
        and _is_within(message, given)
    ]
    page = paginate(found[::-1], given, key="messages")
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}


def replies(slack: Slack, given: Replies) -> Json:
    """The first message of a thread, then its replies, oldest first."""
    channel = _readable_channel(slack, given.channel)
    root = slack.workspace.find_message(channel.id, given.ts)
    if root is None or root.ephemeral_to is not None:
        raise ApiError("thread_not_found")
    answers = [message for message in slack.workspace.replies(root) if _is_within(message, given)]
    found = [_told(message_payload(slack, message), given) for message in (root, *answers)]
    page = paginate(found, given, key="messages")
    return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}


def _of_types(slack: Slack, given: ListConversations) -> list[Channel]:
    types = [name.strip() for name in given.types.split(",") if name.strip()]
    if not set(types) <= set(_SCOPE_PREFIXES):
        raise ApiError("invalid_types")
    for name in types:
        check_scope(slack, f"{_SCOPE_PREFIXES[name]}:read")
    return [
        channel
        for channel in slack.workspace.channels
        if _type_of(channel) in types
        and not (given.exclude_archived and channel.is_archived)
        and (_type_of(channel) == "public_channel" or slack.app.bot_user in channel.members)
    ]


def _type_of(channel: Channel) -> str:
    if channel.kind == "im":
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _channel(slack: Slack, channel_id: str, right: Literal["read", "history"]) -> Channel:
    channel = seen_channel(slack, channel_id)
    check_scope(slack, f"{_SCOPE_PREFIXES[_type_of(channel)]}:{right}")
    return channel


def _readable_channel(slack: Slack, channel_id: str) -> Channel:
    channel = _channel(slack, channel_id, "history")
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _is_within(message: Message, given: History) -> bool:
    """Timestamps of equal form compare as numbers do; bounds count only when asked for."""
    moment = float(message.ts)
    oldest, latest = _seconds(given.oldest, "oldest"), _seconds(given.latest, "latest")
    if given.inclusive:
        return oldest <= moment <= latest
    return oldest < moment < latest


def _told(body: Json, given: History) -> Json:
    """Metadata is told to those who ask for it."""
    return body if given.include_all_metadata else {key: body[key] for key in body if key != "metadata"}


def _seconds(ts: str, name: str) -> float:
    try:
        return float(ts)
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None


METHODS = (
    Method("conversations.list", ListConversations, list_conversations),
    Method("users.conversations", ListOfUser, list_of_user),
    Method("conversations.info", Info, info),
    Method("conversations.open", Open, open_conversation, "im:write"),
    Method("conversations.members", Members, members),
    Method("conversations.history", History, history),
    Method("conversations.replies", Replies, replies),
)
