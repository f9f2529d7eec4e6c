"""What happened in one period, arm by arm: four queries, however many drafts.

What counts when: a rating belongs to the period in which it was last given or changed, so
that Monday's score for Sunday's draft is not lost; drafts, speed, cost and heuristics belong
to the period in which the draft was written. Ratings of deleted drafts are left out, while
the work that a deleted draft took is not.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import fsum
from statistics import fmean
from typing import Protocol

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from evaluation.costs import ENERGY, MEASURED_METHOD
from evaluation.report_document import EnergySource
from evaluation.tables import CostEntry, Dimension, Draft, HeuristicScore, Rating


class Window(Protocol):
    """From `start` up to, but not including, `end`; a period is one."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


@dataclass
class EnergyFigures:
    """What the energy of one arm's drafts cost, and how many of them were metered."""

    amounts_usd: list[float] = field(default_factory=list)
    n_measured: int = 0
    n_declared: int = 0

    @property
    def total_usd(self) -> float | None:
        """None where no draft has an energy line: unknown, not free."""
        return fsum(self.amounts_usd) if self.amounts_usd else None

    @property
    def mean_usd(self) -> float | None:
        return fmean(self.amounts_usd) if self.amounts_usd else None

    @property
    def source(self) -> EnergySource | None:
        if self.n_measured and self.n_declared:
            return EnergySource.MIXED
        if self.n_measured:
            return EnergySource.MEASURED
        return EnergySource.DECLARED if self.n_declared else None


@dataclass
class DraftFigures:
    """What the drafts of one arm come to. `heuristics` are means over the drafts."""

    latencies_seconds: list[float] = field(default_factory=list)
    n_substitutes: int = 0
    n_deleted: int = 0
    heuristics: dict[Dimension, float] = field(default_factory=dict)
    energy: EnergyFigures = field(default_factory=EnergyFigures)


@dataclass
class RatingFigures:
    """What people said of the drafts of one arm."""

    raters: set[str] = field(default_factory=set)
    n_ratings: int = 0
    n_scores: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0


def read_draft_figures(session: Session, window: Window, arms: Mapping[str, str]) -> dict[str, DraftFigures]:
    """The drafts written in the window, by arm; `arms` names the arm of each draft by its id."""
    figures: dict[str, DraftFigures] = defaultdict(DraftFigures)
    _add_drafts(session, window, arms, figures)
    _add_heuristics(session, window, arms, figures)
    _add_costs(session, window, arms, figures)
    return figures


def read_rating_figures(
    session: Session, window: Window, arms: Mapping[str, str]
) -> dict[str, RatingFigures]:
    """The ratings given or changed in the window, by the arm that wrote the draft."""
    figures: dict[str, RatingFigures] = defaultdict(RatingFigures)
    rows = session.exec(
        select(Draft.id, Rating.rater_id, Rating.score, Rating.thumb)
        .join(Rating, col(Rating.draft_id) == col(Draft.id))
        .where(col(Rating.updated_at) >= window.start, col(Rating.updated_at) < window.end)
        .where(col(Draft.deleted_at).is_(None))
    )
    for draft_id, rater_id, score, thumb in rows:
        if draft_id not in arms:
            continue
        line = figures[arms[draft_id]]
        line.n_ratings += 1
        line.raters.add(rater_id)
        line.thumbs_up += thumb == 1
        line.thumbs_down += thumb == -1
        line.n_scores += score is not None
    return figures


def has_activity(session: Session, window: Window) -> bool:
    """Whether a draft was written or a rating given in the window."""
    rated = (col(Rating.updated_at) >= window.start) & (col(Rating.updated_at) < window.end)
    return any(
        session.exec(query.limit(1)).first() is not None
        for query in (select(Draft.id).where(_written_in(window)), select(Rating.id).where(rated))
    )


def _add_drafts(
    session: Session, window: Window, arms: Mapping[str, str], figures: dict[str, DraftFigures]
) -> None:
    rows = session.exec(
        select(Draft.id, Draft.latency_seconds, Draft.substitute_for, Draft.deleted_at).where(
            _written_in(window)
        )
    )
    for draft_id, latency_seconds, substitute_for, deleted_at in rows:
        if draft_id not in arms:
            continue
        line = figures[arms[draft_id]]
        line.latencies_seconds.append(latency_seconds)
        line.n_substitutes += substitute_for is not None
        line.n_deleted += deleted_at is not None


def _add_heuristics(
    session: Session, window: Window, arms: Mapping[str, str], figures: dict[str, DraftFigures]
) -> None:
    rows = session.exec(
        select(Draft.id, HeuristicScore.dimension, HeuristicScore.value)
        .join(HeuristicScore, col(HeuristicScore.draft_id) == col(Draft.id))
        .where(_written_in(window))
    )
    values: dict[tuple[str, Dimension], list[float]] = defaultdict(list)
    for draft_id, dimension, value in rows:
        if draft_id in arms:
            values[arms[draft_id], Dimension(dimension)].append(value)
    for (arm, dimension), found in values.items():
        figures[arm].heuristics[dimension] = fmean(found)


def _add_costs(
    session: Session, window: Window, arms: Mapping[str, str], figures: dict[str, DraftFigures]
) -> None:
    rows = session.exec(
        select(Draft.id, CostEntry.method, CostEntry.amount_usd)
        .join(CostEntry, col(CostEntry.draft_id) == col(Draft.id))
        .where(_written_in(window), col(CostEntry.kind) == ENERGY)
    )
    for draft_id, method, amount_usd in rows:
        if draft_id not in arms:
            continue
        costs = figures[arms[draft_id]].energy
        costs.amounts_usd.append(amount_usd)
        if method.startswith(MEASURED_METHOD):
            costs.n_measured += 1
        else:
            costs.n_declared += 1


def _written_in(window: Window) -> ColumnElement[bool]:
    return (col(Draft.created_at) >= window.start) & (col(Draft.created_at) < window.end)
