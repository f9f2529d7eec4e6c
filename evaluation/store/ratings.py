"""Ratings: every event is kept, and what a rater says now is folded from all of theirs."""

from sqlmodel import Session, col, select

from evaluation.errors import DraftDeleted
from evaluation.ratings import current_rating
from evaluation.store.drafts import lock_draft
from evaluation.store.inserting import insert_once
from evaluation.tables import Rating, RatingEvent


def record_rating_event(session: Session, event: RatingEvent) -> tuple[Rating | None, bool]:
    """Keeps what a rater did and brings their Rating up to date; says whether the event is new.

    The Rating is None when nothing of theirs stands any more. One `delivery_key`, one event: a
    redelivery changes nothing. Events on one draft are recorded one after the other, so two at
    once leave one Rating that knows both. Raises DraftUnknown and DraftDeleted, with nothing
    recorded.
    """
    draft = lock_draft(session, event.draft_id)
    if draft.deleted_at is not None:
        raise DraftDeleted(
            f"{draft.label} was deleted, so it takes no more ratings. What was said before is kept. "
            "Ask for a new draft with /draft."
        )
    created = insert_once(session, event, "delivery_key")
    if created:
        _fold(session, event.draft_id, event.rater_id)
    return rating_of(session, event.draft_id, event.rater_id), created


def rating_of(session: Session, draft_id: str, rater_id: str) -> Rating | None:
    """What this rater says of this draft now, or None."""
    return session.exec(
        select(Rating).where(Rating.draft_id == draft_id, Rating.rater_id == rater_id)
    ).one_or_none()


def _fold(session: Session, draft_id: str, rater_id: str) -> None:
    """Makes the Rating what the events say. `updated_at` is when the rater last did something."""
    events = session.exec(
        select(RatingEvent)
        .where(RatingEvent.draft_id == draft_id, RatingEvent.rater_id == rater_id)
        .order_by(col(RatingEvent.recorded_at), col(RatingEvent.id))
    ).all()
    now = current_rating(events)
    rating = rating_of(session, draft_id, rater_id)
    if now is None:
        if rating is not None:
            session.delete(rating)
    else:
        updated_at = max(event.occurred_at for event in events)
        rating = rating or Rating(draft_id=draft_id, rater_id=rater_id, updated_at=updated_at)
        rating.thumb, rating.score = now.thumb, now.score
        rating.reasons, rating.correction = list(now.reasons), now.correction
        rating.updated_at = updated_at
        session.add(rating)
    session.flush()
