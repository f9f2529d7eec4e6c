"""build_report: the figures of one period, computed once and then only shown.

What is known of the models comes from `evaluation.analysis` and nowhere else; `period_figures` reads what
happened in the period, arm by arm; `findings` puts both into words, `report_document` is what comes out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import fmean

import numpy as np
from sqlmodel import Session, col, func, select

from evaluation.analysis.document import Analysis
from evaluation.analysis.options import Options
from evaluation.analysis.renaming import renamed
from evaluation.costs.assumptions import CostAssumptions
from evaluation.costs.report import build_cost_report
from evaluation.errors import InvalidPeriod
from evaluation.findings import in_words
from evaluation.heuristics import composite
from evaluation.lettering import lettered
from evaluation.period_figures import (
    DraftFigures,
    RatingFigures,
    has_activity,
    read_draft_figures,
    read_rating_figures,
)
from evaluation.periods import Period, ReportSchedule, due_weeks
from evaluation.report_document import LATENCY_SHARES, Counts, ModelLine, Report, WeekFigures
from evaluation.tables import Dimension, Draft, Rating, ReportRun

HISTORY_WEEKS = 8


def build_report(
    session: Session,
    period: Period,
    now: datetime,
    closed: bool,
    key: str | None = None,
    options: Options | None = None,
    assumptions: CostAssumptions | None = None,
) -> Report:
    """Compute the report of `period` from the rows that stand in the database.

    Reads only; the same rows and the same `now` give the same report. `closed` says that the week is over
    and its figures are final; a report that is not closed claims nothing and has no history. `key` defaults
    to `report_key`. Raters appear as letters, the most lenient first. With `assumptions` the costs of the
    period are part of it.

    Linear in the drafts and ratings: eleven queries and one analysis, and of a closed week seven queries
    and one analysis more for each of the up to seven weeks before it.

    Raises InvalidPeriod for a closed report of a week that is not over.
    """
    if closed and now < period.end:
        raise InvalidPeriod(
            f"{period.label} is not over before {period.end:%Y-%m-%d %H:%M} UTC. "
            "Ask for the week so far, or wait until then."
        )
    until = period.end if closed else min(now, period.end)
    options = options or Options()
    arm_labels, known = _analyze_until(session, until, options)
    analysis = _without_rater_ids(known)
    counts, models = _read_activity(session, replace(period, end=until), arm_labels)
    return in_words(
        Report(
            key=key or report_key(period, now, closed),
            period=period.label,
            time_zone=period.time_zone,
            start=period.start,
            end=period.end,
            closed=closed,
            generated_at=now,
            until=until,
            counts=counts,
            models=_in_order_of(analysis, models),
            analysis=analysis,
            history=_history(session, period, analysis, options) if closed else (),
            costs=build_cost_report(session, period, assumptions, now) if assumptions else None,
            headline="",
            caveats=(),
            alt_text="",
        )
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


def _analyze_until(session: Session, until: datetime, options: Options) -> tuple[Mapping[str, str], Analysis]:
    """The arm of every draft, and the analysis of all that was judged before `until`.

    The statistics are loaded here, at the first report: that takes longer than the rest of starting.
    """
    from evaluation.analysis.analyze import analyze
    from evaluation.analysis.database import read_observations

    found = read_observations(session, until)
    return found.arm_labels, analyze(found.observations, options, found.source)


def _without_rater_ids(analysis: Analysis) -> Analysis:
    """Letters in the order of severity: a report tells of habits, not of persons."""
    raters = sorted(
        analysis.agreement.raters,
        key=lambda line: (line.severity is None, -(line.severity or 0), line.rater),
    )
    flagged = (line.rater for line in analysis.checks.flagged_raters)
    names = dict.fromkeys([*(line.rater for line in raters), *flagged])
    return renamed(analysis, raters=lettered(tuple(names), "Rater"))


def _read_activity(
    session: Session, window: Period, arms: Mapping[str, str]
) -> tuple[Counts, dict[str, ModelLine]]:
    drafts = read_draft_figures(session, window, arms)
    ratings = read_rating_figures(session, window, arms)
    counts = Counts(
        drafts=sum(len(figures.latencies_seconds) for figures in drafts.values()),
        deleted_drafts=sum(figures.n_deleted for figures in drafts.values()),
        ratings=sum(figures.n_ratings for figures in ratings.values()),
        raters=len(set().union(*(figures.raters for figures in ratings.values()))),
    )
    return counts, {
        arm: _model_line(arm, drafts.get(arm, DraftFigures()), ratings.get(arm, RatingFigures()))
        for arm in drafts.keys() | ratings.keys()
    }


def _in_order_of(analysis: Analysis, active: Mapping[str, ModelLine]) -> tuple[ModelLine, ...]:
    """Ranked models first, then the others by quality, then those of which nothing is known."""
    order = [line.model for line in sorted(analysis.overall, key=lambda line: line.rank_set is None)]
    unknown = sorted(active.keys() - set(order))
    return tuple(
        active.get(model) or _model_line(model, DraftFigures(), RatingFigures())
        for model in (*order, *unknown)
    )


def _history(
    session: Session, period: Period, analysis: Analysis, options: Options
) -> tuple[WeekFigures, ...]:
    """The ranking at the end of this week and of those before it, as today's rows tell it."""
    options = replace(options, permutations=False)
    first_draft = min((arm.since for arm in analysis.source.arms), default=None) if analysis.source else None
    weeks = [_week_figures(period, analysis)]
    week = Period.containing(period.start - timedelta(hours=1), period.time_zone)
    while first_draft is not None and week.end > first_draft and len(weeks) < HISTORY_WEEKS:
        weeks.append(_week_figures(week, _analyze_until(session, week.end, options)[1]))
        week = Period.containing(week.start - timedelta(hours=1), week.time_zone)
    return tuple(reversed(weeks))


def _week_figures(week: Period, analysis: Analysis) -> WeekFigures:
    decided = (
        (pair.a, pair.b) if pair.verdict == "a_better" else (pair.b, pair.a)
        for pair in analysis.comparisons
        if pair.verdict in ("a_better", "b_better")
    )
    return WeekFigures(
        week=week.label,
        end=week.end,
        n_ratings=analysis.n_ratings,
        leader=analysis.leader,
        models=analysis.overall,
        decided=tuple(decided),
        heuristics={
            line.dimension: line.correlation for line in analysis.heuristics if line.content_type is None
        },
    )


def _model_line(arm: str, drafts: DraftFigures, ratings: RatingFigures) -> ModelLine:
    latencies = drafts.latencies_seconds
    # Linear between neighbours: Hyndman and Fan's type 7.
    quantiles = tuple(np.quantile(latencies, LATENCY_SHARES).tolist()) if latencies else None
    return ModelLine(
        model=arm,
        n_drafts=len(latencies),
        n_substitute_drafts=drafts.n_substitutes,
        n_ratings=ratings.n_ratings,
        n_scores=ratings.n_scores,
        n_raters=len(ratings.raters),
        thumbs_up=ratings.thumbs_up,
        thumbs_down=ratings.thumbs_down,
        heuristic_composite=composite(drafts.heuristics),
        heuristic_length=drafts.heuristics.get(Dimension.LENGTH),
        heuristic_vocabulary=drafts.heuristics.get(Dimension.VOCABULARY),
        heuristic_structure=drafts.heuristics.get(Dimension.STRUCTURE),
        heuristic_technical_depth=drafts.heuristics.get(Dimension.TECHNICAL_DEPTH),
        field_guide=drafts.heuristics.get(Dimension.FIELD_GUIDE),
        latency_mean_seconds=fmean(latencies) if latencies else None,
        latency_median_seconds=quantiles[LATENCY_SHARES.index(0.5)] if quantiles else None,
        latency_p95_seconds=quantiles[LATENCY_SHARES.index(0.95)] if quantiles else None,
        latency_quantiles_seconds=quantiles,
        cost_mean_usd=drafts.energy.mean_usd,
        cost_total_usd=drafts.energy.total_usd,
        energy_source=drafts.energy.source,
    )
