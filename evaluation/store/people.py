"""What is kept about one person: what they have been told, and how much they have done."""

from datetime import datetime

from sqlmodel import Session, func, select

from evaluation.store.inserting import insert_once
from evaluation.tables import DraftRequest, Notice, Rating


def was_told(session: Session, user_id: str, subject: str) -> bool:
    """Whether `tell_once` noted this for this person."""
    told = select(Notice.id).where(Notice.user_id == user_id, Notice.subject == subject)
    return session.exec(told).first() is not None


def tell_once(session: Session, user_id: str, subject: str, now: datetime) -> bool:
    """True the first time that this person is to be told of this subject, then False for ever."""
    notice = Notice(user_id=user_id, subject=subject, created_at=now)
    return insert_once(session, notice, "user_id", "subject")


def numbers_of(session: Session, user_id: str) -> tuple[int, int]:
    """How many drafts a person has asked for, and how many they rate now."""
    asked = session.exec(select(func.count()).where(DraftRequest.requester_id == user_id)).one()
    rated = session.exec(select(func.count()).where(Rating.rater_id == user_id)).one()
    return asked, rated
