"""Asks Slack itself whether it accepts our tokens, for `copydesk doctor`."""

from collections.abc import Callable
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.checks import SlackAnswer

TIMEOUT_SECONDS: Final = 10


class WebSlackProbe:
    """A SlackProbe over the Web API at `api_url`. Nothing it calls changes anything at Slack."""

    def __init__(self, api_url: str, bot_token: str, app_token: str) -> None:
        self._bot = WebClient(token=bot_token, base_url=api_url, timeout=TIMEOUT_SECONDS)
        self._app = WebClient(base_url=api_url, timeout=TIMEOUT_SECONDS)
        self._app_token = app_token

    def ask_bot_token(self) -> SlackAnswer:
        return _answer(self._bot.auth_test)

    def ask_app_token(self) -> SlackAnswer:
        return _answer(lambda: self._app.apps_connections_open(app_token=self._app_token))


def _answer(call: Callable[[], SlackResponse]) -> SlackAnswer:
    try:
        response = call()
    except SlackApiError as error:
        return SlackAnswer(error=str(error.response["error"]))
    except OSError as error:
        return SlackAnswer(error=f"nothing: it cannot be reached ({error})")
    headers = {name.lower(): value for name, value in response.headers.items()}
    scopes = (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))
    return SlackAnswer(
        error=None, team=str(response.get("team") or ""), scopes=frozenset(scope for scope in scopes if scope)
    )
