"""DraftRequests: wishes, each recorded once, and how far they have come."""

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from evaluation.store.inserting import insert_once
from evaluation.tables import DraftRequest, RequestState

UNFINISHED = (RequestState.RECEIVED, RequestState.WRITTEN)


def record_request(session: Session, request: DraftRequest) -> tuple[DraftRequest, bool]:
    """The row of this wish, and whether it is new. One `delivery_key`, one row: a redelivery finds it."""
    created = insert_once(session, request, "delivery_key")
    recorded = session.exec(
        select(DraftRequest).where(DraftRequest.delivery_key == request.delivery_key)
    ).one()
    return recorded, created


def find_request(session: Session, request_id: str) -> DraftRequest | None:
    """The wish with this id, or None."""
    return session.get(DraftRequest, request_id)


def unfinished_requests(session: Session) -> list[DraftRequest]:
    """What a restart has to take up again, oldest first: not yet written, or not yet posted."""
    statement = select(DraftRequest).where(col(DraftRequest.state).in_(UNFINISHED))
    return list(session.exec(statement.order_by(col(DraftRequest.created_at), col(DraftRequest.id))))


def unfinished_request_ids(session: Session) -> list[str]:
    """The same, by id alone: there may be thousands."""
    statement = select(DraftRequest.id).where(col(DraftRequest.state).in_(UNFINISHED))
    return list(session.exec(statement.order_by(col(DraftRequest.created_at), col(DraftRequest.id))))


def unfinished_requests_of(session: Session, requester_id: str) -> list[DraftRequest]:
    """What one person still waits for, oldest first."""
    return [each for each in unfinished_requests(session) if each.requester_id == requester_id]


def note_placeholder(session: Session, request_id: str, message_ts: str) -> DraftRequest:
    """Notes which message announces the draft. The newest stays: an older one is gone by then."""
    request = lock_request(session, request_id)
    request.placeholder_ts = message_ts
    return request


def mark_failed(session: Session, request_id: str, error: str) -> None:
    """Gives the wish up, with the reason; a draft that was posted meanwhile stays posted."""
    request = lock_request(session, request_id)
    if request.state not in (RequestState.POSTED, RequestState.CANCELLED):
        request.state, request.error = RequestState.FAILED, error


def mark_cancelled(session: Session, request_id: str) -> bool:
    """Takes the wish back while nothing is written; False, and nothing changes, once a text is there."""
    request = lock_request(session, request_id)
    if request.state is RequestState.RECEIVED:
        request.state = RequestState.CANCELLED
    return request.state is RequestState.CANCELLED


def reopen_request(session: Session, request_id: str) -> DraftRequest | None:
    """Takes a wish up again that had failed; None for any other, which is under way or done."""
    request = lock_request(session, request_id)
    if request.state is not RequestState.FAILED:
        return None
    request.state, request.error = RequestState.RECEIVED, None
    return request


# Most writes about a request begin with it. Built once, as to build it takes longer than to run it.
_LOCKED = (
    select(DraftRequest)
    .where(DraftRequest.id == bindparam("request_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_request(session: Session, request_id: str) -> DraftRequest:
    """The wish, which no other transaction can change before this one ends.

    Raises NoResultFound for an id that was never recorded.
    """
    return session.exec(_LOCKED, params={"request_id": request_id}).one()
