"""Telling one rater who wrote a draft: after their judgement, which from then on stays as it is.

The two drafts of a pair are told together, after the vote: to know one of them is to know more of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, bindparam
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from evaluation.store.drafts import find_draft, lock_draft
from evaluation.store.pairs import pair_of_draft
from evaluation.tables import Draft, DraftPair, ModelGuess, PairVote, Rating


@dataclass(frozen=True)
class Told:
    """The drafts whose writers this rater may know, in the order shown."""

    drafts: tuple[Draft, ...]


@dataclass(frozen=True)
class NotYet:
    """What this rater still owes: an answer about `open_question`, else their judgement."""

    is_pair: bool
    open_question: Draft | None = None


def reveal(session: Session, draft_id: str, rater_id: str, at: datetime) -> Told | NotYet:
    """Locks what this rater said of a draft, or of both of its pair, and gives the drafts; or neither.

    Asked again, it gives the same and locks nothing anew. Raises DraftUnknown.
    """
    pair = session.exec(select(DraftPair).where(_half_of_pair(draft_id)).with_for_update()).first()
    ids = (draft_id,) if pair is None else (pair.left_draft_id, pair.right_draft_id)
    drafts = {draft.id: draft for draft in [lock_draft(session, each) for each in sorted(ids)]}
    judgements: list[Rating | PairVote] = [
        *_ratings(session, ids, rater_id),
        *_votes(session, pair, rater_id),
    ]
    if not (_votes(session, pair, rater_id) if pair is not None else judgements):
        return NotYet(is_pair=pair is not None)
    waiting = _open_question(session, ids, rater_id)
    if waiting is not None:
        return NotYet(is_pair=pair is not None, open_question=drafts[waiting])
    for judgement in judgements:
        judgement.locked_at = judgement.locked_at or at
        session.add(judgement)
    session.flush()
    return Told(tuple(drafts[each] for each in ids))


def known_to(session: Session, draft_id: str, rater_id: str) -> tuple[Draft, ...]:
    """The drafts whose writers this rater was told together with that of `draft_id`; empty if not told."""
    if not is_locked(session, draft_id, rater_id):
        return ()
    pair = pair_of_draft(session, draft_id)
    ids = (draft_id,) if pair is None else (pair.left_draft_id, pair.right_draft_id)
    return tuple(draft for each in ids if (draft := find_draft(session, each)) is not None)


def is_locked(session: Session, draft_id: str, rater_id: str) -> bool:
    """Whether this rater has been told who wrote the draft, alone or with its pair."""
    return bool(session.exec(_TOLD, params={"draft_id": draft_id, "rater_id": rater_id}).one())


def _half_of_pair(draft_id: str | BindParameter[str]) -> ColumnElement[bool]:
    return or_(col(DraftPair.left_draft_id) == draft_id, col(DraftPair.right_draft_id) == draft_id)


def _told() -> SelectOfScalar[bool]:
    draft_id: BindParameter[str] = bindparam("draft_id")
    rater_id: BindParameter[str] = bindparam("rater_id")
    told = select(Rating.id).where(
        Rating.draft_id == draft_id, Rating.rater_id == rater_id, col(Rating.locked_at).is_not(None)
    )
    told_with_pair = (
        select(PairVote.id)
        .join(DraftPair, col(DraftPair.id) == col(PairVote.pair_id))
        .where(PairVote.rater_id == rater_id, col(PairVote.locked_at).is_not(None), _half_of_pair(draft_id))
    )
    return select(or_(told.exists(), told_with_pair.exists()))


# Built once, when this is imported: to build it takes longer than to run it.
_TOLD = _told()


def _ratings(session: Session, draft_ids: Sequence[str], rater_id: str) -> Sequence[Rating]:
    return session.exec(
        select(Rating).where(col(Rating.draft_id).in_(draft_ids), Rating.rater_id == rater_id)
    ).all()


def _votes(session: Session, pair: DraftPair | None, rater_id: str) -> Sequence[PairVote]:
    if pair is None:
        return ()
    return session.exec(
        select(PairVote).where(PairVote.pair_id == pair.id, PairVote.rater_id == rater_id)
    ).all()


def _open_question(session: Session, draft_ids: Sequence[str], rater_id: str) -> str | None:
    """A draft about which this rater was asked who wrote it, and has not answered."""
    return session.exec(
        select(ModelGuess.draft_id).where(
            col(ModelGuess.draft_id).in_(draft_ids),
            ModelGuess.rater_id == rater_id,
            col(ModelGuess.answered_at).is_(None),
        )
    ).first()
