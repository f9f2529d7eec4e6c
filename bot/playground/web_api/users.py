"""users.*: the people of the workspace."""

from bot.playground.entities import Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method, Page, paginate
from bot.playground.wire import user_payload


class Info(Arguments):
    user: str | None = None


def info(slack: Slack, given: Info) -> Json:
    if given.user is None:
        raise ApiError("user_not_found")
    return {"user": user_payload(slack.workspace.user(given.user))}


def list_users(slack: Slack, given: Page) -> Json:
    found = [user_payload(user) for user in slack.workspace.users.values()]
    return {"cache_ts": int(slack.clock().timestamp()), **paginate(found, given, key="members")}


def profile(slack: Slack, given: Info) -> Json:
    """Without an id, the app's own."""
    user = slack.workspace.user(given.user or slack.app.bot_user)
    return {"profile": user_payload(user)["profile"]}


def presence(slack: Slack, given: Info) -> Json:
    """Everybody is at the desk; an app is while it is connected."""
    user = slack.workspace.user(given.user or slack.app.bot_user)
    is_here = not user.is_bot or slack.of_bot(user.id).socket_mode.is_connected
    return {"presence": "active" if is_here else "away"}


METHODS = (
    Method("users.profile.get", Info, profile, "users.profile:read"),
    Method("users.getPresence", Info, presence, "users:read"),
    Method("users.info", Info, info, "users:read"),
    Method("users.list", Page, list_users, "users:read"),
)
