"""apps.* and auth.*: who the app is, and where its sockets go."""

from bot.playground.entities import TEAM_ID, TEAM_NAME, Json
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method


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


METHODS = (
    Method("auth.test", Arguments, identify, tokens=("bot", "app")),
    Method("apps.connections.open", Arguments, open_connection, tokens=("app",)),
)
