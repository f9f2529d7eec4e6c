"""Reactions under drafts and pairs, added and removed."""

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot import messages, texts
from bot.listeners.answering import refusal_sentence
from bot.listeners.voting import pair_refusal, vote_note
from bot.parsing import ReactionChange, parse_reaction
from bot.services import Services
from bot.whispers import whisper
from evaluation.errors import RatingLocked, RatingRefused
from evaluation.ratings import reaction_meaning
from evaluation.tables import DraftPair, VoteChoice
from evaluation.votes import vote_meaning

NO_SCORE = "zero"

log = structlog.get_logger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    listeners = ReactionListeners(services)
    app.event("reaction_added")(listeners.changed)
    app.event("reaction_removed")(listeners.changed)


class ReactionListeners:
    """Reactions are recorded; only what did not count, and what can be done now, is said."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def changed(self, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        change = parse_reaction(body)
        if change is None or change.user_id == context.bot_user_id or not _means_something(change.reaction):
            return
        author_id = body["event"].get("item_user")
        if author_id not in (None, context.bot_user_id) or await self._services.people.is_bot(change.user_id):
            return
        shown = await self._services.ratings.shown_at(change.channel_id, change.message_ts)
        pair = await self._services.votes.pair(shown.pair_id) if shown.pair_id is not None else None
        if pair is not None:
            await self._on_pair(pair, change, client)
        elif shown.draft_id is not None:
            await self._on_draft(shown.draft_id, change, client)

    async def _on_draft(self, draft_id: str, change: ReactionChange, client: AsyncWebClient) -> None:
        if change.reaction == NO_SCORE:
            if change.added:
                await whisper(client, change.channel_id, change.user_id, texts.ZERO_IS_NO_SCORE)
            return
        try:
            await self._services.ratings.react(draft_id, change)
        except RatingRefused as refusal:
            sentence = await refusal_sentence(self._services, refusal, draft_id, change.user_id)
            await self._say_if_locked(refusal, sentence, change, client)
            return
        if change.added and reaction_meaning(change.reaction):
            self._services.afterwards.say(self._offer_reveal(draft_id, change, client))

    async def _offer_reveal(self, draft_id: str, change: ReactionChange, client: AsyncWebClient) -> None:
        if self._services.revealing.may_ask():
            draft = await self._services.ratings.known_draft(draft_id)
            offer = messages.reveal_offer(texts.reaction_noted(draft.label), draft_id)
            await whisper(client, change.channel_id, change.user_id, *offer)

    async def _on_pair(self, pair: DraftPair, change: ReactionChange, client: AsyncWebClient) -> None:
        choice = vote_meaning(change.reaction)
        if choice is None:
            if change.added and await self._services.votes.is_to_be_told_how(change.user_id, pair.id):
                await whisper(client, change.channel_id, change.user_id, texts.PAIR_REACTION_UNCLEAR)
            return
        try:
            await self._services.votes.react(pair, change)
        except RatingRefused as refusal:
            sentence = await pair_refusal(self._services, refusal, pair.id, change.user_id)
            await self._say_if_locked(refusal, sentence, change, client)
            return
        if change.added:
            self._services.afterwards.say(self._confirm_vote(pair.id, choice, change, client))

    async def _confirm_vote(
        self, pair_id: str, choice: VoteChoice, change: ReactionChange, client: AsyncWebClient
    ) -> None:
        note = await vote_note(self._services, pair_id, choice, may_undo=False)
        await whisper(client, change.channel_id, change.user_id, *note)

    async def _say_if_locked(
        self, refusal: RatingRefused, sentence: str, change: ReactionChange, client: AsyncWebClient
    ) -> None:
        """A reaction on a deleted draft is over and done with: to fail would only bring it back."""
        log.info("reaction_ignored", reason=str(refusal))
        if isinstance(refusal, RatingLocked):
            await whisper(client, change.channel_id, change.user_id, sentence)


def _means_something(reaction: str) -> bool:
    return (
        reaction == NO_SCORE or reaction_meaning(reaction) is not None or vote_meaning(reaction) is not None
    )
