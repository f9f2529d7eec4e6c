"""Submitted forms."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import messages, texts
from bot.errors import BadInput
from bot.parsing import parse_score_form
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    @app.view(messages.SCORE_FORM)
    async def submit_score(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
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
        await services.ratings.score(f"view.{view['id']}", body["user"]["id"], form)
        await ack()
