"""How strict each rater is, under letters."""

from math import ceil

from evaluation.analysis.document import RaterFigures
from evaluation.figures.card import Card, DrawnFigure, ends, open_card, table_of
from evaluation.figures.rows import MARK_INCHES, ROW_INCHES, Ticks, draw_grid, open_rows, write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.report_document import Report
from evaluation.wording import count

TITLE = "How strict raters are"
MOST_ROWS = 12
MOST_POINTS = 9
FOOTNOTE = (
    "Points above or below what the others give the same drafts, with the 95% interval. The ranking takes "
    "it out. Letters are drawn anew for each report."
)


def draw_severity(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Raters from lenient to strict, those whose drafts others scored too; None with fewer than two."""
    known = [line for line in report.analysis.agreement.raters if line.severity is not None]
    if len(known) < 2:
        return None
    known.sort(key=lambda line: -(line.severity or 0))
    rows = known[:MOST_ROWS]
    finding = write_finding(known)
    reach = _reach(rows)
    ticks = {float(points): _signed(points) for points in (-reach, 0, reach)}
    card = open_card(theme, TITLE, finding, FOOTNOTE, ROW_INCHES * len(rows))
    open_rows(card, -reach - 0.15, reach + 0.15, ticks)
    card.axes.axvline(0, color=theme.faint_ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0.5)
    for place, line in enumerate(rows):
        _draw_row(card, line, place * ROW_INCHES, reach, ticks)
    table = table_of(
        ("rater", "severity", "severity_low", "severity_high", "n_scores", "n_shared", "consistency"),
        (
            (line.rater, line.severity, *ends(line.severity_ci), line.n, line.n_shared, line.consistency)
            for line in known
        ),
    )
    return DrawnFigure("severity", TITLE, card.png(), f"{TITLE}. {finding}", table)


def write_finding(known: list[RaterFigures]) -> str:
    """The most lenient and the strictest."""
    lenient, strict = known[0], known[-1]
    if lenient.severity is None or strict.severity is None:
        return ""
    return (
        f"{lenient.rater} is the most lenient ({_signed(lenient.severity, 1)} points), "
        f"{strict.rater} the strictest ({_signed(strict.severity, 1)}), of {count(len(known), 'rater')}."
    )


def _reach(rows: list[RaterFigures]) -> int:
    farthest: float = max(
        abs(value) for line in rows for value in (line.severity or 0, *(line.severity_ci or ()))
    )
    return min(MOST_POINTS, max(1, ceil(farthest)))


def _draw_row(card: Card, line: RaterFigures, top_inches: float, reach: int, ticks: Ticks) -> None:
    axes, theme = card.axes, card.theme
    if line.severity is None:
        return
    write_row(card, top_inches, line.rater, f"{_signed(line.severity, 1)}, {count(line.n_shared, 'score')}")
    draw_grid(card, top_inches, ticks)
    y = top_inches + MARK_INCHES
    if line.severity_ci is not None:
        low, high = (min(max(end, -reach), reach) for end in line.severity_ci)
        axes.plot([low, high], [y, y], color=theme.plain, linewidth=2.4, solid_capstyle="butt")
    axes.plot(line.severity, y, "o", color=theme.plain, markersize=9, markeredgecolor=theme.card)


def _signed(points: float, digits: int = 0) -> str:
    return "0" if points == 0 else f"{points:+.{digits}f}".replace("-", "−")
