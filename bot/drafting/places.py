"""What channels are called, and so where their drafts go."""

from collections.abc import Mapping

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import ChannelSettings, DraftDelivery

log = structlog.get_logger(__name__)

DIRECT_MESSAGE = "D"


class Places:
    """Looks up each channel's name once per start, and only where some channel is treated differently."""

    def __init__(self, slack: AsyncWebClient, channels: Mapping[str, ChannelSettings]) -> None:
        self._slack = slack
        self._channels = channels
        self._names: dict[str, str] = {}

    async def delivery(self, channel_id: str) -> DraftDelivery:
        """Where drafts go in this channel; one whose name Slack keeps from us is treated like most."""
        if not self._channels or is_direct_message(channel_id):
            return DraftDelivery.CHANNEL
        name = await self._name(channel_id)
        return self._channels.get(name, ChannelSettings()).delivery

    async def _name(self, channel_id: str) -> str:
        if channel_id not in self._names:
            try:
                answer = await self._slack.conversations_info(channel=channel_id)
            except SlackApiError as error:
                log.warning("channel_not_named", channel_id=channel_id, reason=str(error.response["error"]))
                return ""
            self._names[channel_id] = answer["channel"].get("name", "")
        return self._names[channel_id]


def is_direct_message(channel_id: str) -> bool:
    return channel_id.startswith(DIRECT_MESSAGE)
