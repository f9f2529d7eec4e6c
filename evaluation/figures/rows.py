"""Figures of one row a thing: its name and figures in words, and below them a mark on a shared scale."""

from typing import Final

from evaluation.figures.card import Card, place, shorten_to, width_of

ROW_INCHES: Final = 0.62
WORDS_INCHES: Final = 0.17
MARK_INCHES: Final = 0.42
"""Where in a row the words and the mark stand, from its upper edge."""

Ticks = dict[float, str]


def open_rows(card: Card, low: float, high: float, ticks: Ticks, *, logarithmic: bool = False) -> None:
    """The scale of all rows, from `low` to `high`, with words at `ticks`; y runs down in inches."""
    axes = card.axes
    if logarithmic:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xlim(low, high)
    axes.set_ylim(card.plot_inches, 0)
    axes.set_yticks([])
    axes.set_xticks(list(ticks), list(ticks.values()))


def write_row(card: Card, top_inches: float, name: str, beside: str, *, quiet: bool = False) -> None:
    """The name on the left, shortened in its middle if need be, and the figures on the right."""
    axes, theme = card.axes, card.theme
    # Behind the words the lines of the scale are interrupted.
    frame = {"boxstyle": "square,pad=0.08", "facecolor": theme.card, "edgecolor": "none"}
    above, colour = top_inches + WORDS_INCHES, theme.faint_ink if quiet else theme.ink
    figures = place(axes, beside, 1.0, above, ha="right", color=colour, bbox=frame)
    text = place(axes, name, 0.0, above, ha="left", color=theme.ink, weight="bold", bbox=frame)
    shorten_to(text, 0.97 - width_of(figures, axes), axes)


def draw_grid(card: Card, top_inches: float, values: Ticks) -> None:
    """Short lines of the scale behind the mark of one row."""
    y = top_inches + MARK_INCHES
    card.axes.vlines(list(values), y - 0.1, y + 0.12, color=card.theme.grid, linewidth=0.8, zorder=0)
