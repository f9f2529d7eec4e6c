"""Saying something to one person alone: a courtesy that never undoes what was stored."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

UNHEARD = (SlackApiError, SlackClientError, aiohttp.ClientError, OSError, TimeoutError)


Blocks = Sequence[dict[str, Any]]


async def whisper(
    slack: AsyncWebClient,
    channel_id: str,
    user_id: str,
    text: str,
    blocks: Blocks | None = None,
    thread_ts: str | None = None,
) -> bool:
    """An ephemeral message in Slack's markup; False, and a line in the log, where it did not arrive."""
    try:
        await slack.chat_postEphemeral(
            channel=channel_id, user=user_id, text=text, blocks=blocks, thread_ts=thread_ts
        )
    except UNHEARD as error:
        log.warning("whisper_not_delivered", channel_id=channel_id, reason=str(error))
        return False
    return True


async def write(slack: AsyncWebClient, user_id: str, text: str) -> bool:
    """A direct message in Slack's markup; False, and a line in the log, where it did not arrive."""
    try:
        await slack.chat_postMessage(channel=user_id, text=text)
    except UNHEARD as error:
        log.warning("direct_message_not_delivered", reason=str(error))
        return False
    return True


async def answer(respond: AsyncRespond, text: str, blocks: Blocks | None = None) -> bool:
    """An ephemeral answer by the response URL of what somebody did, which works without membership."""
    return await _respond(
        respond, text=text, blocks=blocks, replace_original=False, response_type="ephemeral"
    )


async def replace(respond: AsyncRespond, text: str, blocks: Blocks | None = None) -> bool:
    """The same in the place of the private message whose button somebody pressed."""
    return await _respond(respond, text=text, blocks=blocks, replace_original=True)


async def _respond(respond: AsyncRespond, **message: Any) -> bool:
    try:
        response = await respond(**message)
    except UNHEARD as error:
        log.warning("answer_not_delivered", reason=str(error))
        return False
    return bool(response.status_code == 200)
