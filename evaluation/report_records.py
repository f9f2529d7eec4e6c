"""What `report_table` shows, as numbers: for a spreadsheet, for MLflow, for another program."""

from typing import Final

from evaluation.analysis.document import ModelFigures
from evaluation.records import Cell, Records
from evaluation.report_document import ModelLine, Report

HEADER: Final = (
    "period",
    "model",
    "rank_low",
    "rank_high",
    "quality",
    "anytime_low",
    "anytime_high",
    "chance_to_be_best",
    "standing",
    "evidence",
    "ratings",
    "raters",
    "period_drafts",
    "period_substitute_drafts",
    "period_ratings",
    "period_latency_median_seconds",
    "period_latency_p95_seconds",
    "period_energy_usd_per_draft",
    "period_energy_source",
)


def report_records(report: Report) -> Records:
    """One row a model, in the report's order, always with all columns.

    A model without enough ratings has no rank, quality, interval or chance, here as everywhere.
    """
    return Records(
        HEADER,
        tuple(
            (report.period, line.model, *_known(report.standing(line.model)), *_of_period(line))
            for line in report.models
        ),
    )


def _known(standing: ModelFigures | None) -> tuple[Cell, ...]:
    if standing is None:
        return (None,) * 10
    ranked: tuple[Cell, ...] = (None,) * 6
    if standing.rank_set is not None:
        interval = standing.anytime_ci or (None, None)
        ranked = (*standing.rank_set, standing.quality, *interval, standing.p_best)
    return (*ranked, standing.status, standing.evidence, standing.n_ratings, standing.n_raters)


def _of_period(line: ModelLine) -> tuple[Cell, ...]:
    return (
        line.n_drafts,
        line.n_substitute_drafts,
        line.n_ratings,
        line.latency_median_seconds,
        line.latency_p95_seconds,
        line.cost_mean_usd,
        line.energy_source.value if line.energy_source is not None else None,
    )
