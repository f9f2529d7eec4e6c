"""Clicks on the buttons under a draft."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.parsing import parse_thumb, slack_time
from bot.services import Services
from bot.whispers import answer


def register(app: AsyncApp, services: Services) -> None:
    @app.action(messages.THUMB_ACTION)
    async def rate_thumb(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond
    ) -> None:
        draft_id, thumb = parse_thumb(action["value"])
        draft = await services.ratings.draft(draft_id)
        await ack()
        if draft is None or draft.deleted_at is not None:
            sentence = texts.DRAFT_UNKNOWN if draft is None else texts.DRAFT_IS_GONE
        else:
            occurred_at = slack_time(action["action_ts"])
            await services.ratings.thumb(body["trigger_id"], draft_id, body["user"]["id"], thumb, occurred_at)
            sentence = texts.thumb_noted(draft.label, thumb)
        await answer(respond, sentence)

    @app.action(messages.SCORE_ACTION)
    async def rate_score(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        client: AsyncWebClient,
        respond: AsyncRespond,
    ) -> None:
        draft = await services.ratings.draft(action["value"])
        await ack()
        if draft is None or draft.deleted_at is not None:
            sentence = texts.DRAFT_UNKNOWN if draft is None else texts.DRAFT_IS_GONE
            await answer(respond, sentence)
            return
        rating = await services.ratings.current(draft.id, body["user"]["id"])
        form = messages.score_form(
            draft_id=draft.id,
            label=draft.label,
            text=draft.text,
            score=rating.score if rating else None,
            reasons=rating.reasons if rating else (),
            correction=rating.correction if rating else None,
        )
        await client.views_open(trigger_id=body["trigger_id"], view=form)
