"""Posting what Slack may refuse: the richest layout first, a plainer one where Slack does not take it.

Newer blocks are not accepted everywhere, and no page says where. So Slack is asked, by `blocks.validate`,
before anything is sent; where that cannot be asked, the refusal of the message itself decides.
"""

from collections.abc import Sequence
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import Layout

log = structlog.get_logger(__name__)

REFUSALS: Final = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "unsupported_block_type"}
)
"""What Slack says of blocks that it does not take; anything else is no matter of the layout."""


async def post_richest(
    slack: AsyncWebClient, channel_id: str, layouts: Sequence[Layout], thread_ts: str | None = None
) -> str:
    """Posts the first of `layouts` that Slack takes, and returns its timestamp.

    Raises SlackApiError where it takes none, or refuses for another reason.
    """
    *richer, plainest = layouts
    for text, blocks in richer:
        if not await _accepts(slack, blocks):
            continue
        try:
            answer = await slack.chat_postMessage(
                channel=channel_id, text=text, blocks=blocks, thread_ts=thread_ts
            )
        except SlackApiError as error:
            if error.response["error"] not in REFUSALS:
                raise
            log.warning("layout_refused", reason=str(error.response["error"]))
        else:
            return str(answer["ts"])
    text, blocks = plainest
    answer = await slack.chat_postMessage(channel=channel_id, text=text, blocks=blocks, thread_ts=thread_ts)
    return str(answer["ts"])


async def _accepts(slack: AsyncWebClient, blocks: Sequence[object]) -> bool:
    """False only where Slack says so: a workspace that cannot be asked may well take them."""
    try:
        await slack.api_call("blocks.validate", json={"blocks": blocks})
    except SlackApiError as error:
        refused = error.response["error"] in REFUSALS
        log.info("layout_tried", refused=refused, reason=str(error.response["error"]))
        return not refused
    return True
