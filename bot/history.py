"""Looking back into a channel: what of ours is there already, and which draft a message shows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.messages import DRAFT_BLOCK_PREFIX, PAIR_BLOCK_PREFIX

PAGE = 200
CLOCK_DIFFERENCE = timedelta(minutes=10)
"""How far this machine's clock and Slack's may lie apart."""
UNREADABLE = frozenset({"not_in_channel", "channel_not_found", "thread_not_found"})


async def find_message(
    slack: AsyncWebClient, channel_id: str, *block_ids: str, oldest: datetime, thread_ts: str | None = None
) -> str | None:
    """The timestamp of our message that carries one of `block_ids`, among those since `oldest`; else None.

    With `thread_ts`, among the messages of that thread.
    """
    async for message in _messages(slack, channel_id, oldest, thread_ts):
        if not _block_ids(message).isdisjoint(block_ids):
            return str(message["ts"])
    return None


async def find_file(
    slack: AsyncWebClient, channel_id: str, name: str, oldest: datetime, thread_ts: str | None = None
) -> str | None:
    """The id of our file called `name` in a message since `oldest`, or in one of the thread; else None."""
    async for message in _messages(slack, channel_id, oldest, thread_ts):
        for file in message.get("files") or ():
            if file.get("name") == name:
                return str(file["id"])
    return None


async def find_files(
    slack: AsyncWebClient, channel_id: str, beginning: str, oldest: datetime, thread_ts: str
) -> dict[str, str]:
    """By name, the ids of our files in the thread whose names begin so."""
    return {
        file["name"]: str(file["id"])
        async for message in _messages(slack, channel_id, oldest, thread_ts)
        for file in message.get("files") or ()
        if str(file.get("name", "")).startswith(beginning)
    }


@dataclass(frozen=True)
class Shown:
    """What a message of ours shows: a draft, or a pair of them."""

    draft_id: str | None = None
    pair_id: str | None = None


async def shown_at(slack: AsyncWebClient, channel_id: str, message_ts: str) -> Shown:
    """What the message at `message_ts` shows, read from its block ids; neither for other messages."""
    try:
        page = await slack.conversations_history(
            channel=channel_id, latest=message_ts, oldest=message_ts, inclusive=True, limit=1
        )
        if not page["messages"]:  # then it may stand in a thread
            page = await slack.conversations_replies(channel=channel_id, ts=message_ts, limit=1)
    except SlackApiError as error:
        if error.response["error"] in {*UNREADABLE, "missing_scope"}:
            return Shown()
        raise
    block_ids = {block_id for message in page["messages"] for block_id in _block_ids(message)}
    pair_id = _first_after(PAIR_BLOCK_PREFIX, block_ids)
    return Shown(pair_id=pair_id) if pair_id else Shown(_first_after(DRAFT_BLOCK_PREFIX, block_ids))


async def _messages(
    slack: AsyncWebClient, channel_id: str, oldest: datetime, thread_ts: str | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Everything in the channel since `oldest`, newest first; of a thread, oldest first.

    A channel that may not be read holds nothing of ours that a second try could double.
    """
    since = f"{(oldest - CLOCK_DIFFERENCE).timestamp():.6f}"
    cursor: str | None = None
    while True:
        try:
            page = await _page(slack, channel_id, since, cursor, thread_ts)
        except SlackApiError as error:
            if error.response["error"] in UNREADABLE:
                return
            raise
        for message in page["messages"]:
            yield message
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


async def _page(
    slack: AsyncWebClient, channel_id: str, since: str, cursor: str | None, thread_ts: str | None
) -> AsyncSlackResponse:
    if thread_ts is None:
        return await slack.conversations_history(channel=channel_id, oldest=since, limit=PAGE, cursor=cursor)
    return await slack.conversations_replies(
        channel=channel_id, ts=thread_ts, oldest=since, limit=PAGE, cursor=cursor
    )


def _first_after(prefix: str, block_ids: set[str]) -> str | None:
    """Draft ids are opaque: which of two comes first does not matter, because pairs are told before."""
    return min((each.removeprefix(prefix) for each in block_ids if each.startswith(prefix)), default=None)


def _block_ids(message: dict[str, Any]) -> set[str]:
    return {block["block_id"] for block in message.get("blocks") or () if "block_id" in block}
