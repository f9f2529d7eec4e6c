"""Quality at the end of each week, with the band that holds at every look: one strip a model."""

from math import ceil, floor

from evaluation.analysis.document import ModelFigures
from evaluation.figures.card import Card, DrawnFigure, ends, open_card, place, table_of
from evaluation.figures.rows import write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.report_document import Report, WeekFigures
from evaluation.report_table import SCALE, format_interval
from evaluation.wording import count, in_a_row

TITLE = "Quality over the weeks"
STRIP_INCHES = 1.05
LEFT_INCHES = 0.45
MOST_MODELS = 8


def draw_weeks(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """The ranked models, best first, over the weeks of the report's history; None with fewer than two."""
    names = [line.model for line in report.ranked[:MOST_MODELS]]
    history = report.history
    if len(history) < 2 or not names:
        return None
    finding = write_finding(report)
    footnote = (
        f"Line: quality with all ratings until then. Band: what it may be at every look. "
        f"Dashed: {report.analysis.threshold:g}, what is required."
    )
    card = open_card(
        theme,
        TITLE,
        finding,
        footnote,
        STRIP_INCHES * len(names),
        left_inches=LEFT_INCHES,
        below_inches=0.05,
    )
    _draw_strips(card, names, history, report.analysis.threshold)
    table = table_of(
        ("week", "model", "quality", "anytime_low", "anytime_high", "n_ratings", "status"),
        (
            (week.week, line.model, line.quality, *ends(line.anytime_ci), line.n_ratings, line.status)
            for week in history
            for line in week.models
        ),
    )
    alt_text = f"Quality of each model over {len(history)} weeks, with bands. {finding}"
    return DrawnFigure("weeks", TITLE, card.png(), alt_text, table)


def write_finding(report: Report) -> str:
    """Whether the bands became narrower, and who moved."""
    first, last = report.history[0], report.history[-1]
    before = {line.model: line for line in first.models}
    moved = [
        f"{line.model} {earlier.quality:.1f} to {line.quality:.1f}"
        for line in last.models
        if line.rank_set
        and line.quality is not None
        and (earlier := before.get(line.model)) is not None
        and earlier.quality is not None
        and earlier.rank_set is not None
        and abs(line.quality - earlier.quality) >= 0.25
    ]
    weeks = count(len(report.history), "week")
    ratings = f"{first.n_ratings} to {count(last.n_ratings, 'rating')}"
    if not moved:
        return f"Over {weeks}, {ratings}, no model moved by a quarter of a point."
    return f"Over {weeks}, {ratings}: {in_a_row(moved)}."


def _draw_strips(card: Card, names: list[str], history: tuple[WeekFigures, ...], threshold: float) -> None:
    axes = card.axes
    axes.set_xlim(0, len(history) - 1)
    axes.set_ylim(card.plot_inches, 0)
    axes.set_yticks([])
    axes.set_xticks(range(len(history)), [week.week.partition("-")[2] for week in history])
    scale = _common_scale(names, history, threshold)
    for row, name in enumerate(names):
        lines = [_of(week, name) for week in history]
        write_row(card, row * STRIP_INCHES, name, _beside(lines[-1]))
        _draw_strip(card, row * STRIP_INCHES, lines, threshold, scale)


def _common_scale(
    names: list[str], history: tuple[WeekFigures, ...], threshold: float
) -> tuple[float, float]:
    """Whole scores around all bands, within the scale of scores."""
    bands = [
        line.anytime_ci
        for week in history
        for line in week.models
        if line.model in names and line.rank_set and line.anytime_ci
    ]
    low = min(threshold, *(band[0] for band in bands))
    high = max(threshold, *(band[1] for band in bands))
    return max(SCALE[0], floor(low)), min(SCALE[1], ceil(high))


def _draw_strip(
    card: Card,
    top_inches: float,
    lines: list[ModelFigures | None],
    threshold: float,
    scale: tuple[float, float],
) -> None:
    axes, theme = card.axes, card.theme
    bottom, top = top_inches + STRIP_INCHES - 0.1, top_inches + 0.35

    def height(quality: float) -> float:
        clipped = min(max(quality, scale[0]), scale[1])
        return bottom - (clipped - scale[0]) / (scale[1] - scale[0]) * (bottom - top)

    for score in scale:
        axes.axhline(height(score), color=theme.grid, linewidth=0.8, zorder=0)
        place(axes, f"{score:g}", -0.02, height(score), ha="right", color=theme.faint_ink)
    axes.axhline(height(threshold), color=theme.faint_ink, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0.5)
    known = [
        (week, line.quality, line.anytime_ci)
        for week, line in enumerate(lines)
        if line is not None and line.rank_set and line.quality is not None and line.anytime_ci is not None
    ]
    if not known:
        return
    weeks = [week for week, _, _ in known]
    axes.fill_between(
        weeks,
        [height(interval[0]) for _, _, interval in known],
        [height(interval[1]) for _, _, interval in known],
        color=theme.better, alpha=0.25, linewidth=0,
    )  # fmt: skip
    axes.plot(weeks, [height(quality) for _, quality, _ in known], color=theme.better, linewidth=2)
    week, quality, _ = known[-1]
    axes.plot(
        week,
        height(quality),
        "o",
        color=theme.better,
        markersize=7,
        markeredgecolor=theme.card,
        clip_on=False,
    )


def _beside(line: ModelFigures | None) -> str:
    if line is None or line.quality is None or line.anytime_ci is None:
        return ""
    return f"now {line.quality:.1f} ({format_interval(line.anytime_ci)})"


def _of(week: WeekFigures, name: str) -> ModelFigures | None:
    return next((line for line in week.models if line.model == name), None)
