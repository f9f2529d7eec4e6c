"""The ranking: quality of each model with its intervals, and the line that a model must reach."""

from matplotlib.axes import Axes

from evaluation.analysis.document import Interval, ModelFigures
from evaluation.figures.card import Card, DrawnFigure, draw_required, ends, open_card, table_of
from evaluation.figures.rows import MARK_INCHES, ROW_INCHES, Ticks, draw_grid, open_rows, write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.report_document import ModelLine, Report
from evaluation.report_table import SCALE, Table, format_interval, format_quality, ranks_in_words
from evaluation.wording import count

TITLE = "How well each model writes, 1 to 10"
ACTIVITY_TITLE = "The week so far"
TICKS: Ticks = {float(score): str(score) for score in range(SCALE[0], SCALE[1] + 1)}
OTHER_ROW_INCHES = 0.36
MOST_ROWS = 12


def draw_ranking(report: Report, theme: Theme = LIGHT) -> DrawnFigure:
    """A forest plot of quality: any number of models, of which the first 12 appear.

    A row is a model: its name and figures, and below them its quality as a dot, the interval of this look
    as a thick bar and that of every look as a thin one, on the scale from 1 to 10. An interval that leaves
    the scale ends in an arrow. A model is coloured only where the report calls it best. A model without
    enough ratings has its count and no mark. The same report gives the same picture, 1,080 px wide.
    """
    rows = [(line, report.standing(line.model)) for line in report.models[:MOST_ROWS]]
    heights = [_row_inches(standing) for _, standing in rows]
    title = TITLE if report.analysis.overall else ACTIVITY_TITLE
    card = open_card(theme, title, report.headline, _footnote(report), max(OTHER_ROW_INCHES, sum(heights)))
    open_rows(card, SCALE[0] - 0.25, SCALE[1] + 0.25, TICKS if report.ranked else {})
    if report.ranked:
        draw_required(card, report.analysis.threshold)
    best = _called_best(report)
    top_inches = 0.0
    for (line, standing), height in zip(rows, heights, strict=True):
        colour = theme.better if line.model == best else theme.plain
        _draw_row(card, line, standing, top_inches, colour)
        top_inches += height
    return DrawnFigure("ranking", title, card.png(), report.alt_text, _table(report))


def _called_best(report: Report) -> str | None:
    """The leader, or the one that is better than all others though not shown to be good enough."""
    if not report.closed or len(report.ranked) < 2:
        return None
    best = report.ranked[0]
    return best.model if best.rank_set == (1, 1) else None


def _row_inches(standing: ModelFigures | None) -> float:
    return OTHER_ROW_INCHES if standing is None or standing.rank_set is None else ROW_INCHES


def _draw_row(
    card: Card, line: ModelLine, standing: ModelFigures | None, top_inches: float, colour: str
) -> None:
    axes, theme = card.axes, card.theme
    ranked = standing is not None and standing.rank_set is not None
    write_row(card, top_inches, line.model, _beside(line, standing), quiet=not ranked)
    if standing is None or standing.rank_set is None or standing.quality is None:
        return
    y = top_inches + MARK_INCHES
    draw_grid(card, top_inches, TICKS)
    if standing.anytime_ci is not None:
        _draw_interval(axes, standing.anytime_ci, y, colour)
    if standing.quality_ci is not None:
        low, high = (min(max(end, SCALE[0]), SCALE[1]) for end in standing.quality_ci)
        axes.plot([low, high], [y, y], color=colour, linewidth=5.5, alpha=0.55, solid_capstyle="butt")
    axes.plot(standing.quality, y, "o", color=colour, markersize=9, markeredgecolor=theme.card)


def _draw_interval(axes: Axes, interval: Interval, y: float, colour: str) -> None:
    low, high = max(interval[0], SCALE[0]), min(interval[1], SCALE[1])
    axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
    for end, leaves_scale, arrow in ((low, interval[0] < low, "<"), (high, interval[1] > high, ">")):
        axes.plot(end, y, arrow if leaves_scale else "|", color=colour, markersize=7, markeredgewidth=1.6)


def _beside(line: ModelLine, standing: ModelFigures | None) -> str:
    if standing is None:
        return f"{count(line.n_drafts, 'draft')}, {count(line.n_ratings, 'rating')}"
    if standing.rank_set is None or standing.anytime_ci is None:
        return format_quality(standing)
    interval = format_interval(standing.anytime_ci)
    return f"{standing.quality:.1f} ({interval}), {ranks_in_words(standing.rank_set)}"


def _footnote(report: Report) -> str:
    if not report.models:
        return "No model has written or been rated yet."
    n_left_out = len(report.models) - MOST_ROWS
    more = f" {n_left_out} more in the table." if n_left_out > 0 else ""
    if not report.analysis.overall:
        return f"What is known of the models stands in the report of the week, when it is over.{more}"
    if not report.ranked:
        return f"With 15 ratings by 3 people a model is ranked.{more}"
    return (
        f"Dot: quality. Thick bar: {report.analysis.confidence:.0%} interval at one look, thin bar: at every "
        f"weekly look. Dashed: {report.analysis.threshold:g}, what is required.{more}"
    )


def _table(report: Report) -> Table:
    header = (
        "model", "quality", "quality_low", "quality_high", "anytime_low", "anytime_high",
        "rank_low", "rank_high", "p_best", "status", "evidence", "n_ratings", "n_raters", "threshold",
    )  # fmt: skip
    return table_of(
        header,
        (
            (
                line.model, line.quality, *ends(line.quality_ci), *ends(line.anytime_ci),
                *ends(line.rank_set), line.p_best, line.status, line.evidence, line.n_ratings, line.n_raters,
                report.analysis.threshold,
            )
            for line in report.analysis.overall
        ),
    )  # fmt: skip
