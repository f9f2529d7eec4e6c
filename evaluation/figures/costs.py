"""What a draft costs against how good it is, and the models that nobody beats on both."""

from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter, NullLocator

from evaluation.analysis.document import Interval
from evaluation.figures.card import Card, DrawnFigure, draw_required, ends, open_card, table_of
from evaluation.figures.style import LIGHT, TEXT_POINTS, Theme
from evaluation.report_document import Report
from evaluation.report_table import SCALE, format_usd
from evaluation.wording import in_a_row

TITLE = "What a draft costs and how good it is"
PLOT_INCHES = 2.5
LEFT_INCHES = 0.5
MOST_MODELS = 9


@dataclass(frozen=True)
class Offer:
    """A model's mean cost of a draft in the period, and its quality."""

    model: str
    cost_usd: float
    quality: float
    interval: Interval


def draw_costs(report: Report, theme: Theme = LIGHT) -> DrawnFigure | None:
    """Cost on a logarithmic scale against quality, numbered in the order of the ranking.

    None where fewer than two models have both a cost in the period and a rank.
    """
    offers = find_offers(report)
    if len(offers) < 2:
        return None
    efficient = find_efficient(offers)
    finding = write_finding(offers, efficient)
    numbers = " ".join(f"{number}: {offer.model}." for number, offer in enumerate(offers, start=1))
    footnote = f"{numbers} Cost of energy a draft this week. Line: nobody is better for less."
    card = open_card(theme, TITLE, finding, footnote, PLOT_INCHES, left_inches=LEFT_INCHES, below_inches=0.12)
    draw_offers(card, offers, efficient, report.analysis.threshold, SCALE)
    table = table_of(
        ("model", "cost_usd", "quality", "anytime_low", "anytime_high", "efficient"),
        (
            (offer.model, offer.cost_usd, offer.quality, *ends(offer.interval), offer in efficient)
            for offer in offers
        ),
    )
    return DrawnFigure("costs", TITLE, card.png(), f"Cost against quality. {finding}", table)


def find_offers(report: Report) -> list[Offer]:
    """The ranked models whose cost is known and above 0, best first."""
    costs = {line.model: line.cost_mean_usd for line in report.models}
    return [
        Offer(line.model, cost, line.quality, line.anytime_ci)
        for line in report.ranked[:MOST_MODELS]
        if (cost := costs.get(line.model)) and line.quality is not None and line.anytime_ci is not None
    ]


def find_efficient(offers: list[Offer]) -> list[Offer]:
    """Those that no other beats in one of cost and quality without losing in the other; cheapest first."""
    efficient: list[Offer] = []
    for offer in sorted(offers, key=lambda each: (each.cost_usd, -each.quality)):
        if not efficient or offer.quality > efficient[-1].quality:
            efficient.append(offer)
    return efficient


def write_finding(offers: list[Offer], efficient: list[Offer]) -> str:
    """Who is worth considering by these figures, uncertainty of quality apart."""
    cheapest, best = efficient[0], efficient[-1]
    if cheapest == best:
        return f"{best.model} is the cheapest, at {format_usd(best.cost_usd)} a draft, and stands highest."
    others = in_a_row([offer.model for offer in offers if offer not in efficient])
    aside = f" {others}: neither." if others else ""
    return (
        f"{cheapest.model} is the cheapest ({format_usd(cheapest.cost_usd)} a draft), "
        f"{best.model} stands highest ({format_usd(best.cost_usd)}).{aside}"
    )


def draw_offers(
    card: Card,
    offers: list[Offer],
    efficient: list[Offer],
    threshold: float,
    scale: tuple[float, float],
) -> None:
    """Each offer as a numbered dot with its interval, cut to the scale of quality, and the efficient line."""
    axes, theme = card.axes, card.theme
    costs = [offer.cost_usd for offer in offers]
    low = min(*(offer.interval[0] for offer in offers), threshold) - 0.3
    high = max(*(offer.interval[1] for offer in offers), threshold) + 0.3
    axes.set_xscale("log")
    axes.set_xlim(min(costs) / 1.8, max(costs) * 1.8)
    axes.set_ylim(max(scale[0], low), min(scale[1], high))
    axes.grid(color=theme.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xticks(_some_costs(min(costs), max(costs)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda cost, _: format_usd(cost).replace("$", r"\$")))
    axes.xaxis.set_minor_locator(NullLocator())
    draw_required(card, threshold, across=True)
    axes.plot(
        [offer.cost_usd for offer in efficient], [offer.quality for offer in efficient],
        color=theme.better, linewidth=1.6, drawstyle="steps-post", zorder=1,
    )  # fmt: skip
    for number, offer in enumerate(offers, start=1):
        colour = theme.better if offer in efficient else theme.plain
        axes.vlines(offer.cost_usd, *offer.interval, color=colour, linewidth=1.6, alpha=0.7)
        axes.plot(offer.cost_usd, offer.quality, "o", color=colour, markersize=15, markeredgecolor=theme.card)
        axes.annotate(
            str(number), (offer.cost_usd, offer.quality), ha="center", va="center", color=theme.card,
            fontsize=TEXT_POINTS, weight="bold",
        )  # fmt: skip


def _some_costs(low: float, high: float) -> list[float]:
    """The ends of the range, of which the second is left out where both would stand on each other."""
    return [low, high] if high / low > 1.25 else [low]
