"""What a kilowatt-hour costs, by the hour of the day where the contract says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from math import isfinite
from zoneinfo import ZoneInfo

USD = "USD"
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class TariffBand:
    """From `start` up to `end`, wall-clock times of whole minutes, a kWh costs `price_per_kwh`.

    A band may go past midnight; one that ends when it starts lasts all day.
    """

    start: time
    end: time
    price_per_kwh: float

    @property
    def minutes(self) -> int:
        return (_minute(self.end) - _minute(self.start)) % _DAY_MINUTES or _DAY_MINUTES

    def holds(self, instant: time) -> bool:
        return (_minute(instant) - _minute(self.start)) % _DAY_MINUTES < self.minutes


@dataclass(frozen=True)
class Electricity:
    """A price of electricity with its currency, its source and its date.

    `bands` cover the day without overlap, in `time_zone`; a flat price is one band. `usd_per_unit` is
    what one unit of `currency` was worth in USD, since prices of cloud models are in USD. Raises
    ValueError, with what is wrong, for a gap, an overlap or a price below 0.
    """

    bands: tuple[TariffBand, ...]
    source: str
    as_of: date
    currency: str = USD
    usd_per_unit: float = 1.0
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        check_bands(self.bands)
        if not isfinite(self.usd_per_unit) or self.usd_per_unit <= 0:
            raise ValueError("usd_per_unit must be above 0")

    @classmethod
    def flat(cls, price_per_kwh: float, source: str, as_of: date, **rest: object) -> "Electricity":
        """One price around the clock."""
        return cls((TariffBand(time(0), time(0), price_per_kwh),), source, as_of, **rest)  # type: ignore[arg-type]

    def price_at(self, instant: datetime) -> float:
        """The price per kWh, in `currency`, at an aware instant. A draft is priced by when it began."""
        if instant.tzinfo is None:
            raise ValueError(f"{instant!r} has no time zone; pass an aware datetime, e.g. datetime.now(UTC)")
        wall_clock = instant.astimezone(ZoneInfo(self.time_zone)).time()
        return next(band.price_per_kwh for band in self.bands if band.holds(wall_clock))

    def usd_per_kwh_at(self, instant: datetime) -> float:
        return self.price_at(instant) * self.usd_per_unit

    @property
    def mean_usd_per_kwh(self) -> float:
        """What a kWh costs a machine that draws the same at all hours."""
        minutes = sum(band.minutes * band.price_per_kwh for band in self.bands)
        return minutes / _DAY_MINUTES * self.usd_per_unit

    @property
    def origin(self) -> str:
        """Where the price comes from, with its date, and how it became USD."""
        converted = "" if self.currency == USD else f", at {self.usd_per_unit:g} USD per {self.currency}"
        return f"{self.source}, {self.as_of.isoformat()}{converted}"

    @property
    def words(self) -> str:
        """The price itself: 0.15 USD/kWh, or its range over the day."""
        prices = sorted({band.price_per_kwh for band in self.bands})
        value = f"{prices[0]:g}" if len(prices) == 1 else f"{prices[0]:g} to {prices[-1]:g}, by the hour,"
        return f"{value} {self.currency}/kWh"


def check_bands(bands: Sequence[TariffBand]) -> None:
    """Raises ValueError unless the bands cover the day once, from any minute to that minute again."""
    if not bands:
        raise ValueError("it must have at least one band")
    for band in bands:
        if not isfinite(band.price_per_kwh) or band.price_per_kwh < 0:
            raise ValueError("a price per kWh must be a finite number of at least 0")
        if band.start.second or band.end.second:
            raise ValueError("a band must begin and end with a whole minute, such as 22:00")
    ordered = sorted(bands, key=lambda band: band.start)
    for earlier, later in pairwise([*ordered, ordered[0]]):
        if len(ordered) > 1 and earlier.minutes == _DAY_MINUTES:
            raise ValueError(f"the band from {earlier.start:%H:%M} lasts all day, so there can be no other")
        if len(ordered) > 1 and earlier.end != later.start:
            missing = _minutes_between(earlier.end, later.start) < _minutes_between(later.start, earlier.end)
            fault = "nothing is said about" if missing else "two bands hold"
            first, last = (earlier.end, later.start) if missing else (later.start, earlier.end)
            raise ValueError(
                f"{fault} {first:%H:%M} to {last:%H:%M}; the bands must cover the day without overlap"
            )
    covered = sum(band.minutes for band in bands)
    if covered != _DAY_MINUTES:
        raise ValueError("the bands must cover the day once, without gap and without overlap")


def _minutes_between(start: time, end: time) -> int:
    return (_minute(end) - _minute(start)) % _DAY_MINUTES


def _minute(instant: time) -> int:
    return instant.hour * 60 + instant.minute
