"""What editors set in Slack: every change is a row, and of one key the newest holds."""

from sqlmodel import Session, col, select

from evaluation.store.inserting import insert_once
from evaluation.tables import SettingChange


def newest_changes(session: Session) -> tuple[SettingChange, ...]:
    """The newest change of each key, also those that went back to copydesk.toml; in the order of the keys."""
    oldest_first = select(SettingChange).order_by(col(SettingChange.created_at), col(SettingChange.id))
    newest = {change.key: change for change in session.exec(oldest_first)}
    return tuple(newest[key] for key in sorted(newest))


def record_change(session: Session, change: SettingChange) -> bool:
    """Keeps a change; False for a delivery that is known already."""
    return insert_once(session, change, "delivery_key")
