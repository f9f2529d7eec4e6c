"""DraftRequests: wishes, each recorded once, and how far they have come."""

from sqlmodel import Session, col, select

from evaluation.store.inserting import insert_once
from evaluation.tables import DraftRequest, RequestState


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
    unfinished = (RequestState.RECEIVED, RequestState.WRITTEN)
    statement = select(DraftRequest).where(col(DraftRequest.state).in_(unfinished))
    return list(session.exec(statement.order_by(col(DraftRequest.created_at), col(DraftRequest.id))))


def mark_failed(session: Session, request_id: str, error: str) -> None:
    """Gives the wish up, with the reason; a draft that was posted meanwhile stays posted."""
    request = lock_request(session, request_id)
    if request.state is not RequestState.POSTED:
        request.state, request.error = RequestState.FAILED, error


def lock_request(session: Session, request_id: str) -> DraftRequest:
    """The wish, which no other transaction can change before this one ends.

    Raises NoResultFound for an id that was never recorded.
    """
    statement = select(DraftRequest).where(DraftRequest.id == request_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()
