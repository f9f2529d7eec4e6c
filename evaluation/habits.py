"""How one person rates beside the others: for that person alone, the others without names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, or_, select

from evaluation.tables import Draft, Rating

REQUIRED_RATERS: Final = 3
"""Below so many a range of the team would tell of single persons."""


@dataclass(frozen=True)
class Habits:
    """One rater's scores beside those that others gave the same drafts.

    `severity` is in points: above 0 is more generous than the others, with its 95 % interval. `agreement` is
    the correlation with the others' means, from −1 to 1. Both rest on `n_shared` drafts, and are None
    below five of them. `team_range` is the lowest and the highest severity in the team, None where fewer
    than three people have one.
    """

    n_scores: int = 0
    n_shared: int = 0
    severity: float | None = None
    severity_ci: tuple[float, float] | None = None
    agreement: float | None = None
    team_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class TeamHabits:
    """The habits of everybody, as of one state of the ratings."""

    of_raters: Mapping[str, Habits]

    def of(self, rater_id: str) -> Habits:
        return self.of_raters.get(rater_id, Habits())


def ratings_version(session: Session) -> tuple[int, datetime | None, int]:
    """Changes whenever a rating comes, changes or goes, or a draft does: what came before is out of date."""
    count, newest = session.exec(select(func.count(col(Rating.id)), func.max(Rating.updated_at))).one()
    gone = or_(col(Draft.deleted_at).is_not(None), col(Draft.discarded_at).is_not(None))
    return count, newest, session.exec(select(func.count(col(Draft.id))).where(gone)).one()


def read_habits(session: Session) -> TeamHabits:
    """The habits of all raters, from the same scores and by the same figures as the analysis.

    Linear in the number of scores.
    """
    from evaluation.analysis.checks import rater_figures  # slow to import, and not needed to connect
    from evaluation.analysis.database import read_observations

    lines = rater_figures(read_observations(session).observations)
    known = [line.severity for line in lines if line.severity is not None]
    team_range = (min(known), max(known)) if len(known) >= REQUIRED_RATERS else None
    return TeamHabits(
        {
            line.rater: Habits(
                n_scores=line.n,
                n_shared=line.n_shared,
                severity=line.severity,
                severity_ci=line.severity_ci,
                agreement=line.consistency,
                team_range=team_range,
            )
            for line in lines
        }
    )
