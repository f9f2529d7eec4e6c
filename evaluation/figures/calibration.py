"""Whether heuristics go along with what people say of the same drafts."""

from evaluation.analysis.document import CalibrationBin, HeuristicFigures
from evaluation.figures.card import Card, DrawnFigure, ends, open_card, table_of
from evaluation.figures.style import LIGHT, TEXT_POINTS, Theme
from evaluation.report_document import Report
from evaluation.report_table import SCALE
from evaluation.wording import in_a_row

TITLE = "Heuristics against people's scores"
COMPOSITE = "composite"
PLOT_INCHES = 2.6
LEFT_INCHES = 0.5
FEWEST_BINS = 2

_VERDICTS = {
    "predicts": "go along with people's scores",
    "predicts_nothing": "say nothing about people's scores",
    "misleads": "go against people's scores",
    "undecided": "may or may not go along with people's scores",
}


def draw_calibration(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Mean score of drafts by their heuristic; None with fewer than two parts of ten drafts."""
    overall = [line for line in report.analysis.heuristics if line.content_type is None]
    composite = next((line for line in overall if line.dimension == COMPOSITE), None)
    if composite is None or len(composite.bins) < FEWEST_BINS:
        return None
    finding = write_finding(composite, overall)
    footnote = (
        "Across: what heuristics say of a draft. Upwards: people's mean score of such drafts, with its "
        "95% interval. Dashed: where both would be equal."
    )
    card = open_card(theme, TITLE, finding, footnote, PLOT_INCHES, left_inches=LEFT_INCHES, below_inches=0.12)
    _draw_bins(card, composite.bins)
    table = table_of(
        ("dimension", "n", "heuristic", "human", "human_low", "human_high", "correlation", "verdict"),
        (
            (line.dimension, part.n, part.heuristic, part.human, *ends(part.human_ci), line.correlation,
             line.verdict)
            for line in overall
            for part in line.bins
        ),
    )  # fmt: skip
    return DrawnFigure("calibration", TITLE, card.png(), f"{TITLE}. {finding}", table)


def write_finding(composite: HeuristicFigures, overall: list[HeuristicFigures]) -> str:
    """What the composite is worth, and which of its parts are worth nothing."""
    low, high = composite.ci
    useless = in_a_row(
        [
            line.dimension.replace("_", " ")
            for line in overall
            if line.dimension != COMPOSITE and line.verdict in ("predicts_nothing", "misleads")
        ]
    )
    aside = f" Not so: {useless}." if useless else ""
    return (
        f"Heuristics {_VERDICTS[composite.verdict]}: correlation {composite.correlation:.2f} "
        f"({low:.2f} to {high:.2f}), {composite.n} drafts.{aside}"
    ).replace("-0.", "−0.")


def _draw_bins(card: Card, bins: tuple[CalibrationBin, ...]) -> None:
    axes, theme = card.axes, card.theme
    axes.set_xlim(0, 10)
    axes.set_ylim(*SCALE)
    axes.set_xticks(range(0, 11, 2))
    axes.set_yticks(range(SCALE[0], SCALE[1] + 1, 3))
    axes.grid(color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.plot([1, 10], [1, 10], color=theme.faint_ink, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(
        [part.heuristic for part in bins], [part.human for part in bins],
        color=theme.better, linewidth=1.6, alpha=0.7,
    )  # fmt: skip
    for part in bins:
        if part.human_ci is not None:
            axes.vlines(part.heuristic, *part.human_ci, color=theme.better, linewidth=2)
        axes.plot(
            part.heuristic, part.human, "o", color=theme.better, markersize=9, markeredgecolor=theme.card
        )
    axes.tick_params(axis="both", labelsize=TEXT_POINTS)
