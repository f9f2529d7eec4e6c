"""Saying something to one person alone: a courtesy that never undoes what was stored."""

import aiohttp
import structlog
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

UNHEARD = (SlackApiError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError)


async def whisper(slack: AsyncWebClient, channel_id: str, user_id: str, text: str) -> bool:
    """An ephemeral message in Slack's markup; False, and a line in the log, where it did not arrive."""
    try:
        await slack.chat_postEphemeral(channel=channel_id, user=user_id, text=text)
    except UNHEARD as error:
        log.warning("whisper_not_delivered", channel_id=channel_id, reason=str(error))
        return False
    return True


async def answer(respond: AsyncRespond, text: str) -> bool:
    """An ephemeral answer by the response URL of what somebody did, which works without membership."""
    try:
        response = await respond(text=text, replace_original=False, response_type="ephemeral")
    except UNHEARD as error:
        log.warning("answer_not_delivered", reason=str(error))
        return False
    return bool(response.status_code == 200)
