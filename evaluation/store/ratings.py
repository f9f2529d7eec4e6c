"""Ratings: every event is kept, and what a rater says now is folded from all of theirs.

Statements are built once, when this is imported: to build one takes longer than to run it.
"""

from sqlalchemy import bindparam, case
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from evaluation.errors import DraftDeleted, DraftDiscarded, RatingLocked
from evaluation.ratings import current_rating
from evaluation.store.audits import close_audit
from evaluation.store.drafts import lock_draft
from evaluation.store.inserting import insert_once
from evaluation.store.reveals import is_locked
from evaluation.store.visibility import others_had_spoken, show_to_later_raters
from evaluation.tables import Draft, DraftRequest, Rating, RatingEvent, RatingEventKind

WITHDRAWALS = (RatingEventKind.THUMB_WITHDRAWN, RatingEventKind.SCORE_WITHDRAWN)
FORM_KINDS = (RatingEventKind.SCORE_FORM, RatingEventKind.SCORE_WITHDRAWN)


_RATING = select(Rating).where(
    Rating.draft_id == bindparam("draft_id"), Rating.rater_id == bindparam("rater_id")
)
_REQUESTER = select(DraftRequest.requester_id).where(DraftRequest.id == bindparam("request_id"))


def _standing() -> SelectOfScalar[RatingEvent]:
    """Of each emoji, of the buttons and of the form the last event, in the order of recording.

    What came before it counts no more, and somebody may click for years.
    """
    source = case((col(RatingEvent.kind).in_(FORM_KINDS), "form"), else_=col(RatingEvent.reaction))
    latest_first = (
        col(RatingEvent.occurred_at).desc(),
        col(RatingEvent.recorded_at).desc(),
        col(RatingEvent.kind).in_(WITHDRAWALS).desc(),  # of one instant, to take back comes after to say
        col(RatingEvent.id).desc(),
    )
    place = func.row_number().over(partition_by=source, order_by=latest_first).label("place")
    numbered = (
        select(RatingEvent.id, place)
        .where(RatingEvent.draft_id == bindparam("draft_id"), RatingEvent.rater_id == bindparam("rater_id"))
        .subquery()
    )
    return (
        select(RatingEvent)
        .join(numbered, col(RatingEvent.id) == numbered.c.id)
        .where(numbered.c.place == 1)
        .order_by(col(RatingEvent.recorded_at), col(RatingEvent.id))
    )


_STANDING = _standing()


def record_rating_event(session: Session, event: RatingEvent) -> tuple[Rating | None, bool]:
    """Keeps what a rater did and brings their Rating up to date; says whether the event is new.

    The Rating is None when nothing of theirs stands any more. One `delivery_key`, one event: a
    redelivery changes nothing. Events on one draft are recorded one after the other, so two at
    once leave one Rating that knows both. Where the draft was an audit task of the rater's, it is
    done. Raises DraftUnknown, DraftDeleted, DraftDiscarded,
    and RatingLocked once the rater knows who wrote it, with nothing recorded.
    """
    draft = lock_draft(session, event.draft_id)
    if draft.deleted_at is not None:
        raise DraftDeleted(
            f"{draft.label} was deleted, so it takes no more ratings. What was said before is kept. "
            "Ask for a new draft with /draft."
        )
    if draft.discarded_at is not None and not _is_recorded(session, event):
        raise DraftDiscarded(
            f"{draft.label} was discarded, so it takes no more ratings. What was said before is kept. "
            "Ask for a new draft with /draft."
        )
    if is_locked(session, draft.id, event.rater_id) and not _is_recorded(session, event):
        raise RatingLocked(f"{draft.label} takes no more ratings of {event.rater_id}. Nothing was changed.")
    if not insert_once(session, event, "delivery_key"):
        return rating_of(session, event.draft_id, event.rater_id), False
    rating = _fold(session, draft, event.rater_id)
    if event.kind is RatingEventKind.REACTION_ADDED:
        show_to_later_raters(session, (event.draft_id,), event.rater_id, event.occurred_at)
    return rating, True


def rating_of(session: Session, draft_id: str, rater_id: str) -> Rating | None:
    """What this rater says of this draft now, or None."""
    return session.exec(_RATING, params={"draft_id": draft_id, "rater_id": rater_id}).one_or_none()


def _fold(session: Session, draft: Draft, rater_id: str) -> Rating | None:
    """Makes the Rating what the events say. `updated_at` is when the rater last did something."""
    events = session.exec(_STANDING, params={"draft_id": draft.id, "rater_id": rater_id}).all()
    now = current_rating(events)
    rating = rating_of(session, draft.id, rater_id)
    if now is None:
        if rating is not None:
            session.delete(rating)
        rating = None
    else:
        updated_at = max(event.occurred_at for event in events)
        rating = rating or Rating(draft_id=draft.id, rater_id=rater_id, updated_at=updated_at)
        rating.thumb, rating.score = now.thumb, now.score
        rating.reasons, rating.correction = list(now.reasons), now.correction
        rating.updated_at = updated_at
        rating.others_visible = others_had_spoken(session, draft.id, rater_id, updated_at)
        rating.after_edit = draft.edited_at is not None and draft.edited_at <= updated_at
        requester_id = session.exec(_REQUESTER, params={"request_id": draft.request_id}).one()
        rating.own_request = requester_id == rater_id
        session.add(rating)
        close_audit(session, draft.id, rater_id, updated_at)
    session.flush()
    return rating


def _is_recorded(session: Session, event: RatingEvent) -> bool:
    recorded = select(RatingEvent.id).where(RatingEvent.delivery_key == event.delivery_key)
    return session.exec(recorded).first() is not None
