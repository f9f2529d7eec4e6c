"""CostReport: what a cost report says, frozen, as JSON and for every screen that shows it.

All money is in USD. A figure that is not known is None and never 0; a sentence beside it says why.
"""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(_Frozen):
    """A figure from `n` observations with the bounds of its 95 % interval; None: not known."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


class LineName(StrEnum):
    MARGINAL = "marginal"
    AMORTISED = "amortised"
    OWNERSHIP = "ownership"
    HUMAN = "human"


class Line(_Frozen):
    """One way to count what a draft costs. `definition` is its formula in words.

    `per_accepted` divides by the share of rated drafts that met the threshold, `per_unedited` by the
    share of posted drafts that nobody edited. `why_unknown` is set where there is no figure.
    """

    name: LineName
    title: str
    definition: str
    usd_per_draft: Estimate
    per_accepted: Estimate = Estimate()
    per_unedited: Estimate = Estimate()
    why_unknown: str | None = None


class EnergyByScope(_Frozen):
    """The energy of the drafts that one kind of meter saw. Figures of different scopes are not added."""

    scope: str
    methods: tuple[str, ...]
    n_drafts: int
    joules: float
    joules_per_draft: float
    joules_per_1000_tokens: float | None
    usd_per_draft: Estimate
    idle_joules: float | None
    most_at_once: int | None


class LineSavings(_Frozen):
    """Local against cloud by one line. `share` is 1 − local / cloud: below 0 the cloud is cheaper."""

    line: LineName
    share: float | None
    usd_per_year: Estimate


class CloudComparison(_Frozen):
    """The same drafts at a cloud model, at the prices of the day on which each was written.

    `break_even_drafts_per_day` is the volume at which full ownership costs the same, None where no
    volume does; `reachable` says whether this machine could write so many.
    """

    model: str
    n_priced: int
    n_without_price: int
    usd_per_draft: Estimate
    savings: tuple[LineSavings, ...]
    break_even_drafts_per_day: float | None
    reachable: bool | None
    why_unknown: str | None = None


class Business(_Frozen):
    """Figures for the people who pay. `definitions` says what each one counts."""

    drafts_per_day: float
    edits_per_draft: float | None
    seconds_to_final_median: float | None
    seconds_to_final_p90: float | None
    n_final: int
    share_unedited: Estimate
    share_accepted: Estimate
    capacity_per_day: float | None
    share_of_capacity: float | None


class Assumptions(_Frozen):
    """What was taken as given."""

    electricity: str
    electricity_source: str
    electricity_mean_usd_per_kwh: float
    machine_usd: float
    machine_resale_usd: float
    machine_lifetime_years: float
    machine_source: str
    declared_watts: float
    idle_watts: float
    idle_watts_measured: bool
    accepted_score: float
    hourly_usd: float | None


class CostReport(_Frozen):
    """The costs of one period. `lines` holds marginal, amortised and ownership, always all three."""

    schema_version: int = SCHEMA_VERSION
    period: str
    time_zone: str
    start: datetime
    until: datetime
    generated_at: datetime
    n_drafts: int
    n_elsewhere: int
    n_without_energy: int
    energy: tuple[EnergyByScope, ...]
    lines: tuple[Line, ...]
    clouds: tuple[CloudComparison, ...]
    business: Business
    assumptions: Assumptions
    prices: str
    prices_version: str
    prices_date: date | None
    sentences: tuple[str, ...] = ()

    def line(self, name: LineName) -> Line | None:
        """The line of this name; only human time may be missing."""
        return next((line for line in self.lines if line.name is name), None)

    def to_json(self) -> str:
        return self.model_dump_json(indent=2)
