"""Votes on pairs, on their way from a click or a reaction into the store."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.parsing import ReactionChange
from evaluation import store
from evaluation.database import Database
from evaluation.tables import DraftPair, PairVote, PairVoteEvent, VoteChoice
from evaluation.votes import vote_meaning

log = structlog.get_logger(__name__)

_REACTION_EXPLAINED = "pair_reaction."


class Votes:
    """Turns buttons and reactions into vote events, each stored once."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def vote(
        self,
        delivery_key: str,
        pair_id: str,
        rater_id: str,
        choice: VoteChoice | None,
        occurred_at: datetime,
        reaction: str | None = None,
    ) -> PairVote | None:
        """Counts a vote, or with None takes it back. Raises RatingRefused with nothing recorded."""
        event = PairVoteEvent(
            delivery_key=delivery_key,
            pair_id=pair_id,
            rater_id=rater_id,
            choice=choice,
            reaction=reaction,
            occurred_at=occurred_at,
            recorded_at=self._clock(),
        )
        vote, _ = await self._database.run(store.record_pair_vote, event)
        log.info("vote_recorded", pair_id=pair_id, by_reaction=reaction is not None)
        return vote

    async def react(self, pair: DraftPair, change: ReactionChange) -> None:
        """Counts 🅰️ and 🅱️, added or removed. Raises RatingRefused."""
        choice = vote_meaning(change.reaction)
        if choice is not None:
            await self.vote(
                change.delivery_key,
                pair.id,
                change.user_id,
                choice if change.added else None,
                change.occurred_at,
                change.reaction,
            )

    async def add_reasons(
        self, delivery_key: str, pair_id: str, rater_id: str, choice: VoteChoice, reasons: Sequence[str]
    ) -> bool:
        """Keeps why a rater voted as they did; False, and nothing kept, where that vote no longer stands.

        Raises RatingRefused.
        """
        return await self._database.run(
            store.record_vote_reasons, delivery_key, pair_id, rater_id, choice, list(reasons), self._clock()
        )

    async def is_to_be_told_how(self, rater_id: str, pair_id: str) -> bool:
        """Whether a reaction that could mean either draft is still to be explained: once for each pair."""
        subject = f"{_REACTION_EXPLAINED}{pair_id}"
        return await self._database.run(store.tell_once, rater_id, subject, self._clock())

    async def pair(self, pair_id: str) -> DraftPair | None:
        return await self._database.read(store.find_pair, pair_id)

    async def current(self, pair_id: str, rater_id: str) -> PairVote | None:
        return await self._database.read(store.pair_vote_of, pair_id, rater_id)
