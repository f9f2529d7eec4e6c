"""House styles: how a workspace wants all texts to be, each change kept as a new version."""

from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from evaluation.tables import HouseStyle

VERSION_DIGITS = 12


def house_style(session: Session, team_id: str) -> HouseStyle | None:
    """The style that holds now; None where nobody wrote one, or the last one was emptied."""
    newest = _newest(session, team_id)
    return newest if newest is not None and newest.text else None


def newest_styles(session: Session) -> tuple[str, ...]:
    """The style that holds now in each workspace that has one."""
    teams = session.exec(select(HouseStyle.team_id).distinct().order_by(HouseStyle.team_id))
    held = (house_style(session, team_id) for team_id in teams.all())
    return tuple(style.text for style in held if style is not None)


def save_house_style(
    session: Session, team_id: str, text: str, author_id: str, now: datetime
) -> HouseStyle | None:
    """Keeps a new version unless it is what holds already; an empty text means none. Returns what holds."""
    newest = _newest(session, team_id)
    if text != (newest.text if newest is not None else ""):
        session.add(
            HouseStyle(
                team_id=team_id, version=style_version(text), text=text, author_id=author_id, created_at=now
            )
        )
        session.flush()
    return house_style(session, team_id)


def style_version(text: str) -> str:
    """Twelve hexadecimal digits: the same text has the same version, whoever wrote it when."""
    return sha256(text.encode()).hexdigest()[:VERSION_DIGITS]


def _newest(session: Session, team_id: str) -> HouseStyle | None:
    statement = select(HouseStyle).where(HouseStyle.team_id == team_id)
    return session.exec(
        statement.order_by(col(HouseStyle.created_at).desc(), col(HouseStyle.id).desc())
    ).first()
