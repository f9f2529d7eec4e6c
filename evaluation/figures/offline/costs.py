"""What a text costs against how good heuristics find it, and the models that nobody beats on both."""

from evaluation.figures.card import DrawnFigure, ends, open_card, table_of
from evaluation.figures.costs import (
    LEFT_INCHES,
    MOST_MODELS,
    PLOT_INCHES,
    Offer,
    draw_offers,
    find_efficient,
    write_finding,
)
from evaluation.figures.offline.quality import SCALE, known_standings
from evaluation.figures.style import LIGHT, Theme
from evaluation.offline.document import Evaluation

TITLE = "What a text costs, and its form"


def draw_offline_costs(evaluation: Evaluation, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Energy cost on a logarithmic scale against heuristic quality; None for fewer than two known models."""
    offers = find_offline_offers(evaluation)
    if len(offers) < 2:
        return None
    efficient = find_efficient(offers)
    finding = write_finding(offers, efficient)
    numbers = " ".join(f"{number}: {offer.model}." for number, offer in enumerate(offers, start=1))
    footnote = f"{numbers} Marginal cost of energy a text. Line: nobody is better for less."
    card = open_card(theme, TITLE, finding, footnote, PLOT_INCHES, left_inches=LEFT_INCHES, below_inches=0.12)
    draw_offers(card, offers, efficient, evaluation.decision.threshold, SCALE)
    table = table_of(
        ("model", "cost_usd", "quality", "low", "high", "efficient"),
        (
            (offer.model, offer.cost_usd, offer.quality, *ends(offer.interval), offer in efficient)
            for offer in offers
        ),
    )
    return DrawnFigure("costs", TITLE, card.png(), f"Cost against heuristic quality. {finding}", table)


def find_offline_offers(evaluation: Evaluation) -> list[Offer]:
    """The models whose cost and quality are known, best first."""
    costs = {model.model: model.metrics.get("cost_per_draft_usd") for model in evaluation.models}
    return [
        Offer(line.model, cost, line.quality, (line.low, line.high))
        for line in known_standings(evaluation)[:MOST_MODELS]
        if (cost := costs.get(line.model))
        and line.quality is not None
        and line.low is not None
        and line.high is not None
    ]
