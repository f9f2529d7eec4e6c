"""A cost report as two tables of words: the lines, and the cloud models."""

from evaluation.costs.document import CloudComparison, CostReport, Estimate, Line, LineName
from evaluation.costs.words import format_estimate, format_usd
from evaluation.report_table import NOTHING, Table

LINES_HEADER = ("Cost line", "A draft", "A draft that met the threshold", "A draft posted without edits")
CLOUDS_HEADER = (
    "Cloud model",
    "A draft there",
    "Here: marginal",
    "Here: busy time",
    "Here: ownership",
    "Saved a year by ownership",
    "Breaks even at",
)


def lines_table(report: CostReport) -> Table:
    """One row a cost line: marginal, amortised and ownership always, human time where it has a price."""
    return Table(LINES_HEADER, tuple(_line(line) for line in report.lines))


def clouds_table(report: CostReport) -> Table:
    """One row a cloud model, in the order of the configuration."""
    return Table(CLOUDS_HEADER, tuple(_cloud(cloud) for cloud in report.clouds))


def _line(line: Line) -> tuple[str, ...]:
    return (line.title, *map(_shown, (line.usd_per_draft, line.per_accepted, line.per_unedited)))


def _cloud(cloud: CloudComparison) -> tuple[str, ...]:
    price = "no price" if cloud.usd_per_draft.value is None else format_usd(cloud.usd_per_draft.value)
    shares = tuple(_compared(each.share) for each in cloud.savings)
    ownership = next(saving for saving in cloud.savings if saving.line is LineName.OWNERSHIP)
    return (cloud.model, price, *shares, _shown(ownership.usd_per_year), _volume(cloud))


def _compared(share: float | None) -> str:
    """98.6 % less, or 1,023 times as much: nobody saves −102,200 %."""
    if share is None:
        return NOTHING
    if share >= 0:
        return f"{share:.1%} less".replace("%", " %")
    times = 1 - share
    return f"{times:,.0f} times as much" if times >= 10 else f"{times:.1f} times as much"


def _volume(cloud: CloudComparison) -> str:
    if cloud.usd_per_draft.value is None:
        return NOTHING
    if cloud.break_even_drafts_per_day is None:
        return "no volume"
    reach = {True: "within reach", False: "out of reach", None: "reach not known"}[cloud.reachable]
    return f"{cloud.break_even_drafts_per_day:,.0f} drafts a day, {reach}"


def _shown(estimate: Estimate) -> str:
    return NOTHING if estimate.value is None and estimate.low is None else format_estimate(estimate)
