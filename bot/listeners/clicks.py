"""A click on one of our buttons, as one value with the ways to answer it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.parsing import slack_time


@dataclass(frozen=True)
class Click:
    """Who pressed what. `trigger_id` is Slack's own id of the delivery, and lets a form open."""

    body: dict[str, Any]
    action: dict[str, Any]
    client: AsyncWebClient
    respond: AsyncRespond

    @property
    def user_id(self) -> str:
        return str(self.body["user"]["id"])

    @property
    def trigger_id(self) -> str:
        return str(self.body["trigger_id"])

    @property
    def value(self) -> str:
        return str(self.action["value"])

    @property
    def at(self) -> datetime:
        """By Slack's clock."""
        return slack_time(self.action["action_ts"])

    async def open(self, view: dict[str, Any]) -> None:
        """Shows a form. Raises SlackApiError."""
        await self.client.views_open(trigger_id=self.trigger_id, view=view)


def clicked(handle: Callable[[Click], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A bolt listener. The acknowledgement goes out once `handle` is done: what failed is said instead."""

    async def listener(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        await ack()
        await handle(Click(body, action, client, respond))

    return listener
