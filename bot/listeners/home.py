"""The App Home tab."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import home_view
from bot.services import Services
from evaluation import store


def register(app: AsyncApp, services: Services) -> None:
    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("tab") == "home":
            await publish(services, client, event["user"])


async def publish(services: Services, client: AsyncWebClient, user_id: str) -> None:
    """Shows a person their App Home as it is now."""
    content_types = tuple(services.settings.content_types.values())
    drafts, ratings = await services.database.read(store.numbers_of, user_id)
    waiting = await services.audits.blocks(user_id)
    await client.views_publish(user_id=user_id, view=home_view(content_types, drafts, ratings, waiting))
