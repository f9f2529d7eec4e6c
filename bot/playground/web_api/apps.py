"""apps.*, auth.*, bots.*, team.*, emoji.*: who the app is, where it is, and where its sockets go."""

from bot.playground.entities import TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Json
from bot.playground.errors import ApiError
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method


class OfBot(Arguments):
    bot: str | None = None


def identify(slack: Slack, _given: Arguments) -> Json:
    return {
        "url": f"{slack.origin}/",
        "team": TEAM_NAME,
        "user": slack.workspace.user(slack.app.bot_user).name,
        "team_id": TEAM_ID,
        "user_id": slack.app.bot_user,
        "bot_id": slack.app.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(slack: Slack, _given: Arguments) -> Json:
    ticket = slack.socket_mode.issue_ticket()
    address = slack.origin.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={slack.app.id}"}


def bot_info(slack: Slack, given: OfBot) -> Json:
    """Without an id, the app's own bot."""
    wanted = given.bot or slack.app.bot_id
    for each in slack.apps:
        if each.app.bot_id == wanted:
            name = each.app.bot().real_name
            return {
                "bot": {
                    "id": wanted,
                    "deleted": False,
                    "name": name,
                    "updated": 0,
                    "app_id": each.app.id,
                    "user_id": each.app.bot_user,
                    "icons": {},
                }
            }
    raise ApiError("bot_not_found")


def team_info(slack: Slack, _given: Arguments) -> Json:
    return {
        "team": {
            "id": TEAM_ID,
            "name": TEAM_NAME,
            "url": f"{slack.origin}/",
            "domain": TEAM_DOMAIN,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


def list_emoji(_slack: Slack, _given: Arguments) -> Json:
    """Emoji that a workspace made for itself: here, none."""
    return {"emoji": {}, "cache_ts": "0.000000"}


METHODS = (
    Method("bots.info", OfBot, bot_info, "users:read"),
    Method("team.info", Arguments, team_info, "team:read"),
    Method("emoji.list", Arguments, list_emoji, "emoji:read"),
    Method("auth.test", Arguments, identify, tokens=("bot", "app")),
    Method("apps.connections.open", Arguments, open_connection, tokens=("app",)),
)
