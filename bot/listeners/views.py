"""Submitted forms."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import BadInput
from bot.parsing import parse_score_form
from bot.services import Services
from bot.whispers import whisper


def register(app: AsyncApp, services: Services) -> None:
    @app.view(messages.SCORE_FORM)
    async def submit_score(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        draft = await services.ratings.draft(view["private_metadata"])
        if draft is None or not await services.ratings.is_still_there(draft):
            problem = texts.DRAFT_UNKNOWN if draft is None else texts.DRAFT_IS_GONE
            await ack(response_action="errors", errors={"correction": problem})
            return
        try:
            form = parse_score_form(view, draft.text)
        except BadInput as refusal:
            await ack(response_action="errors", errors={"score": str(refusal)})
            return
        rater_id = body["user"]["id"]
        await services.ratings.score(body["trigger_id"], rater_id, form)
        await ack()
        noted = texts.score_noted(draft.label, form.score)
        await whisper(client, draft.channel_id or rater_id, rater_id, noted)
