"""Pairs of drafts: their sides are drawn once, every vote is kept, and a rater's last one counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session, col, or_, select

from evaluation.errors import DraftDeleted, DraftDiscarded, DraftUnknown, PairUnknown, RatingLocked
from evaluation.store.inserting import insert_once
from evaluation.store.requests import lock_request
from evaluation.store.visibility import others_had_voted, show_to_later_raters, show_to_later_voters
from evaluation.tables import Draft, DraftPair, PairVote, PairVoteEvent, VoteChoice
from evaluation.votes import current_vote


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


def pair_at(session: Session, channel_id: str, message_ts: str) -> DraftPair | None:
    """The pair that a message shows, also once it is deleted; None for any other message."""
    here = (Draft.channel_id == channel_id, Draft.message_ts == message_ts)
    return session.exec(
        select(DraftPair).join(Draft, col(Draft.id) == col(DraftPair.left_draft_id)).where(*here)
    ).first()


def pair_of_draft(session: Session, draft_id: str) -> DraftPair | None:
    """The pair that a draft is one half of, or None."""
    return session.exec(
        select(DraftPair).where(
            or_(col(DraftPair.left_draft_id) == draft_id, col(DraftPair.right_draft_id) == draft_id)
        )
    ).first()


def record_pair_vote(session: Session, event: PairVoteEvent) -> tuple[PairVote | None, bool]:
    """Keeps a vote and brings the rater's PairVote up to date; says whether the event is new.

    The PairVote is None when no vote stands any more. One `delivery_key`, one event. Of a rater's votes on
    a pair the one that occurred last counts, whatever the order of arrival. Raises PairUnknown,
    DraftDeleted, DraftDiscarded, and RatingLocked once the rater knows who wrote them, with nothing recorded.
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
    if _is_broken(session, pair) and not _is_recorded(session, event):
        raise DraftDiscarded(
            f"A draft of the pair {pair.id} was discarded, so it takes no more votes. What was said before "
            "is kept. Ask for a new pair with /draft."
        )
    vote = pair_vote_of(session, event.pair_id, event.rater_id)
    if vote is not None and vote.locked_at is not None and not _is_recorded(session, event):
        raise RatingLocked(
            f"The pair {pair.id} takes no more votes of {event.rater_id}. Nothing was changed."
        )
    created = insert_once(session, event, "delivery_key")
    if created:
        _fold(session, pair, event.rater_id)
        if event.reaction is not None and event.choice is not None:
            halves = (pair.left_draft_id, pair.right_draft_id)
            show_to_later_raters(session, halves, event.rater_id, event.occurred_at)
            show_to_later_voters(session, event)
    return pair_vote_of(session, event.pair_id, event.rater_id), created


def record_vote_reasons(
    session: Session,
    delivery_key: str,
    pair_id: str,
    rater_id: str,
    choice: VoteChoice,
    reasons: list[str],
    recorded_at: datetime,
) -> bool:
    """Keeps why a rater voted `choice`, as an event right after that vote; False where it no longer stands.

    It takes the vote's own time and source, so that no clock's difference makes it more than that vote, and
    whoever takes the vote back takes the reasons back. Raises as `record_pair_vote`.
    """
    pair = _lock_pair(session, pair_id)
    vote = current_vote(_events(session, pair.id, rater_id))
    if vote is None or vote.choice is not choice:
        return False
    event = PairVoteEvent(
        delivery_key=delivery_key,
        pair_id=pair_id,
        rater_id=rater_id,
        choice=choice,
        reaction=vote.reaction,
        reasons=reasons,
        occurred_at=vote.occurred_at + timedelta(microseconds=1),
        recorded_at=recorded_at,
    )
    record_pair_vote(session, event)
    return True


def pair_vote_of(session: Session, pair_id: str, rater_id: str) -> PairVote | None:
    """What this rater votes on this pair now, or None."""
    return session.exec(
        select(PairVote).where(PairVote.pair_id == pair_id, PairVote.rater_id == rater_id)
    ).one_or_none()


def _fold(session: Session, pair: DraftPair, rater_id: str) -> None:
    """Makes the PairVote what the events say. `updated_at` is when the rater last did something."""
    events = _events(session, pair.id, rater_id)
    now = current_vote(events)
    vote = pair_vote_of(session, pair.id, rater_id)
    if now is None or now.choice is None:
        if vote is not None:
            session.delete(vote)
    else:
        at = max(event.occurred_at for event in events)
        vote = vote or PairVote(pair_id=pair.id, rater_id=rater_id, choice=now.choice, updated_at=at)
        vote.choice, vote.reasons, vote.updated_at = now.choice, list(now.reasons), at
        vote.others_visible = others_had_voted(session, pair.id, rater_id, at)
        session.add(vote)
    session.flush()


def _events(session: Session, pair_id: str, rater_id: str) -> Sequence[PairVoteEvent]:
    """All that a rater did on a pair, in the order of recording."""
    return session.exec(
        select(PairVoteEvent)
        .where(PairVoteEvent.pair_id == pair_id, PairVoteEvent.rater_id == rater_id)
        .order_by(col(PairVoteEvent.recorded_at), col(PairVoteEvent.id))
    ).all()


def _is_broken(session: Session, pair: DraftPair) -> bool:
    discarded = select(Draft.id).where(
        col(Draft.id).in_((pair.left_draft_id, pair.right_draft_id)), col(Draft.discarded_at).is_not(None)
    )
    return session.exec(discarded).first() is not None


def _is_recorded(session: Session, event: PairVoteEvent) -> bool:
    recorded = select(PairVoteEvent.id).where(PairVoteEvent.delivery_key == event.delivery_key)
    return session.exec(recorded).first() is not None


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
