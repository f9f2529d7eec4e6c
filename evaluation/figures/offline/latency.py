"""How long a whole text took, one at a time, as a box for each model."""

from math import ceil, floor, log10
from typing import Final

from matplotlib.patches import Rectangle

from evaluation.figures.card import Card, DrawnFigure, open_card, table_of
from evaluation.figures.rows import MARK_INCHES, ROW_INCHES, Ticks, draw_grid, open_rows, write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.offline.document import Evaluation
from evaluation.report_table import format_seconds

TITLE = "How long a text took"
QUANTILES: Final = ("p05", "p25", "p50", "p75", "p95", "p99")
FOOTNOTE = (
    "Upright: median. Box: the middle half. Line: nine of ten. Ring: one in a hundred took longer. "
    "Each step is ten times as long."
)
MOST_ROWS = 12
HALF_BOX_INCHES = 0.085

Times = tuple[float, ...]


def draw_offline_latency(evaluation: Evaluation, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Box plots on a logarithmic scale, in the order of the evaluation; None where nothing was timed."""
    timed = find_times(evaluation)
    if not timed:
        return None
    rows = list(timed.items())[:MOST_ROWS]
    finding = write_finding(timed)
    card = open_card(theme, TITLE, finding, FOOTNOTE, ROW_INCHES * len(rows))
    seconds = [value for _, times in rows for value in times]
    ticks = _decades(min(seconds), max(seconds))
    open_rows(card, min(ticks) / 1.15, max(ticks) * 1.15, ticks, logarithmic=True)
    for place, (model, times) in enumerate(rows):
        _draw_row(card, model, times, place * ROW_INCHES, ticks)
    header = ("model", *(f"{quantile}_seconds" for quantile in QUANTILES))
    table = table_of(header, ((model, *times) for model, times in timed.items()))
    return DrawnFigure("latency", TITLE, card.png(), f"Times of each model's texts. {finding}", table)


def find_times(evaluation: Evaluation) -> dict[str, Times]:
    """The quantiles of each model that was timed; at least a millisecond, so that a logarithm exists."""
    found = {}
    for model in evaluation.models:
        times = [model.metrics.get(f"latency_{quantile}_seconds") for quantile in QUANTILES]
        known = tuple(max(time, 1e-3) for time in times if time is not None)
        if len(known) == len(QUANTILES):
            found[model.model] = known
    return found


def write_finding(timed: dict[str, Times]) -> str:
    """The fastest and the slowest by their medians."""
    median = QUANTILES.index("p50")
    fastest, slowest = (choose(timed, key=lambda model: timed[model][median]) for choose in (min, max))
    fast, slow = format_seconds(timed[fastest][median]), format_seconds(timed[slowest][median])
    if len(timed) == 1:
        return f"Half of {fastest}'s texts took at most {fast}."
    return f"{fastest} was the fastest, {fast} in the middle; {slowest} the slowest, {slow}."


def _draw_row(card: Card, model: str, times: Times, top_inches: float, ticks: Ticks) -> None:
    axes, theme = card.axes, card.theme
    low, lower, median, upper, high, longest = times
    write_row(
        card, top_inches, model, f"median {format_seconds(median)}, 1 in 20 over {format_seconds(high)}"
    )
    draw_grid(card, top_inches, ticks)
    y = top_inches + MARK_INCHES
    axes.plot([low, high], [y, y], color=theme.plain, linewidth=1.6, solid_capstyle="butt")
    box = (lower, y - HALF_BOX_INCHES)
    axes.add_patch(
        Rectangle(
            box, upper - lower, 2 * HALF_BOX_INCHES, facecolor=theme.card, edgecolor=theme.plain, lw=1.6
        )
    )
    axes.vlines(median, y - HALF_BOX_INCHES, y + HALF_BOX_INCHES, color=theme.ink, linewidth=2.4)
    axes.plot(longest, y, "o", markersize=5, markerfacecolor=theme.card, markeredgecolor=theme.plain)


def _decades(low: float, high: float) -> Ticks:
    """Powers of ten around what was measured, at least one step wide."""
    first, last = floor(log10(low)), ceil(log10(high))
    last = max(last, first + 1)
    return {10.0**power: format_seconds(10.0**power).replace(".0", "") for power in range(first, last + 1)}
