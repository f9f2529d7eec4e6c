"""A cost report's tables as numbers: what `evaluation.costs.table` says in words."""

from typing import Final

from evaluation.costs.document import CloudComparison, CostReport, Estimate, Line, LineName
from evaluation.records import Cell, Records

LINES_HEADER: Final = (
    "period",
    "line",
    *(f"usd_per_{what}{end}" for what in ("draft", "accepted", "unedited") for end in ("", "_low", "_high")),
)
CLOUDS_HEADER: Final = (
    "period",
    "cloud_model",
    "priced_drafts",
    "drafts_without_price",
    *(f"usd_per_draft{end}" for end in ("", "_low", "_high")),
    "marginal_savings",
    "amortised_savings",
    "ownership_savings",
    *(f"ownership_savings_usd_per_year{end}" for end in ("", "_low", "_high")),
    "break_even_drafts_per_day",
    "break_even_reachable",
    "prices",
)


def lines_records(report: CostReport) -> Records:
    """One row a cost line: marginal, amortised and ownership always, human time where it has a price."""
    return Records(LINES_HEADER, tuple(_line(report.period, line) for line in report.lines))


def clouds_records(report: CostReport) -> Records:
    """One row a cloud model; savings are shares of its price, below 0 where the cloud is cheaper."""
    return Records(CLOUDS_HEADER, tuple(_cloud(report, cloud) for cloud in report.clouds))


def _line(period: str, line: Line) -> tuple[Cell, ...]:
    estimates = (line.usd_per_draft, line.per_accepted, line.per_unedited)
    return (period, line.name.value, *(cell for estimate in estimates for cell in _ends(estimate)))


def _cloud(report: CostReport, cloud: CloudComparison) -> tuple[Cell, ...]:
    savings = {each.line: each for each in cloud.savings}
    return (
        report.period,
        cloud.model,
        cloud.n_priced,
        cloud.n_without_price,
        *_ends(cloud.usd_per_draft),
        *(savings[name].share for name in (LineName.MARGINAL, LineName.AMORTISED, LineName.OWNERSHIP)),
        *_ends(savings[LineName.OWNERSHIP].usd_per_year),
        cloud.break_even_drafts_per_day,
        cloud.reachable,
        report.prices,
    )


def _ends(estimate: Estimate) -> tuple[Cell, ...]:
    return estimate.value, estimate.low, estimate.high
