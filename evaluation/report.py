"""build_report: the figures of one period, computed once and then only shown.

`period_figures` reads, this module computes and ranks, `findings` puts it into words,
`report_document` is what comes out.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
from sqlmodel import Session, col, func, select

from evaluation.errors import InvalidPeriod
from evaluation.findings import write_alt_text, write_caveats, write_headline
from evaluation.heuristics import composite
from evaluation.period_figures import (
    DraftFigures,
    RatingFigures,
    has_activity,
    read_draft_figures,
    read_rating_figures,
)
from evaluation.periods import Period, ReportSchedule, due_weeks
from evaluation.report_document import Counts, ModelLine, RatingStatus, Report
from evaluation.report_table import Table, report_table
from evaluation.statistics.mean_interval import REQUIRED_SCORES, MeanInterval, mean_interval
from evaluation.tables import Dimension, Draft, Rating, ReportRun

__all__ = ["Report", "Table", "build_report", "report_key", "report_table", "weeks_without_report"]

CONFIDENCE = 0.95


def build_report(
    session: Session, period: Period, now: datetime, closed: bool, key: str | None = None
) -> Report:
    """Compute the report of `period` from the rows that stand in the database.

    Reads only; the same rows and the same `now` give the same report. `closed` says that the
    week is over and its figures are final; a report that is not closed claims nothing. `key`
    defaults to `report_key`. A model with fewer than 5 scores has no mean, no interval and no
    rank. Linear in the drafts and ratings of the period, with four queries in all.

    Raises InvalidPeriod for a closed report of a week that is not over.
    """
    if closed and now < period.end:
        raise InvalidPeriod(
            f"{period.label} is not over before {period.end:%Y-%m-%d %H:%M} UTC. "
            "Ask for the week so far, or wait until then."
        )
    drafts = read_draft_figures(session, period)
    ratings = read_rating_figures(session, period)
    counts = Counts(
        drafts=sum(len(figures.latencies_seconds) for figures in drafts.values()),
        deleted_drafts=sum(figures.n_deleted for figures in drafts.values()),
        ratings=sum(figures.n_ratings for figures in ratings.values()),
        raters=len(set().union(*(figures.raters for figures in ratings.values()))),
    )
    models = _rank(
        _model_line(model, drafts.get(model, DraftFigures()), ratings.get(model, RatingFigures()))
        for model in drafts.keys() | ratings.keys()
    )
    headline = write_headline(period.label, closed, counts, models)
    return Report(
        key=key or report_key(period, now, closed),
        period=period.label,
        time_zone=period.time_zone,
        start=period.start,
        end=period.end,
        closed=closed,
        generated_at=now,
        confidence=CONFIDENCE,
        required_scores=REQUIRED_SCORES,
        counts=counts,
        models=models,
        headline=headline,
        caveats=write_caveats(closed, counts, models),
        alt_text=write_alt_text(headline, models),
    )


def report_key(period: Period, now: datetime, closed: bool) -> str:
    """What names a report: the label of a closed week, so that it exists once; else label and instant."""
    return period.label if closed else f"{period.label}@{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def weeks_without_report(session: Session, schedule: ReportSchedule, now: datetime) -> tuple[Period, ...]:
    """The closed weeks with drafts or ratings that are due and have no report row, oldest first.

    This is what a tick each minute asks. One query a week without a row, so next to none.
    """
    first_draft = session.exec(select(func.min(Draft.created_at))).one()
    first_rating = session.exec(select(func.min(Rating.updated_at))).one()
    first_activity = min((first for first in (first_draft, first_rating) if first), default=None)
    reported = set(session.exec(select(ReportRun.key).where(col(ReportRun.closed))))
    return tuple(
        week for week in due_weeks(schedule, first_activity, reported, now) if has_activity(session, week)
    )


def _model_line(model: str, drafts: DraftFigures, ratings: RatingFigures) -> ModelLine:
    interval = mean_interval(ratings.scores, CONFIDENCE)
    known = interval if isinstance(interval, MeanInterval) else None
    latencies = drafts.latencies_seconds
    return ModelLine(
        model=model,
        status=RatingStatus.ENOUGH if known else RatingStatus.NOT_ENOUGH_RATINGS,
        n_drafts=len(latencies),
        n_substitute_drafts=drafts.n_substitutes,
        n_scores=len(ratings.scores),
        n_raters=len(ratings.scoring_raters),
        mean_score=known.mean if known else None,
        ci_low=known.low if known else None,
        ci_high=known.high if known else None,
        thumbs_up=ratings.thumbs_up,
        thumbs_down=ratings.thumbs_down,
        heuristic_composite=composite(drafts.heuristics),
        heuristic_length=drafts.heuristics.get(Dimension.LENGTH),
        heuristic_vocabulary=drafts.heuristics.get(Dimension.VOCABULARY),
        heuristic_structure=drafts.heuristics.get(Dimension.STRUCTURE),
        heuristic_technical_depth=drafts.heuristics.get(Dimension.TECHNICAL_DEPTH),
        field_guide=drafts.heuristics.get(Dimension.FIELD_GUIDE),
        latency_mean_seconds=fmean(latencies) if latencies else None,
        latency_median_seconds=_quantile(latencies, 0.5),
        latency_p95_seconds=_quantile(latencies, 0.95),
        cost_mean_usd=drafts.energy.mean_usd,
        cost_total_usd=drafts.energy.total_usd,
        energy_source=drafts.energy.source,
    )


def _rank(lines: Iterable[ModelLine]) -> tuple[ModelLine, ...]:
    """Best mean first, equal means sharing the better rank (1, 1, 3); then those without a mean."""
    lines = sorted(lines, key=lambda line: (-(line.mean_score or 0), -line.n_scores, line.model))
    means = [line.mean_score for line in lines if line.mean_score is not None]
    return tuple(
        line
        if line.mean_score is None
        else line.model_copy(update={"rank": 1 + means.index(line.mean_score)})
        for line in lines
    )


def _quantile(latencies_seconds: list[float], share: float) -> float | None:
    """Linear between neighbours (Hyndman and Fan's type 7); None without drafts."""
    return float(np.quantile(latencies_seconds, share)) if latencies_seconds else None
