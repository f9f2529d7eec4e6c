"""The App Home tab."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import home_view
from bot.services import Services
from evaluation import store


def register(app: AsyncApp, services: Services) -> None:
    content_types = tuple(services.settings.content_types.values())

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("tab") != "home":
            return
        drafts, ratings = await services.database.read(store.numbers_of, event["user"])
        await client.views_publish(user_id=event["user"], view=home_view(content_types, drafts, ratings))
