"""The same drafts at cloud models: what they would have cost, what is saved, and from which volume on."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import fsum
from zoneinfo import ZoneInfo

from evaluation.costs.assumptions import DAYS_PER_YEAR, CloudModel
from evaluation.costs.document import CloudComparison, Estimate, Line, LineName, LineSavings
from evaluation.costs.estimates import estimate_mean
from evaluation.costs.lines import Basis, break_even, capacity_per_day, marginal_usd
from evaluation.costs.reading import DraftFacts

PriceOf = Callable[[CloudModel, int, int, datetime], float | None]


@dataclass(frozen=True)
class Span:
    """From `start` up to `until`, as days are lived in `zone`."""

    start: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def days(self) -> float:
        return (self.until - self.start) / timedelta(days=1)

    def whole_days(self) -> Sequence[date]:
        """The days of which all hours lie in the span."""
        first, end = self.start.astimezone(self.zone), self.until.astimezone(self.zone)
        day = first.date() if _is_midnight(first) else first.date() + timedelta(days=1)
        return [day + timedelta(days=n) for n in range(max(0, (end.date() - day).days))]

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


def compare_with(
    model: CloudModel, basis: Basis, lines: Sequence[Line], span: Span, price_of: PriceOf
) -> CloudComparison:
    """Every draft at the price of the moment in which it was written here. No price is no figure."""
    prices = [
        price_of(model, draft.prompt_tokens, draft.completion_tokens, draft.created_at)
        for draft in basis.drafts
    ]
    known = [price for price in prices if price is not None]
    cloud = estimate_mean(known)
    marginal = next(line for line in lines if line.name is LineName.MARGINAL).usd_per_draft.value
    capacity = capacity_per_day(basis.drafts)
    volume = None
    if cloud.value is not None and marginal is not None:
        volume = break_even(basis, cloud.value, marginal)
    daily = _DailySavings(basis, prices, span) if len(known) == len(prices) else None
    return CloudComparison(
        model=model.name,
        n_priced=len(known),
        n_without_price=len(prices) - len(known),
        usd_per_draft=cloud,
        savings=tuple(_savings(line, cloud, daily) for line in lines if line.name is not LineName.HUMAN),
        break_even_drafts_per_day=volume,
        reachable=None if volume is None or capacity is None else volume <= capacity,
        why_unknown=_why_unknown(model, basis, known),
    )


def _why_unknown(model: CloudModel, basis: Basis, known: Sequence[float]) -> str | None:
    if not basis.drafts:
        return "there are no drafts"
    return None if known else f"no price is known for {model.name}"


def _savings(line: Line, cloud: Estimate, daily: "_DailySavings | None") -> LineSavings:
    local = line.usd_per_draft.value
    if local is None or cloud.value is None:
        return LineSavings(line=line.name, share=None, usd_per_year=Estimate())
    a_year = estimate_mean(daily.by(line.name), DAYS_PER_YEAR) if daily is not None else Estimate()
    return LineSavings(line=line.name, share=1 - local / cloud.value, usd_per_year=a_year)


class _DailySavings:
    """What each whole day saved, so that the interval knows how uneven days are: a year is 365.25 such days.

    Drafts whose energy is not known count with the mean of those where it is.
    """

    def __init__(self, basis: Basis, prices: Sequence[float | None], span: Span) -> None:
        self._basis = basis
        self._days = span.whole_days()
        self._rows: dict[date, list[tuple[DraftFacts, float]]] = defaultdict(list)
        for draft, price in zip(basis.drafts, prices, strict=True):
            self._rows[span.day_of(draft.created_at)].append((draft, price or 0.0))
        known = [marginal_usd(draft) for draft in basis.priced]
        self._mean = fsum(known) / len(known) if known else 0.0
        self._priced = {id(draft) for draft in basis.priced}

    def by(self, line: LineName) -> list[float]:
        fixed = self._basis.fixed_usd_per_day if line is LineName.OWNERSHIP else 0.0
        return [
            fsum(price - self._local(line, draft) for draft, price in self._rows.get(day, ())) - fixed
            for day in self._days
        ]

    def _local(self, line: LineName, draft: DraftFacts) -> float:
        basis = self._basis
        marginal = marginal_usd(draft) if id(draft) in self._priced else self._mean
        if line is not LineName.AMORTISED:
            return marginal
        return marginal + basis.machine_usd(draft.busy_seconds)


def _is_midnight(instant: datetime) -> bool:
    return (instant.hour, instant.minute, instant.second, instant.microsecond) == (0, 0, 0, 0)
