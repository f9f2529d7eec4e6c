"""Reactions under a draft, added and removed."""

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot import texts
from bot.parsing import ReactionChange, parse_reaction
from bot.services import Services
from bot.whispers import whisper

NO_SCORE = "zero"


def register(app: AsyncApp, services: Services) -> None:
    async def changed(body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        change = parse_reaction(body)
        if change is None or change.user_id == context.bot_user_id:
            return
        author_id = body["event"].get("item_user")
        if author_id not in (None, context.bot_user_id):
            return
        if change.reaction == NO_SCORE and change.added:
            await explain_range(change, client)
        await services.ratings.react(change)

    async def explain_range(change: ReactionChange, client: AsyncWebClient) -> None:
        if await services.ratings.draft_id_at(change.channel_id, change.message_ts) is not None:
            await whisper(client, change.channel_id, change.user_id, texts.ZERO_IS_NO_SCORE)

    app.event("reaction_added")(changed)
    app.event("reaction_removed")(changed)
