"""Every figure of a report that has something to show, and where they are written."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from matplotlib import style

from evaluation.figures.calibration import draw_calibration
from evaluation.figures.card import DrawnFigure
from evaluation.figures.costs import draw_costs
from evaluation.figures.latency import draw_latency
from evaluation.figures.pairwise import draw_pairwise
from evaluation.figures.ranking import draw_ranking
from evaluation.figures.severity import draw_severity
from evaluation.figures.style import LIGHT, Theme
from evaluation.figures.weeks import draw_weeks
from evaluation.report_document import Report

Draw = Callable[[Report, Theme], DrawnFigure | None]

FIGURES: Final[tuple[Draw, ...]] = (
    draw_ranking,
    draw_pairwise,
    draw_weeks,
    draw_costs,
    draw_latency,
    draw_calibration,
    draw_severity,
)


def draw_all(report: Report, theme: Theme = LIGHT) -> tuple[DrawnFigure, ...]:
    """The figures in the order in which a reader asks; one without data is left out.

    A matplotlibrc of this machine's user changes nothing.
    """
    with style.context("default"):
        drawn = [draw(report, theme) for draw in FIGURES]
    return tuple(figure for figure in drawn if figure is not None)


def write_figures(figures: Iterable[DrawnFigure], folder: Path) -> None:
    """`NAME.png` and `NAME.csv` of each, into a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        (folder / f"{figure.name}.png").write_bytes(figure.png)
        (folder / f"{figure.name}.csv").write_text(figure.table.to_csv(), encoding="utf-8")
