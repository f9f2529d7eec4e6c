"""Thumbs and scores under a draft, and taking them back."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.errors import BadInput
from bot.judgements import split_origin
from bot.listeners.answering import (
    answer_in_place,
    ask_who_wrote,
    refresh,
    refusal_sentence,
    why_gone,
    writers,
)
from bot.listeners.clicks import Click, clicked
from bot.parsing import parse_score_form, parse_thumb
from bot.services import Services
from bot.whispers import answer, whisper
from evaluation.errors import RatingRefused


def register(app: AsyncApp, services: Services) -> None:
    listeners = RatingListeners(services)
    app.action(messages.THUMB_ACTION)(clicked(listeners.rate_thumb))
    app.action(messages.SCORE_ACTION)(clicked(listeners.rate_score))
    app.view(messages.SCORE_FORM)(listeners.submit_score)
    app.action(messages.UNDO_THUMB_ACTION)(clicked(listeners.undo_thumb))
    app.action(messages.UNDO_SCORE_ACTION)(clicked(listeners.undo_score))


class RatingListeners:
    """Each records first, then answers the rater alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def rate_thumb(self, click: Click) -> None:
        draft_id, thumb = parse_thumb(click.value)
        try:
            await self._services.ratings.thumb(click.trigger_id, draft_id, click.user_id, thumb, click.at)
        except RatingRefused as refusal:
            await answer(click.respond, await self._sentence(refusal, draft_id, click.user_id))
            return
        self._services.afterwards.say(self._confirm_thumb(click, draft_id, thumb))

    async def _confirm_thumb(self, click: Click, draft_id: str, thumb: int) -> None:
        draft = await self._services.ratings.known_draft(draft_id)
        note = messages.rating_note(
            draft_id=draft_id,
            noted=texts.thumb_noted(draft.label, thumb),
            undo_action=messages.UNDO_THUMB_ACTION,
            may_reveal=self._services.revealing.may_ask(),
        )
        await answer(click.respond, *note)
        question = await ask_who_wrote(self._services, draft, click.user_id)
        if question is not None:
            await answer(click.respond, *question)

    async def rate_score(self, click: Click) -> None:
        draft = await self._services.ratings.draft(click.value)
        problem = why_gone(draft)
        if draft is None or problem is not None:
            await answer(click.respond, problem or texts.DRAFT_UNKNOWN)
            return
        known = await self._services.revealing.known(draft.id, click.user_id)
        if known:
            await answer(click.respond, texts.rating_locked(writers(known)))
            return
        rating = await self._services.ratings.current(draft.id, click.user_id)
        form = messages.score_form(
            draft_id=draft.id,
            label=draft.label,
            text=await self._services.ratings.text_now(draft),
            score=rating.score if rating else None,
            reasons=rating.reasons if rating else (),
            correction=rating.correction if rating else None,
        )
        await click.open(form)

    async def submit_score(
        self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        draft_id, origin = split_origin(view["private_metadata"])
        rater_id = body["user"]["id"]
        draft = await self._services.ratings.draft(draft_id)
        if draft is None or not await self._services.ratings.is_still_there(draft):
            problem = texts.DRAFT_UNKNOWN if draft is None else texts.DRAFT_IS_GONE
            await ack(response_action="errors", errors={"correction": problem})
            return
        try:
            form = parse_score_form(view, await self._services.ratings.text_now(draft))
            await self._services.ratings.score(body["trigger_id"], rater_id, form)
        except BadInput as refusal:
            await ack(response_action="errors", errors={"score": str(refusal)})
            return
        except RatingRefused as refusal:
            problem = await self._sentence(refusal, draft_id, rater_id)
            await ack(response_action="errors", errors={"score": problem})
            return
        note = messages.rating_note(
            draft_id=draft.id,
            noted=(texts.task_noted if origin else texts.score_noted)(draft.label, form.score),
            undo_action=messages.UNDO_SCORE_ACTION,
            may_reveal=self._services.revealing.may_ask(),
        )
        question = await ask_who_wrote(self._services, draft, rater_id)
        said = [note] if question is None else [note, question]
        if origin:
            await ack(response_action="update", view=messages.note_view(*said))
            await refresh(self._services, client, rater_id, origin)
            return
        await ack()
        for text, blocks in said:
            await whisper(client, draft.channel_id or rater_id, rater_id, text, blocks)

    async def undo_thumb(self, click: Click) -> None:
        ratings, draft_id = self._services.ratings, click.value
        try:
            await ratings.undo_thumb(click.trigger_id, draft_id, click.user_id, click.at)
            sentence = texts.thumb_undone((await ratings.known_draft(draft_id)).label)
        except RatingRefused as refusal:
            sentence = await self._sentence(refusal, draft_id, click.user_id)
        await answer_in_place(click, sentence)

    async def undo_score(self, click: Click) -> None:
        ratings, draft_id = self._services.ratings, click.value
        try:
            await ratings.undo_score(click.trigger_id, draft_id, click.user_id)
            sentence = texts.score_undone((await ratings.known_draft(draft_id)).label)
        except RatingRefused as refusal:
            sentence = await self._sentence(refusal, draft_id, click.user_id)
        await answer_in_place(click, sentence)

    async def _sentence(self, refusal: RatingRefused, draft_id: str, rater_id: str) -> str:
        return await refusal_sentence(self._services, refusal, draft_id, rater_id)
