"""Votes on pairs by button, why, and taking them back."""

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import messages, texts
from bot.content_types import content_type_of
from bot.judgements import parse_vote, parse_why
from bot.listeners.answering import answer_in_place, refusal_sentence, why_gone
from bot.listeners.clicks import Click, clicked
from bot.services import Services
from bot.whispers import answer
from evaluation.errors import DraftDeleted, DraftDiscarded, RatingRefused
from evaluation.tables import VoteChoice
from generation.content_types import TextFormat

VOTE_PATTERN = re.compile(rf"^(?:{'|'.join(map(re.escape, messages.VOTE_ACTIONS.values()))})$")


def register(app: AsyncApp, services: Services) -> None:
    listeners = VotingListeners(services)
    app.action(VOTE_PATTERN)(clicked(listeners.vote))
    app.action(messages.UNDO_VOTE_ACTION)(clicked(listeners.undo_vote))
    app.action(messages.WHY_ACTION)(clicked(listeners.why))
    app.view(messages.WHY_FORM)(listeners.submit_why)
    app.action(messages.READ_WHOLE_ACTION)(clicked(listeners.read_whole))


class VotingListeners:
    """Each records first, then answers the rater alone."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def vote(self, click: Click) -> None:
        pair_id, choice = parse_vote(click.value)
        try:
            await self._services.votes.vote(click.trigger_id, pair_id, click.user_id, choice, click.at)
        except RatingRefused as refusal:
            await answer(click.respond, await self._sentence(refusal, pair_id, click.user_id))
            return
        self._services.afterwards.say(self._confirm(click, pair_id, choice))

    async def _confirm(self, click: Click, pair_id: str, choice: VoteChoice) -> None:
        await answer(click.respond, *await vote_note(self._services, pair_id, choice, may_undo=True))

    async def undo_vote(self, click: Click) -> None:
        try:
            await self._services.votes.vote(click.trigger_id, click.value, click.user_id, None, click.at)
        except RatingRefused as refusal:
            await answer(click.respond, await self._sentence(refusal, click.value, click.user_id))
            return
        await answer_in_place(click, texts.VOTE_UNDONE)

    async def why(self, click: Click) -> None:
        pair_id, choice = parse_vote(click.value)
        current = await self._services.votes.current(pair_id, click.user_id)
        reasons = current.reasons if current is not None and current.choice is choice else ()
        await click.open(messages.why_form(pair_id=pair_id, choice=choice, reasons=reasons))

    async def submit_why(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        pair_id, choice = parse_vote(view["private_metadata"])
        rater_id = body["user"]["id"]
        reasons = parse_why(view, choice)
        try:
            kept = await self._services.votes.add_reasons(
                body["trigger_id"], pair_id, rater_id, choice, reasons
            )
            problem = None if kept else texts.VOTE_CHANGED
        except RatingRefused as refusal:
            problem = await self._sentence(refusal, pair_id, rater_id)
        if problem is None:
            noted = texts.reasons_noted(choice)
            await ack(response_action="update", view=messages.note_view((noted, [messages.section(noted)])))
        else:
            await ack(response_action="errors", errors={"reasons": problem})

    async def read_whole(self, click: Click) -> None:
        draft = await self._services.ratings.draft(click.value)
        problem = why_gone(draft)
        if draft is None or problem is not None:
            await answer(click.respond, problem or texts.DRAFT_UNKNOWN)
            return
        kind = await content_type_of(self._services.database, self._services.settings, draft)
        text_format = kind.format if kind is not None else TextFormat.PLAIN
        text = await self._services.ratings.text_now(draft)
        await click.open(messages.whole_text_view(draft.label, text, text_format))

    async def _sentence(self, refusal: RatingRefused, pair_id: str, rater_id: str) -> str:
        return await pair_refusal(self._services, refusal, pair_id, rater_id)


async def vote_note(
    services: Services, pair_id: str, choice: VoteChoice, *, may_undo: bool
) -> tuple[str, list[dict[str, Any]]]:
    """The private confirmation; a vote by reaction is taken back by removing the reaction."""
    pair = await services.votes.pair(pair_id) if services.revealing.may_ask() else None
    may_reveal = pair.left_draft_id if pair is not None else None
    return messages.vote_note(pair_id=pair_id, choice=choice, may_undo=may_undo, may_reveal=may_reveal)


async def pair_refusal(services: Services, refusal: RatingRefused, pair_id: str, rater_id: str) -> str:
    """Why a vote was not stored."""
    if isinstance(refusal, DraftDeleted):
        return texts.PAIR_IS_GONE
    if isinstance(refusal, DraftDiscarded):
        return texts.PAIR_IS_BROKEN
    pair = await services.votes.pair(pair_id)
    if pair is None:
        return texts.PAIR_UNKNOWN
    return await refusal_sentence(services, refusal, pair.left_draft_id, rater_id)
