"""Every model against every other: the probability that the row writes better than the column."""

from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.patches import Rectangle

from evaluation.analysis.document import Comparison
from evaluation.figures.card import Card, DrawnFigure, open_card, short_name, table_of
from evaluation.figures.style import LIGHT, MARGIN_INCHES, TEXT_POINTS, Theme
from evaluation.report_document import Report
from evaluation.report_table import format_chance
from evaluation.wording import count

TITLE = "Is the row better than the column?"
NAMES_INCHES = 1.95
MOST_MODELS = 6
MOST_CELL_INCHES = 0.5
MOST_NAMED = 3
NAME_CHARACTERS = 17


def draw_pairwise(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """A heat map of the first six ranked models, best first; None with fewer than two.

    Blue is likely, orange unlikely, and a frame marks what is certain at every look.
    """
    names = [line.model for line in report.ranked[:MOST_MODELS]]
    pairs = _both_ways(report.analysis.comparisons)
    if len(names) < 2 or not any((a, b) in pairs for a in names for b in names):
        return None
    finding = write_finding(report)
    side = min(MOST_CELL_INCHES, 2.3 / len(names))
    footnote = (
        "Chance in %, as the ratings stand. Framed: certain at every look. "
        "Columns are numbered like the rows."
    )
    card = open_card(theme, TITLE, finding, footnote, side * (len(names) + 0.7), left_inches=NAMES_INCHES)
    _draw_cells(card, names, pairs, side)
    table = table_of(
        ("row", "column", "probability", "difference", "verdict"),
        (
            (row, column, chance, difference, "better" if certain else "undecided")
            for (row, column), (chance, difference, certain) in pairs.items()
        ),
    )
    alt_text = f"Heat map of the chance that one model writes better than another. {finding} " + "; ".join(
        f"{a} over {b}: {format_chance(pairs[a, b][0])}"
        for place, a in enumerate(names)
        for b in names[place + 1 :]
        if (a, b) in pairs
    )
    return DrawnFigure("pairwise", TITLE, card.png(), f"{alt_text}.", table)


def write_finding(report: Report) -> str:
    """How many pairs are told apart for certain, and which."""
    ranked = {line.model for line in report.ranked}
    pairs = [pair for pair in report.analysis.comparisons if {pair.a, pair.b} <= ranked]
    decided, undecided = list[str](), list[str]()
    for pair in pairs:
        if pair.verdict == "a_better":
            decided.append(f"{pair.a} over {pair.b}")
        elif pair.verdict == "b_better":
            decided.append(f"{pair.b} over {pair.a}")
        else:
            undecided.append(f"{pair.a} and {pair.b}")
    if not decided:
        return f"Of {count(len(pairs), 'pair')}, none is told apart for certain."
    if not undecided:
        return "All pairs are told apart for certain."
    told = f"{len(decided)} of {count(len(pairs), 'pair')} told apart for certain"
    if len(undecided) < len(decided):
        return f"{told}; not yet: {', '.join(undecided[:MOST_NAMED])}{_more(undecided)}."
    return f"{told}: {', '.join(decided[:MOST_NAMED])}{_more(decided)}."


def _more(named: list[str]) -> str:
    return f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""


def _both_ways(comparisons: tuple[Comparison, ...]) -> dict[tuple[str, str], tuple[float, float, bool]]:
    """Chance, difference and certainty that the first is better than the second."""
    found = {}
    for pair in comparisons:
        if pair.p_a_better is None or pair.difference is None:
            continue
        found[pair.a, pair.b] = (pair.p_a_better, pair.difference, pair.verdict == "a_better")
        found[pair.b, pair.a] = (1 - pair.p_a_better, -pair.difference, pair.verdict == "b_better")
    return found


def _draw_cells(
    card: Card, names: list[str], pairs: dict[tuple[str, str], tuple[float, float, bool]], side: float
) -> None:
    axes, theme = card.axes, card.theme
    width = axes.get_position().width * card.figure.get_size_inches()[0]
    axes.set_xlim(0, width)
    axes.set_ylim(card.plot_inches, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    colours = LinearSegmentedColormap.from_list("chance", [theme.low, theme.middle, theme.high])
    top = 0.7 * side
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TEXT_POINTS, "parse_math": False}
    for row, name in enumerate(names):
        y = top + row * side
        label = f"{row + 1}  {short_name(name, NAME_CHARACTERS)}"
        left = MARGIN_INCHES - NAMES_INCHES
        axes.text(left, y + side / 2, label, color=theme.ink, **{**style, "ha": "left"})
        axes.text((row + 0.5) * side, top / 2, str(row + 1), color=theme.faint_ink, **style)
        for column, other in enumerate(names):
            if (name, other) not in pairs:
                continue
            chance, _, certain = pairs[name, other]
            colour = colours(chance)
            frame = {"edgecolor": theme.ink, "linewidth": 2.0} if certain else {"edgecolor": theme.card}
            inset = 0.02
            axes.add_patch(
                Rectangle(
                    (column * side + inset, y + inset), side - 2 * inset, side - 2 * inset,
                    facecolor=colour, **frame,
                )
            )  # fmt: skip
            red, green, blue = to_rgb(colour)
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
            axes.text(
                (column + 0.5) * side,
                y + side / 2,
                format_chance(chance).rstrip("%"),
                color="#ffffff" if dark else "#1d1c1d",
                **style,
            )
