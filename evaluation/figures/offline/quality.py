"""Heuristic quality of each model with its interval, and the line that a model must reach."""

from evaluation.figures.card import Card, DrawnFigure, draw_required, open_card, table_of
from evaluation.figures.rows import MARK_INCHES, ROW_INCHES, Ticks, draw_grid, open_rows, write_row
from evaluation.figures.style import LIGHT, Theme
from evaluation.offline.document import Evaluation, Standing
from evaluation.report_table import ranks_in_words
from evaluation.wording import count, in_a_row

TITLE = "Heuristic quality, 0 to 10"
SCALE = (0.0, 10.0)
TICKS: Ticks = {float(tick): str(tick) for tick in range(0, 11, 2)}
MOST_ROWS = 12


def draw_offline_quality(evaluation: Evaluation, theme: Theme = LIGHT) -> DrawnFigure | None:
    """A forest plot over all kinds of text, best first; None where no model has enough texts.

    A model is coloured only where it leads. Intervals hold together.
    """
    rows = known_standings(evaluation)
    if not rows:
        return None
    finding = write_finding(evaluation)
    card = open_card(theme, TITLE, finding, _footnote(evaluation), ROW_INCHES * len(rows[:MOST_ROWS]))
    open_rows(card, SCALE[0] - 0.25, SCALE[1] + 0.25, TICKS)
    draw_required(card, evaluation.decision.threshold)
    for place, line in enumerate(rows[:MOST_ROWS]):
        leads = line.model == evaluation.decision.leader
        _draw_row(card, line, place * ROW_INCHES, theme.better if leads else theme.plain)
    header = ("model", "quality", "low", "high", "rank_low", "rank_high", "standing", "n_texts", "threshold")
    table = table_of(
        header,
        (
            (
                line.model, line.quality, line.low, line.high, *(line.rank_set or (None, None)),
                line.standing, line.n_texts, evaluation.decision.threshold,
            )
            for line in rows
        ),
    )  # fmt: skip
    return DrawnFigure("quality", TITLE, card.png(), f"Heuristic quality of each model. {finding}", table)


def known_standings(evaluation: Evaluation) -> list[Standing]:
    """Overall, best first."""
    known = [line for line in evaluation.standings if line.content_type is None and line.quality is not None]
    return sorted(known, key=lambda line: -(line.quality or 0.0))


def write_finding(evaluation: Evaluation) -> str:
    """Who leads, or that nobody does, and who surely qualifies."""
    decision = evaluation.decision
    if decision.leader is not None:
        return f"{decision.leader} reaches {decision.threshold:g} and is surely better than the others."
    if decision.qualified:
        models = in_a_row(list(decision.qualified))
        return f"Nobody leads. Surely at {decision.threshold:g} or above: {models}."
    return f"Nobody leads: no model is surely at {decision.threshold:g} or above."


def _draw_row(card: Card, line: Standing, top_inches: float, colour: str) -> None:
    axes, theme = card.axes, card.theme
    if line.quality is None or line.low is None or line.high is None:
        return
    ranks = f", {ranks_in_words(line.rank_set)}" if line.rank_set else ""
    write_row(card, top_inches, line.model, f"{line.quality:.1f} ({line.low:.1f} to {line.high:.1f}){ranks}")
    draw_grid(card, top_inches, TICKS)
    y = top_inches + MARK_INCHES
    low, high = max(line.low, SCALE[0]), min(line.high, SCALE[1])
    axes.plot([low, high], [y, y], color=colour, linewidth=5.5, alpha=0.55, solid_capstyle="butt")
    axes.plot(line.quality, y, "o", color=colour, markersize=9, markeredgecolor=theme.card)


def _footnote(evaluation: Evaluation) -> str:
    texts = count(sum(model.n_texts for model in evaluation.models), "text")
    return (
        f"Dot: mean over {texts} on the same topics. Bar: intervals that hold together at "
        f"{evaluation.confidence:.0%}. Dashed: {evaluation.decision.threshold:g}, what is required. "
        "Heuristics see form, not sense."
    )
