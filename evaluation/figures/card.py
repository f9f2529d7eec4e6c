"""A card to draw on: title, finding, one plot, footnote. Every figure is one of these.

Figures are made without pyplot: no global state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from evaluation.figures.style import (
    DOTS_PER_INCH,
    LINE_CHARACTERS,
    LINE_INCHES,
    MARGIN_INCHES,
    MOST_LINES,
    TEXT_POINTS,
    TITLE_POINTS,
    WIDTH_INCHES,
    Theme,
)
from evaluation.report_table import Table


@dataclass(frozen=True)
class DrawnFigure:
    """A picture, what it shows for somebody who cannot see it, and what it is drawn from.

    `name` is a file name without its ending, `title` what it is called.
    """

    name: str
    title: str
    png: bytes
    alt_text: str
    table: Table


@dataclass(frozen=True)
class Card:
    """An open card. `axes` is the plot, `plot_inches` high; its spines and ticks are already quiet."""

    figure: Figure
    axes: Axes
    plot_inches: float
    theme: Theme

    def png(self) -> bytes:
        """The picture, without anything about the program that drew it."""
        png = BytesIO()
        self.figure.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


def open_card(
    theme: Theme,
    title: str,
    finding: str,
    footnote: str,
    plot_inches: float,
    *,
    left_inches: float = MARGIN_INCHES,
    below_inches: float = 0.0,
) -> Card:
    """A card as high as what stands on it. `below_inches` is room for numbers under the plot."""
    head, foot = _lines(finding), _lines(footnote)
    head_inches = 0.58 + LINE_INCHES * len(head)
    foot_inches = 0.42 + LINE_INCHES * len(foot) + below_inches
    height_inches = head_inches + plot_inches + foot_inches
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, facecolor=theme.card)
    _write(figure, title, 0.18, color=theme.ink, fontsize=TITLE_POINTS, weight="bold")
    _write(figure, "\n".join(head), 0.46, color=theme.faint_ink, fontsize=TEXT_POINTS)
    foot_top = height_inches - foot_inches + 0.3 + below_inches
    _write(figure, "\n".join(foot), foot_top, color=theme.faint_ink, fontsize=TEXT_POINTS)
    axes = figure.add_axes(
        (
            left_inches / WIDTH_INCHES,
            foot_inches / height_inches,
            1 - (left_inches + MARGIN_INCHES) / WIDTH_INCHES,
            plot_inches / height_inches,
        )
    )
    _quieten(axes, theme)
    return Card(figure, axes, plot_inches, theme)


def place(axes: Axes, text: str, x: float, y: float, **properties: Any) -> Text:
    """Text in a plot: x as a share of the width, y in the plot's own unit. A $ in a name is just a $."""
    return axes.text(
        x,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        **{"va": "center", "fontsize": TEXT_POINTS, "parse_math": False, **properties},
    )


def shorten_to(text: Text, room: float, axes: Axes) -> None:
    """Leave out the middle of a text until it fits: both ends tell models apart."""
    whole = text.get_text()
    kept = min(len(whole), int(len(whole) * room / width_of(text, axes)) + 1)
    while kept > 1 and width_of(text, axes) > room:
        text.set_text(f"{whole[: (kept + 1) // 2]}…{whole[len(whole) - kept // 2 :]}")
        kept -= 1


def width_of(text: Text, axes: Axes) -> float:
    """The width of a placed text as a share of the width of its axes."""
    return text.get_window_extent().width / axes.get_window_extent().width


def short_name(name: str, characters: int) -> str:
    """A name without its middle where it is longer than that."""
    if len(name) <= characters:
        return name
    kept = characters - 1
    return f"{name[: (kept + 1) // 2]}…{name[len(name) - kept // 2 :]}"


def draw_required(card: Card, threshold: float, *, across: bool = False) -> None:
    """The line that a model must reach: upright, or across where quality runs upwards."""
    draw = card.axes.axhline if across else card.axes.axvline
    draw(threshold, color=card.theme.faint_ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0.5)


def table_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """The data of a figure: numbers with six digits, nothing where nothing is known."""
    return Table(tuple(header), tuple(tuple(map(_cell, row)) for row in rows))


def ends(interval: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """Both ends for a table; nothing of nothing."""
    return interval or (None, None)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _quieten(axes: Axes, theme: Theme) -> None:
    axes.set_facecolor(theme.card)
    axes.tick_params(length=0, labelsize=TEXT_POINTS, labelcolor=theme.faint_ink)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _lines(sentences: str) -> list[str]:
    return wrap(sentences, LINE_CHARACTERS, max_lines=MOST_LINES, placeholder=" …", break_on_hyphens=False)


def _write(figure: Figure, text: str, top_inches: float, **properties: Any) -> None:
    """Text on the card outside the plot, `top_inches` below its upper edge."""
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
