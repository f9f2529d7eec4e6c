"""What a rater could see of others' opinions: reactions stand under a message for everybody to read.

One that was taken back since may have been seen, too, so only when it came matters. Statements are built
once, when this is imported: to build one takes longer than to run it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from evaluation.tables import DraftPair, PairVote, PairVoteEvent, Rating, RatingEvent, RatingEventKind

_VOTES_SEEN = select(PairVoteEvent.id).where(
    PairVoteEvent.rater_id != bindparam("rater_id"),
    col(PairVoteEvent.reaction).is_not(None),
    col(PairVoteEvent.choice).is_not(None),
    PairVoteEvent.occurred_at < bindparam("at"),
)


def _reactions_seen() -> SelectOfScalar[bool]:
    draft_id: BindParameter[str] = bindparam("draft_id")
    reaction = select(RatingEvent.id).where(
        RatingEvent.draft_id == draft_id,
        RatingEvent.rater_id != bindparam("rater_id"),
        RatingEvent.kind == RatingEventKind.REACTION_ADDED,
        RatingEvent.occurred_at < bindparam("at"),
    )
    halves = or_(col(DraftPair.left_draft_id) == draft_id, col(DraftPair.right_draft_id) == draft_id)
    pairs = select(DraftPair.id).where(halves).scalar_subquery()
    vote = _VOTES_SEEN.where(col(PairVoteEvent.pair_id).in_(pairs))
    return select(or_(reaction.exists(), vote.exists()))


_REACTIONS_SEEN = _reactions_seen()


def others_had_spoken(session: Session, draft_id: str, rater_id: str, at: datetime) -> bool:
    """Whether anybody else's reaction on a draft, or on the pair it stands in, came before `at`."""
    seen = {"draft_id": draft_id, "rater_id": rater_id, "at": at}
    return bool(session.exec(_REACTIONS_SEEN, params=seen).one())


def others_had_voted(session: Session, pair_id: str, rater_id: str, at: datetime) -> bool:
    """Whether anybody else's reaction on a pair came before `at`; votes by button nobody sees."""
    vote = _VOTES_SEEN.where(PairVoteEvent.pair_id == pair_id)
    return session.exec(vote, params={"rater_id": rater_id, "at": at}).first() is not None


def show_to_later_raters(session: Session, draft_ids: Sequence[str], rater_id: str, at: datetime) -> None:
    """A reaction may be recorded after ratings that it came before: their raters could see it."""
    session.exec(
        update(Rating)
        .where(col(Rating.draft_id).in_(draft_ids), col(Rating.rater_id) != rater_id)
        .where(col(Rating.updated_at) > at)
        .values(others_visible=True)
    )


def show_to_later_voters(session: Session, reaction: PairVoteEvent) -> None:
    """The same for votes on a pair."""
    session.exec(
        update(PairVote)
        .where(col(PairVote.pair_id) == reaction.pair_id, col(PairVote.rater_id) != reaction.rater_id)
        .where(col(PairVote.updated_at) > reaction.occurred_at)
        .values(others_visible=True)
    )
