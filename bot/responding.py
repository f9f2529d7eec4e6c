"""Answers by response URL over connections that stay open: bolt's own opens one for every answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncBoltContext, AsyncRespond
from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient


class Responder(AsyncRespond):
    """bolt's `respond`, as far as this bot uses it: a text, blocks, and whom it is shown to."""

    def __init__(self, response_url: str | None, session: aiohttp.ClientSession | None) -> None:
        super().__init__(response_url=response_url)
        self._session = session

    async def __call__(  # type: ignore[override] # bolt offers more
        self,
        text: str = "",
        blocks: Sequence[dict[str, Any]] | None = None,
        response_type: str | None = None,
        replace_original: bool | None = None,
    ) -> WebhookResponse:
        """Raises ValueError where what somebody did came without an address to answer to."""
        if self.response_url is None:
            raise ValueError("There is no response URL here. Say it with chat.postEphemeral instead.")
        return await AsyncWebhookClient(url=self.response_url, session=self._session).send(
            text=text, blocks=blocks, response_type=response_type, replace_original=replace_original
        )


async def respond_on_open_connections(
    context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]
) -> None:
    """A bolt middleware: gives listeners a Responder in the place of bolt's own."""
    context["respond"] = Responder(context.response_url, context.client.session)
    await next_()
