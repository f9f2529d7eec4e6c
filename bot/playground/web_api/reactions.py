"""reactions.*: emoji under messages, as the app sets and reads them."""

from bot.playground import conversation
from bot.playground.entities import Json, Message
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Page, paginate, seen_channel
from bot.playground.wire import message_payload, permalink


class Item(Arguments):
    channel: str | None = None
    timestamp: str | None = None


class NamedItem(Item):
    name: str | None = None


class OfUser(Page):
    user: str | None = None


def add(slack: Slack, given: NamedItem) -> Json:
    conversation.add_reaction(slack, _message(slack, given), slack.app.bot_user, _name(given))
    return {}


def remove(slack: Slack, given: NamedItem) -> Json:
    conversation.remove_reaction(slack, _message(slack, given), slack.app.bot_user, _name(given))
    return {}


def get(slack: Slack, given: Item) -> Json:
    return _item(slack, _message(slack, given))


def list_reactions(slack: Slack, given: OfUser) -> Json:
    """What somebody reacted to where the app is a member, the newest first; the app's own by default."""
    user = slack.app.bot_user if given.user is None else slack.workspace.user(given.user).id
    found = [
        message
        for channel in slack.workspace.channels
        if slack.app.bot_user in channel.members
        for message in slack.workspace.messages(channel.id)
        if any(user in reaction.users for reaction in message.reactions)
    ]
    items = [_item(slack, message) for message in sorted(found, key=lambda message: message.ts, reverse=True)]
    return paginate(items, given, key="items")


def _item(slack: Slack, message: Message) -> Json:
    body = {**message_payload(slack, message), "permalink": permalink(slack, message)}
    return {"type": "message", "channel": message.channel, "message": body}


def _name(given: NamedItem) -> str:
    if not given.name:
        raise ApiError("invalid_name")
    return given.name


def _message(slack: Slack, given: Item) -> Message:
    if given.channel is None or given.timestamp is None:
        raise ApiError("no_item_specified")
    channel = seen_channel(slack, given.channel)
    if slack.app.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return slack.workspace.message(channel.id, given.timestamp)


METHODS = (
    Method("reactions.add", NamedItem, add, "reactions:write"),
    Method("reactions.remove", NamedItem, remove, "reactions:write"),
    Method("reactions.get", Item, get, "reactions:read"),
    Method("reactions.list", OfUser, list_reactions, "reactions:read"),
)
