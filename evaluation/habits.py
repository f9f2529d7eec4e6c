"""How one person rates beside the others: for that person alone, the others without names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from evaluation.tables import Rating

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


def ratings_version(session: Session) -> tuple[int, datetime | None]:
    """Changes whenever a rating comes, changes or goes: what was computed from another one is out of date."""
    count, newest = session.exec(select(func.count(col(Rating.id)), func.max(Rating.updated_at))).one()
    return count, newest


def read_habits(session: Session) -> TeamHabits:
    """The habits of all raters, from scores of others' drafts that nobody had changed.

    Linear in the number of scores.
    """
    import numpy as np

    from evaluation.statistics.severity import rater_severity

    rows = session.exec(
        select(Rating.draft_id, Rating.rater_id, Rating.score).where(
            col(Rating.score).is_not(None), ~col(Rating.own_request), ~col(Rating.after_edit)
        )
    ).all()
    if not rows:
        return TeamHabits({})
    draft_ids, rater_ids, scores = zip(*rows, strict=True)
    _, drafts = np.unique(draft_ids, return_inverse=True)
    names, raters = np.unique(rater_ids, return_inverse=True)
    lines = rater_severity(np.array(scores, dtype=np.float64), drafts, raters)
    known = [line.severity for line in lines if line.severity is not None]
    team_range = (min(known), max(known)) if len(known) >= REQUIRED_RATERS else None
    return TeamHabits(
        {
            str(names[line.rater]): Habits(
                n_scores=line.n,
                n_shared=line.n_shared,
                severity=line.severity,
                severity_ci=None
                if line.severity_low is None or line.severity_high is None
                else (line.severity_low, line.severity_high),
                agreement=line.consistency,
                team_range=team_range,
            )
            for line in lines
        }
    )
