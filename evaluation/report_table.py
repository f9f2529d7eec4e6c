"""The report as one table of words, the same for Slack, MLflow and CSV."""

import csv
from io import StringIO
from typing import NamedTuple

from evaluation.report_document import ModelLine, Report

NOTHING = "–"
HEADER = (
    "Rank",
    "Model",
    "Mean score (95 %)",
    "Scores",
    "Raters",
    "Thumbs up/down",
    "Heuristics",
    "Field guide",
    "Median / p95 time",
    "Energy cost a draft",
    "Drafts",
)


class Table(NamedTuple):
    """A `header` and `rows` of as many cells each, all formatted for people."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> str:
        lines = StringIO(newline="")
        csv.writer(lines, lineterminator="\n").writerows((self.header, *self.rows))
        return lines.getvalue()


def report_table(report: Report) -> Table:
    """One row a model, in the report's order. What is not known is a dash, never 0."""
    return Table(HEADER, tuple(_row(line, report.required_scores) for line in report.models))


def format_mean_score(line: ModelLine, required_scores: int) -> str:
    """Mean and interval, `7.4 (6.6 to 8.2)`, or how far the model is from having them."""
    if line.mean_score is None or line.ci_low is None or line.ci_high is None:
        return f"not enough ratings ({line.n_scores} of {required_scores})"
    interval = f"{line.mean_score:.1f} ({line.ci_low:.1f} to {line.ci_high:.1f})"
    return interval.replace("-", "−")


def format_usd(amount_usd: float) -> str:
    """Dollars and cents; under ten cents three significant digits, never an exponent: $0.00000296."""
    if amount_usd == 0:
        return "$0"
    if amount_usd >= 0.1:
        return f"${amount_usd:,.2f}"
    power_of_ten = int(f"{amount_usd:.2e}".partition("e")[2])
    return f"${amount_usd:.{2 - power_of_ten}f}"


def format_seconds(seconds: float) -> str:
    """A duration at the precision that a person needs: 0.42 s, 3.1 s, 85 s."""
    return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _row(line: ModelLine, required_scores: int) -> tuple[str, ...]:
    return (
        str(line.rank) if line.rank is not None else NOTHING,
        line.model,
        format_mean_score(line, required_scores),
        str(line.n_scores),
        str(line.n_raters),
        f"{line.thumbs_up} / {line.thumbs_down}",
        _one_decimal(line.heuristic_composite),
        _one_decimal(line.field_guide),
        _latency(line),
        _cost(line),
        _drafts(line),
    )


def _latency(line: ModelLine) -> str:
    if line.latency_median_seconds is None or line.latency_p95_seconds is None:
        return NOTHING
    return f"{format_seconds(line.latency_median_seconds)} / {format_seconds(line.latency_p95_seconds)}"


def _cost(line: ModelLine) -> str:
    if line.cost_mean_usd is None or line.energy_source is None:
        return NOTHING
    return f"{format_usd(line.cost_mean_usd)} ({line.energy_source})"


def _drafts(line: ModelLine) -> str:
    if line.n_substitute_drafts == 0:
        return str(line.n_drafts)
    return f"{line.n_drafts} ({line.n_substitute_drafts} as substitute)"


def _one_decimal(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f}"
