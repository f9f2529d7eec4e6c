"""What a person sees, by the names that the page has for it; the rest does not exist for them."""

from bot.playground.entities import Channel, Message, View
from bot.playground.errors import ApiError
from bot.playground.slack import Slack


def own_channel(slack: Slack, user: str, name_or_id: str) -> Channel:
    """A channel that the person is in; raises ApiError("channel_not_found")."""
    channel = slack.workspace.find_channel(name_or_id)
    if user not in channel.members:
        raise ApiError("channel_not_found")
    return channel


def seen_message(slack: Slack, user: str, channel_id: str, ts: str) -> Message:
    """A message that the person sees; raises ApiError("message_not_found")."""
    message = slack.workspace.message(own_channel(slack, user, channel_id).id, ts)
    if message.ephemeral_to not in (None, user):
        raise ApiError("message_not_found")
    return message


def own_modal(slack: Slack, user: str, view_id: str | None) -> View:
    """One of the person's open modals; raises ApiError("view_not_found")."""
    for view in slack.modals.stack(user):
        if view.id == view_id:
            return view
    raise ApiError("view_not_found")


def own_view(slack: Slack, user: str, view_id: str | None) -> View:
    """One of the person's App Homes or open modals; raises ApiError("view_not_found")."""
    for owner, home in slack.workspace.homes():
        if owner == user and home.id == view_id:
            return home
    return own_modal(slack, user, view_id)
