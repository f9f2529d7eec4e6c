"""The App Home tab and its pages."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages
from bot.home import Page
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    last_opened: dict[str, str] = {}

    @app.event("app_home_opened")
    async def opened(body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient) -> None:
        """A second delivery must not turn the page back that somebody has turned meanwhile."""
        user_id, event_id = event["user"], body["event_id"]
        if event.get("tab") == "home" and last_opened.get(user_id) != event_id:
            last_opened[user_id] = event_id
            try:
                await publish(services, client, user_id)
            except Exception:
                del last_opened[user_id]  # so that the next delivery is the second try
                raise

    @app.action(re.compile(rf"^{messages.HOME_PAGE_ACTION}\."))
    async def turn(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        team_id = body["team"]["id"]
        await publish(services, client, body["user"]["id"], Page(action["value"]), team_id=team_id)


async def publish(
    services: Services, client: AsyncWebClient, user_id: str, page: Page = Page.TODAY, *, team_id: str = ""
) -> None:
    """Shows a person a page of their App Home as it is now. Settings belong to the team `team_id`."""
    view = await services.home.view(user_id, team_id, page)
    if view is not None:
        await client.views_publish(user_id=user_id, view=view)
