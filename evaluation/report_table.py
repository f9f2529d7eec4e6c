"""The report as one table of words, the same for Slack, MLflow and CSV."""

import csv
from io import StringIO
from itertools import compress
from typing import NamedTuple

from evaluation.analysis.document import Interval, ModelFigures
from evaluation.report_document import ModelLine, Report

NOTHING = "–"
HEADER = (
    "Rank",
    "Model",
    "Quality, 1 to 10",
    "At every look",
    "Chance to be best",
    "Standing",
    "Evidence",
    "Ratings",
    "Raters",
    "Drafts",
    "New ratings",
    "Median / p95 time",
    "Energy cost a draft",
)

SCALE = (1, 10)
"""Of people's scores, and of quality."""

NAMING = 2
"""Rank and model stand in every table."""

STANDINGS = {
    "qualified": "good enough",
    "undecided": "undecided",
    "below": "not good enough",
    "insufficient": "too few ratings",
}


class Table(NamedTuple):
    """A `header` and `rows` of as many cells each, all formatted for people."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> str:
        lines = StringIO(newline="")
        csv.writer(lines, lineterminator="\n").writerows((self.header, *self.rows))
        return lines.getvalue()


def report_table(report: Report) -> Table:
    """One row a model, in the report's order: what is known of it, then what it did in the period.

    What is not known is a dash, never 0; a column of dashes is left out, but for rank and model.
    """
    rows = [_row(line, report.standing(line.model)) for line in report.models]
    known = [
        column < NAMING or not rows or any(row[column] != NOTHING for row in rows)
        for column in range(len(HEADER))
    ]
    header, *rows = (tuple(compress(row, known)) for row in (HEADER, *rows))
    return Table(header, tuple(rows))


def ranks_in_words(ranks: tuple[int, int]) -> str:
    """The ranks that cannot be excluded: `1st`, `2nd to 4th`."""
    low, high = ranks
    return _ordinal(low) if low == high else f"{_ordinal(low)} to {_ordinal(high)}"


def format_quality(line: ModelFigures) -> str:
    """`7.4`, or how far the model is from having a figure that deserves to be read."""
    if line.quality is None or line.rank_set is None:
        return f"not enough ratings ({line.n_ratings})"
    return f"{line.quality:.1f}"


def format_interval(interval: Interval | None) -> str:
    """An interval of quality, `6.8 to 9.4`, cut to the scale: there is no quality outside it."""
    if interval is None:
        return NOTHING
    low, high = (min(max(end, SCALE[0]), SCALE[1]) for end in interval)
    return f"{low:.1f} to {high:.1f}"


def format_chance(chance: float | None) -> str:
    """`71%`; `>99%` and `<1%`, because nothing here is certain."""
    if chance is None:
        return NOTHING
    return "<1%" if chance < 0.005 else ">99%" if chance > 0.995 else f"{chance:.0%}"


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


def _row(line: ModelLine, standing: ModelFigures | None) -> tuple[str, ...]:
    known = (NOTHING,) * 8 if standing is None else _known(standing)
    return (
        known[0],
        line.model,
        *known[1:],
        _drafts(line),
        str(line.n_ratings),
        _latency(line),
        _cost(line),
    )


def _known(standing: ModelFigures) -> tuple[str, ...]:
    ranked = standing.rank_set is not None
    return (
        ranks_in_words(standing.rank_set) if standing.rank_set else NOTHING,
        format_quality(standing),
        format_interval(standing.anytime_ci) if ranked else NOTHING,
        format_chance(standing.p_best) if ranked else NOTHING,
        STANDINGS[standing.status],
        standing.evidence,
        f"{standing.n_ratings:,}",
        f"{standing.n_raters:,}",
    )


def _ordinal(rank: int) -> str:
    teens = rank % 100 in (11, 12, 13)
    return f"{rank}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(rank % 10, 'th')}"


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
