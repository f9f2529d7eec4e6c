"""apps.* and auth.*: who the app is, and where its sockets go."""

from bot.playground.entities import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID, TEAM_NAME, Json
from bot.playground.slack import Slack
from bot.playground.web_api.method import Arguments, Method


def identify(slack: Slack, _given: Arguments) -> Json:
    return {
        "url": f"{slack.origin}/",
        "team": TEAM_NAME,
        "user": slack.workspace.user(BOT_USER_ID).name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def open_connection(slack: Slack, _given: Arguments) -> Json:
    ticket = slack.socket_mode.issue_ticket()
    address = slack.origin.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={APP_ID}"}


METHODS = (
    Method("auth.test", Arguments, identify, tokens=("bot", "app")),
    Method("apps.connections.open", Arguments, open_connection, tokens=("app",)),
)
