"""What a cost report takes as given: everything that nobody measured, with where it comes from."""

from dataclasses import dataclass
from datetime import date

from evaluation.costs.electricity import Electricity

ACCEPTED_SCORE = 7.0
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Machine:
    """What the machine cost in USD, what it will sell for after its lifetime, and what it draws.

    `idle_watts` while it does nothing, and `declared_watts` more while it writes, where no meter says it.
    """

    price_usd: float
    lifetime_years: float
    resale_usd: float
    declared_watts: float
    idle_watts: float
    source: str
    as_of: date

    @property
    def usd_per_day(self) -> float:
        """Straight-line depreciation: (price − resale) / days of its lifetime."""
        return (self.price_usd - self.resale_usd) / (self.lifetime_years * DAYS_PER_YEAR)


@dataclass(frozen=True)
class People:
    """What an hour costs, in USD, and how many minutes one rating and one edit are taken to need."""

    hourly_usd: float
    minutes_per_rating: float
    minutes_per_edit: float


@dataclass(frozen=True)
class CloudModel:
    """A model to compare with: `provider` and `model` as genai-prices knows them."""

    provider: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True)
class CostAssumptions:
    """All of it. Without `people` the report has no line for human time."""

    electricity: Electricity
    machine: Machine
    cloud_models: tuple[CloudModel, ...]
    people: People | None = None
    accepted_score: float = ACCEPTED_SCORE
