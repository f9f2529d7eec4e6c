"""What the tables hold about one period, model by model: four queries, however many drafts.

What counts when: a rating belongs to the period in which it was last given or changed, so
that Monday's score for Sunday's draft is not lost; drafts, speed, cost and heuristics belong
to the period in which the draft was written. Ratings of deleted drafts are left out, while
the work that a deleted draft took is not.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from evaluation.costs import ENERGY, MEASURED_METHOD
from evaluation.periods import Period
from evaluation.report_document import EnergySource
from evaluation.tables import CostEntry, Dimension, Draft, HeuristicScore, Rating


@dataclass
class EnergyFigures:
    """What the energy of one model's drafts cost, and how many of them were metered."""

    amount_usd: float = 0.0
    n_measured: int = 0
    n_declared: int = 0

    @property
    def total_usd(self) -> float | None:
        """None where no draft has an energy line: unknown, not free."""
        return self.amount_usd if self.n_measured + self.n_declared else None

    @property
    def mean_usd(self) -> float | None:
        n_lines = self.n_measured + self.n_declared
        return self.amount_usd / n_lines if n_lines else None

    @property
    def source(self) -> EnergySource | None:
        if self.n_measured and self.n_declared:
            return EnergySource.MIXED
        if self.n_measured:
            return EnergySource.MEASURED
        return EnergySource.DECLARED if self.n_declared else None


@dataclass
class DraftFigures:
    """What the drafts of one model come to. `heuristics` are means over the drafts."""

    latencies_seconds: list[float] = field(default_factory=list)
    n_substitutes: int = 0
    n_deleted: int = 0
    heuristics: dict[Dimension, float] = field(default_factory=dict)
    energy: EnergyFigures = field(default_factory=EnergyFigures)


@dataclass
class RatingFigures:
    """What people said of the drafts of one model; `scoring_raters` gave the `scores`."""

    scores: list[int] = field(default_factory=list)
    scoring_raters: set[str] = field(default_factory=set)
    raters: set[str] = field(default_factory=set)
    n_ratings: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0


def read_draft_figures(session: Session, period: Period) -> Mapping[str, DraftFigures]:
    """The drafts written in the period, by model name."""
    figures: dict[str, DraftFigures] = defaultdict(DraftFigures)
    _add_drafts(session, period, figures)
    _add_heuristics(session, period, figures)
    _add_costs(session, period, figures)
    return figures


def read_rating_figures(session: Session, period: Period) -> Mapping[str, RatingFigures]:
    """The ratings given or changed in the period, by the model that wrote the draft."""
    figures: dict[str, RatingFigures] = defaultdict(RatingFigures)
    rows = session.exec(
        select(Draft.model_name, Rating.rater_id, Rating.score, Rating.thumb)
        .join(Rating, col(Rating.draft_id) == col(Draft.id))
        .where(col(Rating.updated_at) >= period.start, col(Rating.updated_at) < period.end)
        .where(col(Draft.deleted_at).is_(None))
    )
    for model, rater_id, score, thumb in rows:
        line = figures[model]
        line.n_ratings += 1
        line.raters.add(rater_id)
        line.thumbs_up += thumb == 1
        line.thumbs_down += thumb == -1
        if score is not None:
            line.scores.append(score)
            line.scoring_raters.add(rater_id)
    return figures


def has_activity(session: Session, period: Period) -> bool:
    """Whether a draft was written or a rating given in the period."""
    rated = (col(Rating.updated_at) >= period.start) & (col(Rating.updated_at) < period.end)
    return any(
        session.exec(query.limit(1)).first() is not None
        for query in (select(Draft.id).where(_written_in(period)), select(Rating.id).where(rated))
    )


def _add_drafts(session: Session, period: Period, figures: dict[str, DraftFigures]) -> None:
    rows = session.exec(
        select(Draft.model_name, Draft.latency_seconds, Draft.substitute_for, Draft.deleted_at).where(
            _written_in(period)
        )
    )
    for model, latency_seconds, substitute_for, deleted_at in rows:
        line = figures[model]
        line.latencies_seconds.append(latency_seconds)
        line.n_substitutes += substitute_for is not None
        line.n_deleted += deleted_at is not None


def _add_heuristics(session: Session, period: Period, figures: dict[str, DraftFigures]) -> None:
    rows = session.exec(
        select(Draft.model_name, HeuristicScore.dimension, func.avg(HeuristicScore.value))
        .join(HeuristicScore, col(HeuristicScore.draft_id) == col(Draft.id))
        .where(_written_in(period))
        .group_by(col(Draft.model_name), col(HeuristicScore.dimension))
    )
    for model, dimension, mean in rows:
        figures[model].heuristics[Dimension(dimension)] = float(mean)


def _add_costs(session: Session, period: Period, figures: dict[str, DraftFigures]) -> None:
    rows = session.exec(
        select(Draft.model_name, CostEntry.method, func.count(), func.sum(CostEntry.amount_usd))
        .join(CostEntry, col(CostEntry.draft_id) == col(Draft.id))
        .where(_written_in(period), col(CostEntry.kind) == ENERGY)
        .group_by(col(Draft.model_name), col(CostEntry.method))
    )
    for model, method, n_lines, amount_usd in rows:
        costs = figures[model].energy
        costs.amount_usd += float(amount_usd)
        if method.startswith(MEASURED_METHOD):
            costs.n_measured += n_lines
        else:
            costs.n_declared += n_lines


def _written_in(period: Period) -> ColumnElement[bool]:
    return (col(Draft.created_at) >= period.start) & (col(Draft.created_at) < period.end)
