"""“Draft from this message”: the form, filled with what somebody wrote; the draft goes below that."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.services import Services
from bot.whispers import answer
from bot.wishes import facts_of_message, topic_of_message
from evaluation import store

DRAFT_FROM_MESSAGE = "draft_from_message"


def register(app: AsyncApp, services: Services) -> None:
    @app.shortcut(DRAFT_FROM_MESSAGE)
    async def from_message(
        ack: AsyncAck, shortcut: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await ack()
        message = shortcut["message"]
        facts = facts_of_message(message.get("text", ""))
        if not facts:
            await answer(respond, texts.MESSAGE_HAS_NO_TEXT)
            return
        place = messages.FormPlace(
            channel_id=shortcut["channel"]["id"],
            thread_ts=message.get("thread_ts") or message["ts"],
            from_message=True,
        )
        style = await services.database.read(store.house_style, shortcut["team"]["id"])
        content_types = services.settings.content_types.values()
        form = messages.draft_form(
            content_types, place, topic=topic_of_message(facts), facts=facts, has_style=style is not None
        )
        await client.views_open(trigger_id=shortcut["trigger_id"], view=form)
