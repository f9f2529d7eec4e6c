"""The picture of a report: models ranked by mean score, each with its interval, as a PNG.

`python -m evaluation.figures < report.json > ranking.png` draws it in a process of its own,
so that the bot never imports matplotlib. Figures are made without pyplot: no global state.
"""

import sys
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from evaluation.errors import InvalidReport
from evaluation.findings import find_separated
from evaluation.report_document import ModelLine, Report
from evaluation.report_table import format_mean_score

# Slack shows a picture about 360 px wide. At 4.5 inches that is 80 px an inch, so 10 points
# come to 11 px, about the smallest size that is read without effort.
WIDTH_INCHES = 4.5
MARGIN_INCHES = 0.25
RATED_ROW_INCHES = 0.62
UNRATED_ROW_INCHES = 0.36
LINE_INCHES = 0.19
DOTS_PER_INCH = 240
TEXT_POINTS = 10
TITLE_POINTS = 12.5
MOST_ROWS = 12
MOST_LINES = 5
LINE_CHARACTERS = 54
SCALE = (1, 10)

# An opaque card reads on a dark page as on a light one. The two hues of the marks are told
# apart with any colour vision (Okabe and Ito 2008), and by lightness alone.
CARD = "#fbfaf7"
INK = "#1d1c1d"
FAINT_INK = "#5c5a57"
GRID = "#dcd8d0"
BETTER = "#0072b2"
PLAIN = "#55606e"


@dataclass(frozen=True)
class DrawnFigure:
    """A picture and what it shows, for somebody who cannot see it."""

    png: bytes
    alt_text: str


def draw_ranking(report: Report) -> DrawnFigure:
    """Draw the ranking of a report: any number of models, of which the first 12 appear.

    A row is a model: its name and figures, and below them its interval with the mean as a dot,
    on the scale from 1 to 10. An interval that leaves the scale ends in an arrow. A model is
    coloured only where the report calls it better. A model without enough ratings has its
    count and no mark. The same report gives the same picture, 1,080 px wide.
    """
    with style.context("default"):  # a matplotlibrc of this machine's user must not change it
        figure = _ranking(report)
        png = BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    return DrawnFigure(png.getvalue(), report.alt_text)


def main() -> int:
    """Report JSON on standard input, PNG on standard output; 1 and a sentence where it is no report."""
    try:
        report = Report.from_json(sys.stdin.buffer.read())
    except InvalidReport as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.buffer.write(draw_ranking(report).png)
    return 0


def _ranking(report: Report) -> Figure:
    rows = report.models[:MOST_ROWS]
    headline = _lines(report.headline)
    footnote = _footnote(report)
    head_inches = 0.58 + LINE_INCHES * len(headline)
    foot_inches = 0.42 + LINE_INCHES * len(footnote)
    plot_inches = max(UNRATED_ROW_INCHES, sum(_row_inches(line) for line in rows))
    height_inches = head_inches + plot_inches + foot_inches

    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, facecolor=CARD)
    _write(figure, "People's mean score, 1 to 10", 0.18, color=INK, fontsize=TITLE_POINTS, weight="bold")
    _write(figure, "\n".join(headline), 0.46, color=FAINT_INK, fontsize=TEXT_POINTS)
    _write(
        figure, "\n".join(footnote), height_inches - foot_inches + 0.3, color=FAINT_INK, fontsize=TEXT_POINTS
    )
    margin = MARGIN_INCHES / WIDTH_INCHES
    axes = figure.add_axes((margin, foot_inches / height_inches, 1 - 2 * margin, plot_inches / height_inches))
    _draw_scale(axes, plot_inches, with_numbers=any(line.rank is not None for line in rows))

    separated = find_separated(report.models) if report.closed else None
    top_inches = 0.0
    for line in rows:
        colour = BETTER if separated is not None and line is separated[0] else PLAIN
        _draw_row(axes, line, top_inches, colour, report.required_scores)
        top_inches += _row_inches(line)
    return figure


def _row_inches(line: ModelLine) -> float:
    return UNRATED_ROW_INCHES if line.rank is None else RATED_ROW_INCHES


def _draw_scale(axes: Axes, plot_inches: float, *, with_numbers: bool) -> None:
    axes.set_facecolor(CARD)
    axes.set_xlim(SCALE[0] - 0.25, SCALE[1] + 0.25)
    axes.set_ylim(plot_inches, 0)
    axes.set_yticks([])
    axes.set_xticks(range(SCALE[0], SCALE[1] + 1) if with_numbers else [])
    axes.tick_params(axis="x", length=0, labelsize=TEXT_POINTS, labelcolor=FAINT_INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_row(axes: Axes, line: ModelLine, top_inches: float, colour: str, required_scores: int) -> None:
    figures = format_mean_score(line, required_scores)
    if line.rank is not None:
        figures += f", n = {line.n_scores}"
    beside = _place(axes, figures, 1.0, top_inches + 0.17, ha="right", color=INK if line.rank else FAINT_INK)
    name = _place(axes, line.model, 0.0, top_inches + 0.17, ha="left", color=INK, weight="bold")
    _shorten_to(name, 0.97 - _width(beside, axes), axes)
    if line.mean_score is None or line.ci_low is None or line.ci_high is None:
        return
    y = top_inches + 0.42
    axes.vlines(range(SCALE[0], SCALE[1] + 1), y - 0.1, y + 0.12, color=GRID, linewidth=0.8, zorder=0)
    low, high = max(line.ci_low, SCALE[0]), min(line.ci_high, SCALE[1])
    axes.plot([low, high], [y, y], color=colour, linewidth=2.6, solid_capstyle="butt")
    for end, leaves_scale, arrow in ((low, line.ci_low < low, "<"), (high, line.ci_high > high, ">")):
        axes.plot(end, y, arrow if leaves_scale else "|", color=colour, markersize=8, markeredgewidth=2)
    axes.plot(line.mean_score, y, "o", color=colour, markersize=9, markeredgecolor=CARD)


def _footnote(report: Report) -> list[str]:
    if not report.models:
        return _lines("No model has written or been rated in this period.")
    n_left_out = len(report.models) - MOST_ROWS
    return _lines(
        f"Dot: mean. Bar: {report.confidence:.0%} interval. n: scores."
        if report.ranked
        else f"From {report.required_scores} scores on, a model has a mean and an interval here.",
        f" {n_left_out} more in the table." if n_left_out > 0 else "",
    )


def _lines(*sentences: str) -> list[str]:
    return wrap(
        "".join(sentences), LINE_CHARACTERS, max_lines=MOST_LINES, placeholder=" …", break_on_hyphens=False
    )


def _place(axes: Axes, text: str, x: float, y: float, **properties: Any) -> Text:
    """Text over the scale: x as a share of the width, y in inches. A $ in a name is just a $."""
    return axes.text(
        x,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=TEXT_POINTS,
        parse_math=False,
        **properties,
    )


def _shorten_to(text: Text, room: float, axes: Axes) -> None:
    """Leave out the middle of a text until it fits: both ends tell models apart."""
    whole = text.get_text()
    kept = min(len(whole), int(len(whole) * room / _width(text, axes)) + 1)
    while kept > 1 and _width(text, axes) > room:
        text.set_text(f"{whole[: (kept + 1) // 2]}…{whole[len(whole) - kept // 2 :]}")
        kept -= 1


def _width(text: Text, axes: Axes) -> float:
    """The width of a placed text as a share of the width of its axes."""
    return text.get_window_extent().width / axes.get_window_extent().width


def _write(figure: Figure, text: str, top_inches: float, **properties: Any) -> None:
    """Text on the card outside the scale, `top_inches` below its upper edge."""
    height_inches = figure.get_size_inches()[1]
    figure.text(
        MARGIN_INCHES / WIDTH_INCHES,
        1 - top_inches / height_inches,
        text,
        va="top",
        linespacing=1.25,
        parse_math=False,
        **properties,
    )


if __name__ == "__main__":
    raise SystemExit(main())
