"""The three ways to count what a draft costs here, and human time as a fourth.

    marginal    the electricity that writing it took, above what the idle machine draws
    amortised   and the machine's depreciation for the seconds in which it was busy with the draft
    ownership   and all of the machine: depreciation and idle energy, shared by the drafts there were

Only the last one is what the money is spent on; the first is what one more draft costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.costs.assumptions import CostAssumptions
from evaluation.costs.document import Estimate, Line, LineName
from evaluation.costs.draft_energy import JOULES_PER_KWH
from evaluation.costs.estimates import divided_by_share, estimate_mean
from evaluation.costs.reading import DraftFacts

SECONDS_PER_DAY = 86_400

_NO_ENERGY = "no draft has an energy figure"


@dataclass(frozen=True)
class Basis:
    """What the lines are computed from.

    `drafts` were written on this machine; `priced` are those of them that one and the same kind of
    meter saw, the kind that saw most. `idle_watts` is what the machine draws when nobody writes.
    """

    drafts: Sequence[DraftFacts]
    priced: Sequence[DraftFacts]
    days: float
    idle_watts: float
    is_idle_measured: bool
    assumptions: CostAssumptions

    @property
    def drafts_per_day(self) -> float:
        return len(self.drafts) / self.days

    @property
    def fixed_usd_per_day(self) -> float:
        """What the machine costs on a day without a draft: its depreciation, and idling all day."""
        return self.machine_usd(SECONDS_PER_DAY)

    def machine_usd(self, seconds: float) -> float:
        """What the machine costs in so many seconds, whether it writes or not."""
        return machine_usd(self.assumptions, seconds, self.idle_watts)


def marginal_usd(draft: DraftFacts) -> float:
    """Of one of the `priced` drafts: what writing it added to the machine's idle draw."""
    assert draft.usd is not None
    return draft.usd


def three_lines(basis: Basis, accepted: Estimate, unedited: Estimate) -> tuple[Line, ...]:
    """Marginal, amortised and ownership, with what a good draft costs by each."""
    return tuple(
        line.model_copy(
            update={
                "per_accepted": divided_by_share(line.usd_per_draft.value, accepted),
                "per_unedited": divided_by_share(line.usd_per_draft.value, unedited),
            }
        )
        for line in (_marginal(basis), _amortised(basis), _ownership(basis))
    )


def human_line(basis: Basis) -> Line | None:
    """What people's time to rate and edit cost, by declared minutes; None where no hour has a price."""
    people = basis.assumptions.people
    if people is None or not basis.drafts:
        return None
    usd = [
        (draft.n_ratings * people.minutes_per_rating + draft.n_edits * people.minutes_per_edit)
        * (people.hourly_usd / 60)
        for draft in basis.drafts
    ]
    return Line(
        name=LineName.HUMAN,
        title="Human time",
        definition=(
            f"(ratings × {people.minutes_per_rating:g} min + edits × {people.minutes_per_edit:g} min) × "
            f"{people.hourly_usd:g} USD/h, all declared"
        ),
        usd_per_draft=estimate_mean(usd),
    )


def break_even(basis: Basis, cloud_usd: float, local_usd: float) -> float | None:
    """The drafts a day at which full ownership costs what the cloud would: fixed / (cloud − marginal).

    `local_usd` is the marginal line. None where one more draft costs more here than there: then no
    volume is large enough.
    """
    if cloud_usd <= local_usd:
        return None
    return basis.fixed_usd_per_day / (cloud_usd - local_usd)


def capacity_per_day(drafts: Sequence[DraftFacts]) -> float | None:
    """How many such drafts the machine could write in 24 busy hours, by the seconds that each took.

    Texts that are written together share the machine's seconds, so this holds for as much company as
    they had.
    """
    busy = sum(draft.busy_seconds for draft in drafts)
    return len(drafts) * SECONDS_PER_DAY / busy if busy > 0 else None


def machine_usd(assumptions: CostAssumptions, seconds: float, idle_watts: float) -> float:
    """Seconds × ((price − resale) / seconds of the lifetime + idle power × price per kWh)."""
    idle_usd_per_second = idle_watts / JOULES_PER_KWH * assumptions.electricity.mean_usd_per_kwh
    return seconds * (assumptions.machine.usd_per_day / SECONDS_PER_DAY + idle_usd_per_second)


def _marginal(basis: Basis) -> Line:
    return Line(
        name=LineName.MARGINAL,
        title="Marginal energy",
        definition="joules above idle / 3,600,000 × price per kWh at that hour",
        usd_per_draft=estimate_mean([marginal_usd(draft) for draft in basis.priced]),
        why_unknown=None if basis.priced else _NO_ENERGY,
    )


def _amortised(basis: Basis) -> Line:
    usd = [marginal_usd(draft) + basis.machine_usd(draft.busy_seconds) for draft in basis.priced]
    return Line(
        name=LineName.AMORTISED,
        title="Machine over busy time",
        definition="marginal + busy seconds × ((price − resale) / lifetime + idle power × price per kWh)",
        usd_per_draft=estimate_mean(usd),
        why_unknown=None if basis.priced else _NO_ENERGY,
    )


def _ownership(basis: Basis) -> Line:
    """The volume is what it was, so the interval is that of the marginal part."""
    fixed = basis.fixed_usd_per_day / basis.drafts_per_day if basis.drafts else 0.0
    usd = [fixed + marginal_usd(draft) for draft in basis.priced]
    return Line(
        name=LineName.OWNERSHIP,
        title="Full ownership",
        definition="marginal + ((price − resale) / days of lifetime + idle energy of a day) / drafts per day",
        usd_per_draft=estimate_mean(usd),
        why_unknown=None if basis.priced else _NO_ENERGY,
    )
