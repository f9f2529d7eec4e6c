"""Guesses who wrote a draft, and the answer for those who may know."""

import re

from slack_bolt.async_app import AsyncApp

from bot import messages, texts
from bot.judgements import parse_guess
from bot.listeners.answering import answer_in_place, writers
from bot.listeners.clicks import Click, clicked
from bot.messages import Layout
from bot.services import Services
from evaluation.errors import RatingRefused
from evaluation.store import NotYet, Told

GUESS_PATTERN = re.compile(rf"^{re.escape(messages.GUESS_ACTION_PREFIX)}")


def register(app: AsyncApp, services: Services) -> None:
    listeners = RevealingListeners(services)
    app.action(GUESS_PATTERN)(clicked(listeners.guess))
    app.action(messages.REVEAL_ACTION)(clicked(listeners.reveal))


class RevealingListeners:
    """The question before the answer, and the answer to one rater alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def guess(self, click: Click) -> None:
        draft_id, model = parse_guess(click.action)
        kept = await self._services.revealing.answer(draft_id, click.user_id, model)
        if kept is None:
            await answer_in_place(click, texts.DRAFT_UNKNOWN)
        elif kept.guessed_model != model:
            await answer_in_place(click, texts.GUESS_ALREADY)
        elif self._services.revealing.may_ask():
            await answer_in_place(click, *messages.reveal_offer(texts.GUESS_NOTED_FIRST, draft_id))
        else:
            await answer_in_place(click, texts.GUESS_NOTED)

    async def reveal(self, click: Click) -> None:
        text, blocks = await self._told(click.value, click.user_id)
        await answer_in_place(click, text, blocks or None)

    async def _told(self, draft_id: str, rater_id: str) -> Layout:
        if not self._services.revealing.may_ask():
            return texts.REVEAL_IS_OFF, []
        try:
            answer = await self._services.revealing.tell(draft_id, rater_id)
        except RatingRefused:
            return texts.DRAFT_UNKNOWN, []
        if isinstance(answer, Told):
            return texts.revealed(writers(answer.drafts)), []
        return await self._what_is_missing(draft_id, rater_id, answer)

    async def _what_is_missing(self, draft_id: str, rater_id: str, answer: NotYet) -> Layout:
        asked = answer.open_question
        if asked is None:
            words = texts.REVEAL_NEEDS_VOTE if answer.is_pair else texts.REVEAL_NEEDS_RATING
            return messages.reveal_offer(words, draft_id)
        models = await self._services.revealing.options(asked)
        if models:
            lead = texts.guess_before_reveal()
            return messages.guess_question(draft_id=asked.id, label=asked.label, models=models, lead=lead)
        # The routes have changed since we asked, so the question can no longer be put fairly.
        await self._services.revealing.answer(asked.id, rater_id, None)
        return await self._told(draft_id, rater_id)
