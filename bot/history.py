"""Looking back into a channel: what of ours is there already, and which draft a message shows."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import DRAFT_BLOCK_PREFIX

PAGE = 200
CLOCK_DIFFERENCE = timedelta(minutes=10)
"""How far this machine's clock and Slack's may lie apart."""
UNREADABLE = frozenset({"not_in_channel", "channel_not_found"})


async def find_message(slack: AsyncWebClient, channel_id: str, block_id: str, oldest: datetime) -> str | None:
    """The timestamp of our message that carries `block_id`, among those since `oldest`; else None."""
    async for message in _messages(slack, channel_id, oldest):
        if block_id in _block_ids(message):
            return str(message["ts"])
    return None


async def find_file(slack: AsyncWebClient, channel_id: str, name: str, oldest: datetime) -> str | None:
    """The id of our file called `name` in a message since `oldest`; else None."""
    async for message in _messages(slack, channel_id, oldest):
        for file in message.get("files") or ():
            if file.get("name") == name:
                return str(file["id"])
    return None


async def shown_draft_id(slack: AsyncWebClient, channel_id: str, message_ts: str) -> str | None:
    """The draft that the message at `message_ts` shows, read from its block id; None for others."""
    try:
        page = await slack.conversations_history(
            channel=channel_id, latest=message_ts, oldest=message_ts, inclusive=True, limit=1
        )
    except SlackApiError as error:
        if error.response["error"] in {*UNREADABLE, "missing_scope"}:
            return None
        raise
    for message in page["messages"]:
        for block_id in _block_ids(message):
            if block_id.startswith(DRAFT_BLOCK_PREFIX):
                return block_id.removeprefix(DRAFT_BLOCK_PREFIX)
    return None


async def _messages(
    slack: AsyncWebClient, channel_id: str, oldest: datetime
) -> AsyncIterator[dict[str, Any]]:
    """Everything in the channel since `oldest`, newest first.

    A channel that may not be read holds nothing of ours that a second try could double.
    """
    since = f"{(oldest - CLOCK_DIFFERENCE).timestamp():.6f}"
    cursor: str | None = None
    while True:
        try:
            page = await slack.conversations_history(
                channel=channel_id, oldest=since, limit=PAGE, cursor=cursor
            )
        except SlackApiError as error:
            if error.response["error"] in UNREADABLE:
                return
            raise
        for message in page["messages"]:
            yield message
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _block_ids(message: dict[str, Any]) -> set[str]:
    return {block["block_id"] for block in message.get("blocks") or () if "block_id" in block}
