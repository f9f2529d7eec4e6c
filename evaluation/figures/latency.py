"""How long a draft took this week, model by model."""

from math import ceil, floor, log10

from evaluation.figures.card import Card, DrawnFigure, open_card, table_of
from evaluation.figures.rows import MARK_INCHES, ROW_INCHES, Ticks, draw_grid, open_rows, write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.report_document import LATENCY_SHARES, ModelLine, Report
from evaluation.report_table import format_seconds

TITLE = "How long a draft took this week"
MOST_ROWS = 12
FOOTNOTE = (
    "Upright: median. Thick bar: half of the drafts. Thin bar: nine of ten. Each step is ten times as long."
)


def draw_latency(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Quantiles of each model's times on a logarithmic scale; None in a week without drafts."""
    timed = [line for line in report.models if line.latency_quantiles_seconds]
    if not timed:
        return None
    rows = timed[:MOST_ROWS]
    finding = write_finding(timed)
    card = open_card(theme, TITLE, finding, FOOTNOTE, ROW_INCHES * len(rows))
    seconds = [max(value, 1e-3) for line in rows for value in line.latency_quantiles_seconds or ()]
    ticks = _decades(min(seconds), max(seconds))
    open_rows(card, min(ticks) / 1.15, max(ticks) * 1.15, ticks, logarithmic=True)
    for place, line in enumerate(rows):
        _draw_row(card, line, place * ROW_INCHES, ticks)
    header = ("model", "n_drafts", *(f"p{100 * share:02.0f}_seconds" for share in LATENCY_SHARES))
    table = table_of(
        header, ((line.model, line.n_drafts, *(line.latency_quantiles_seconds or ())) for line in timed)
    )
    alt_text = f"Times of each model's drafts. {finding}"
    return DrawnFigure("latency", TITLE, card.png(), alt_text, table)


def write_finding(lines: list[ModelLine]) -> str:
    """The fastest and the slowest by their medians."""
    known = [
        (line.latency_median_seconds, line.model) for line in lines if line.latency_median_seconds is not None
    ]
    (fast, fastest), (slow, slowest) = min(known), max(known)
    if len(known) == 1:
        return f"Half of {fastest}'s drafts took at most {format_seconds(fast)}."
    return (
        f"{fastest} was the fastest, {format_seconds(fast)} in the middle; "
        f"{slowest} the slowest, {format_seconds(slow)}."
    )


def _draw_row(card: Card, line: ModelLine, top_inches: float, ticks: Ticks) -> None:
    axes, theme = card.axes, card.theme
    low, lower, median, upper, high = (max(value, 1e-3) for value in line.latency_quantiles_seconds or ())
    beside = f"median {format_seconds(median)}, 1 in 20 over {format_seconds(high)}"
    write_row(card, top_inches, line.model, beside)
    draw_grid(card, top_inches, ticks)
    y = top_inches + MARK_INCHES
    axes.plot([low, high], [y, y], color=theme.plain, linewidth=1.6, solid_capstyle="butt")
    axes.plot([lower, upper], [y, y], color=theme.plain, linewidth=8, alpha=0.6, solid_capstyle="butt")
    axes.plot(median, y, "|", color=theme.ink, markersize=13, markeredgewidth=2.4)


def _decades(low: float, high: float) -> Ticks:
    """Powers of ten around what was measured, at least one step wide."""
    first, last = floor(log10(low)), ceil(log10(high))
    last = max(last, first + 1)
    return {10.0**power: format_seconds(10.0**power).replace(".0", "") for power in range(first, last + 1)}
