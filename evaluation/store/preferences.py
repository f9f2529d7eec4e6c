"""Whether and when a person is asked for ratings, and what editors set in Slack."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from evaluation.store.inserting import insert_once
from evaluation.tables import Notice, RaterPreference, SettingChange

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
    """Notes that this rater is written to on this day of theirs; False where their week is full.

    True again for a day that is claimed already: whoever claimed it may have ended before they wrote. A week
    is any seven days in a row.
    """
    since = MESSAGE_SUBJECT + (today - WEEK + timedelta(days=1)).isoformat()
    until = MESSAGE_SUBJECT + today.isoformat()
    others = select(func.count()).where(
        Notice.user_id == rater_id, col(Notice.subject) >= since, col(Notice.subject) < until
    )
    if session.exec(others).one() >= per_week:
        return False
    insert_once(session, Notice(user_id=rater_id, subject=until, created_at=now), "user_id", "subject")
    return True


def mark_written_to(session: Session, rater_id: str, at: datetime) -> None:
    """Notes that the direct message has arrived."""
    preference = preference_of(session, rater_id)
    if preference is not None:
        preference.last_message_at = at
        session.add(preference)
        session.flush()


def setting(session: Session, key: str) -> Any:
    """What editors set for a key such as "workspace.reveal"; None where copydesk.toml holds."""
    newest = select(SettingChange).where(SettingChange.key == key)
    change = session.exec(
        newest.order_by(col(SettingChange.created_at).desc(), col(SettingChange.id).desc())
    ).first()
    return None if change is None else change.value
