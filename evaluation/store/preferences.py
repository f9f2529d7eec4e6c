"""Whether and when a person is asked for ratings."""

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from evaluation.store.inserting import insert_once
from evaluation.tables import Notice, RaterPreference

MESSAGE_SUBJECT = "audit_message."
WEEK = timedelta(days=7)


def preference_of(session: Session, rater_id: str) -> RaterPreference | None:
    """What a person said about being asked; None where they said nothing."""
    return session.exec(select(RaterPreference).where(RaterPreference.rater_id == rater_id)).one_or_none()


def save_preference(session: Session, preference: RaterPreference) -> RaterPreference:
    """Keeps what a person wants from now on; when they were last written to stays."""
    insert_once(session, preference, "rater_id")
    statement = select(RaterPreference).where(RaterPreference.rater_id == preference.rater_id)
    kept = session.exec(statement.with_for_update().execution_options(populate_existing=True)).one()
    for name in ("audits_on", "message_hour", "time_zone", "messages_per_week", "updated_at"):
        setattr(kept, name, getattr(preference, name))
    session.add(kept)
    session.flush()
    return kept


def raters_to_write_to(session: Session) -> list[RaterPreference]:
    """Everybody who wants direct messages about drafts that wait for them."""
    return list(
        session.exec(
            select(RaterPreference)
            .where(col(RaterPreference.audits_on), col(RaterPreference.message_hour).is_not(None))
            .order_by(col(RaterPreference.rater_id))
        )
    )


def claim_message(session: Session, rater_id: str, today: date, per_week: int, now: datetime) -> bool:
    """Notes that this rater is written to on this day of theirs: True once, to whoever then writes.

    False also where their week is full; a week is any seven days in a row. Noted before it is sent: a message
    that gets lost is missed less than one that comes twice.
    """
    first = MESSAGE_SUBJECT + (today - WEEK + timedelta(days=1)).isoformat()
    subject = MESSAGE_SUBJECT + today.isoformat()
    earlier = select(func.count()).where(
        Notice.user_id == rater_id, col(Notice.subject) >= first, col(Notice.subject) < subject
    )
    preference = preference_of(session, rater_id)
    if preference is None or session.exec(earlier).one() >= per_week:
        return False
    notice = Notice(user_id=rater_id, subject=subject, created_at=now)
    if not insert_once(session, notice, "user_id", "subject"):
        return False
    preference.last_message_at = now
    session.add(preference)
    return True
