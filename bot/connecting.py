"""Whether Slack accepts the tokens: asked once before connecting, because afterwards nobody is told."""

from collections.abc import Awaitable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused

log = structlog.get_logger(__name__)

TOKEN_FAULTS = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
UNREACHABLE = (aiohttp.ClientError, OSError, TimeoutError, SlackClientError)


async def check_tokens(slack: AsyncWebClient, app_token: str) -> None:
    """Asks Slack about both tokens. Raises SlackRefused, which names the variable and what to do.

    A Slack that cannot be reached is no reason to give up: the connection is tried again and
    again by the socket client.
    """
    try:
        await _check("SLACK_BOT_TOKEN", "OAuth & Permissions", slack.auth_test())
        await _check(
            "SLACK_APP_TOKEN",
            "Basic Information, App-Level Tokens, scope connections:write",
            slack.apps_connections_open(app_token=app_token),
        )
    except UNREACHABLE as error:
        log.warning("slack_not_reached", reason=str(error), remedy="Check the network; I keep trying.")


async def _check(variable: str, page: str, question: Awaitable[object]) -> None:
    try:
        await question
    except SlackApiError as error:
        reason = error.response.get("error")
        if reason not in TOKEN_FAULTS:
            raise
        raise SlackRefused(
            f"Slack does not accept {variable} ({reason}). Nothing was lost. Copy the token anew from your "
            f"app's page at Slack ({page}); `copydesk doctor` checks both tokens and their scopes."
        ) from error
