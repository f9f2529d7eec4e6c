"""Ratings: every event is kept, and what a rater says now is folded from all of theirs."""

from datetime import datetime

from sqlmodel import Session, col, select, update

from evaluation.errors import DraftDeleted
from evaluation.ratings import current_rating
from evaluation.store.audits import close_audit
from evaluation.store.drafts import lock_draft
from evaluation.store.inserting import insert_once
from evaluation.tables import Draft, DraftRequest, Rating, RatingEvent, RatingEventKind


def record_rating_event(session: Session, event: RatingEvent) -> tuple[Rating | None, bool]:
    """Keeps what a rater did and brings their Rating up to date; says whether the event is new.

    The Rating is None when nothing of theirs stands any more. One `delivery_key`, one event: a
    redelivery changes nothing. Events on one draft are recorded one after the other, so two at
    once leave one Rating that knows both. Where the draft was an audit task of the rater's, it is
    done. Raises DraftUnknown and DraftDeleted, with nothing
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
        _fold(session, draft, event.rater_id)
        if event.kind is RatingEventKind.REACTION_ADDED:
            _show_to_others(session, event)
    return rating_of(session, event.draft_id, event.rater_id), created


def rating_of(session: Session, draft_id: str, rater_id: str) -> Rating | None:
    """What this rater says of this draft now, or None."""
    return session.exec(
        select(Rating).where(Rating.draft_id == draft_id, Rating.rater_id == rater_id)
    ).one_or_none()


def _fold(session: Session, draft: Draft, rater_id: str) -> None:
    """Makes the Rating what the events say. `updated_at` is when the rater last did something."""
    events = session.exec(
        select(RatingEvent)
        .where(RatingEvent.draft_id == draft.id, RatingEvent.rater_id == rater_id)
        .order_by(col(RatingEvent.recorded_at), col(RatingEvent.id))
    ).all()
    now = current_rating(events)
    rating = rating_of(session, draft.id, rater_id)
    if now is None:
        if rating is not None:
            session.delete(rating)
    else:
        updated_at = max(event.occurred_at for event in events)
        rating = rating or Rating(draft_id=draft.id, rater_id=rater_id, updated_at=updated_at)
        rating.thumb, rating.score = now.thumb, now.score
        rating.reasons, rating.correction = list(now.reasons), now.correction
        rating.updated_at = updated_at
        rating.others_visible = _others_had_reacted(session, draft.id, rater_id, updated_at)
        rating.after_edit = draft.edited_at is not None and draft.edited_at <= updated_at
        rating.own_request = session.get_one(DraftRequest, draft.request_id).requester_id == rater_id
        session.add(rating)
        close_audit(session, draft.id, rater_id, updated_at)
    session.flush()


def _others_had_reacted(session: Session, draft_id: str, rater_id: str, at: datetime) -> bool:
    """Whether anybody else's reaction came before `at`; one taken back since may have been seen, too."""
    earlier = select(RatingEvent.id).where(
        RatingEvent.draft_id == draft_id,
        RatingEvent.rater_id != rater_id,
        RatingEvent.kind == RatingEventKind.REACTION_ADDED,
        RatingEvent.occurred_at < at,
    )
    return session.exec(earlier).first() is not None


def _show_to_others(session: Session, reaction: RatingEvent) -> None:
    """A reaction may be recorded after ratings that it came before: their raters could see it."""
    later = (
        update(Rating)
        .where(col(Rating.draft_id) == reaction.draft_id, col(Rating.rater_id) != reaction.rater_id)
        .where(col(Rating.updated_at) > reaction.occurred_at)
        .values(others_visible=True)
    )
    session.exec(later)
