"""A person's own drafts, found again by the words in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from evaluation.tables import Draft, DraftRequest

_ESCAPE = "\\"


@dataclass(frozen=True)
class OwnDraft:
    """Enough of a draft to recognise it and to go there."""

    label: str
    content_type: str
    topic: str
    created_at: datetime
    channel_id: str
    message_ts: str


def own_drafts(session: Session, requester_id: str, words: Sequence[str], limit: int) -> list[OwnDraft]:
    """The newest posted drafts of a person in which every word stands, in the topic or in the text.

    In any case of the ASCII letters. What was deleted in Slack or discarded is left out.
    """
    statement = (
        select(Draft, DraftRequest)
        .where(Draft.request_id == DraftRequest.id, DraftRequest.requester_id == requester_id)
        .where(
            col(Draft.message_ts).is_not(None),
            col(Draft.deleted_at).is_(None),
            col(Draft.discarded_at).is_(None),
        )
    )
    for word in words:
        pattern = f"%{_literal(word)}%"
        statement = statement.where(
            or_(
                col(DraftRequest.topic).ilike(pattern, escape=_ESCAPE),
                col(Draft.text).ilike(pattern, escape=_ESCAPE),
            )
        )
    newest = statement.order_by(col(Draft.created_at).desc(), col(Draft.id)).limit(limit)
    return [
        OwnDraft(
            draft.label,
            request.content_type,
            request.topic,
            draft.created_at,
            draft.channel_id,
            draft.message_ts,
        )
        for draft, request in session.exec(newest)
        if draft.channel_id is not None and draft.message_ts is not None
    ]


def _literal(word: str) -> str:
    """`word` without the wildcards of LIKE."""
    for character in (_ESCAPE, "%", "_"):
        word = word.replace(character, _ESCAPE + character)
    return word
