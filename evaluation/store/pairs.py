"""Pairs of drafts: their sides are drawn once, every vote is kept, and the latest of a rater counts."""

from datetime import datetime
from random import Random

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from evaluation.errors import DraftDeleted, DraftUnknown, PairUnknown
from evaluation.store.inserting import insert_once
from evaluation.store.requests import lock_request
from evaluation.tables import Draft, DraftPair, PairVote, PairVoteEvent


def record_pair(
    session: Session, draft_id: str, other_draft_id: str, shown_at: datetime, rng: Random
) -> DraftPair:
    """The pair of two drafts of one request, with sides drawn by `rng` the first time and kept for ever.

    The order of the arguments means nothing. Raises DraftUnknown, and ValueError for drafts of two
    requests: they answer different wishes.
    """
    drafts = [session.get(Draft, one) for one in (draft_id, other_draft_id)]
    request_ids = {draft.request_id for draft in drafts if draft is not None}
    if None in drafts:
        raise DraftUnknown("One of the two drafts does not exist. Nothing was changed. Write the pair anew.")
    if len(request_ids) != 1:
        raise ValueError("a pair is two drafts of one request")
    request_id = request_ids.pop()
    lock_request(session, request_id)
    recorded = _pair_of(session, draft_id, other_draft_id)
    if recorded is not None:
        return recorded
    left, right = rng.sample(sorted((draft_id, other_draft_id)), 2)
    pair = DraftPair(request_id=request_id, left_draft_id=left, right_draft_id=right, shown_at=shown_at)
    session.add(pair)
    session.flush()
    return pair


def find_pair(session: Session, pair_id: str) -> DraftPair | None:
    """The pair with this id, or None."""
    return session.get(DraftPair, pair_id)


def record_pair_vote(session: Session, event: PairVoteEvent) -> tuple[PairVote, bool]:
    """Keeps a vote and brings the rater's PairVote up to date; says whether the event is new.

    One `delivery_key`, one event. Of a rater's votes on a pair the one that occurred last counts,
    whatever the order of arrival. Raises PairUnknown and DraftDeleted, with nothing recorded.
    """
    pair = _lock_pair(session, event.pair_id)
    deleted = select(Draft.label).where(
        col(Draft.id).in_((pair.left_draft_id, pair.right_draft_id)), col(Draft.deleted_at).is_not(None)
    )
    gone = session.exec(deleted).first()
    if gone is not None:
        raise DraftDeleted(
            f"{gone} was deleted, so its pair takes no more votes. What was said before is kept. "
            "Ask for a new pair with /draft."
        )
    created = insert_once(session, event, "delivery_key")
    if created:
        _fold(session, event.pair_id, event.rater_id)
    vote = pair_vote_of(session, event.pair_id, event.rater_id)
    assert vote is not None
    return vote, created


def pair_vote_of(session: Session, pair_id: str, rater_id: str) -> PairVote | None:
    """What this rater votes on this pair now, or None."""
    return session.exec(
        select(PairVote).where(PairVote.pair_id == pair_id, PairVote.rater_id == rater_id)
    ).one_or_none()


def _vote_of(pair_id: str, rater_id: str) -> SelectOfScalar[PairVote]:
    return select(PairVote).where(PairVote.pair_id == pair_id, PairVote.rater_id == rater_id)


def _fold(session: Session, pair_id: str, rater_id: str) -> None:
    latest = session.exec(
        select(PairVoteEvent)
        .where(PairVoteEvent.pair_id == pair_id, PairVoteEvent.rater_id == rater_id)
        .order_by(
            col(PairVoteEvent.occurred_at).desc(),
            col(PairVoteEvent.recorded_at).desc(),
            col(PairVoteEvent.id).desc(),
        )
    ).first()
    if latest is None:
        return
    vote = pair_vote_of(session, pair_id, rater_id) or PairVote(
        pair_id=pair_id, rater_id=rater_id, choice=latest.choice, updated_at=latest.occurred_at
    )
    vote.choice, vote.reasons, vote.updated_at = latest.choice, list(latest.reasons), latest.occurred_at
    session.add(vote)
    session.flush()


def _pair_of(session: Session, draft_id: str, other_draft_id: str) -> DraftPair | None:
    both = (draft_id, other_draft_id)
    return session.exec(
        select(DraftPair).where(
            col(DraftPair.left_draft_id).in_(both), col(DraftPair.right_draft_id).in_(both)
        )
    ).one_or_none()


def _lock_pair(session: Session, pair_id: str) -> DraftPair:
    statement = select(DraftPair).where(DraftPair.id == pair_id).with_for_update()
    pair = session.exec(statement.execution_options(populate_existing=True)).one_or_none()
    if pair is None:
        raise PairUnknown(
            f"There is no pair {pair_id}. Nothing was changed. It may belong to another data folder: "
            "ask for a new pair with /draft."
        )
    return pair
