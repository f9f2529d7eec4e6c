"""What copydesk.toml says about costs: electricity, the machine, what it draws, clouds, people's time."""

import re
from datetime import date, time
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.section import Section
from evaluation.costs.assumptions import CloudModel, CostAssumptions, Machine, People
from evaluation.costs.electricity import USD, Electricity, TariffBand, check_bands
from evaluation.periods import find_zone

_CLOUD_MODEL = r"^[a-z0-9][a-z0-9-]*:[A-Za-z0-9][A-Za-z0-9._:/-]*$"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Price = Annotated[float, Field(ge=0, le=1_000_000)]


class TariffBandSettings(Section):
    """From one time of day up to another, such as "22:00" and "06:00", a kWh costs `price_per_kwh`."""

    start: str
    end: str
    price_per_kwh: Price

    @field_validator("start", "end")
    @classmethod
    def _is_time(cls, text: str) -> str:
        if _CLOCK.fullmatch(text) is None:
            raise ValueError('it must be a time of day in quotes, such as "22:00"')
        return text

    def band(self) -> TariffBand:
        return TariffBand(time.fromisoformat(self.start), time.fromisoformat(self.end), self.price_per_kwh)


class ElectricitySettings(Section):
    """A price with its currency, source and date: flat, or a tariff whose bands cover the day once."""

    price_per_kwh: Price | None = None
    tariff: tuple[TariffBandSettings, ...] = ()
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    usd_per_unit: float | None = Field(default=None, gt=0, le=1_000_000)
    source: str = Field(min_length=1)
    date: date

    @field_validator("tariff")
    @classmethod
    def _covers_the_day(cls, tariff: tuple[TariffBandSettings, ...]) -> tuple[TariffBandSettings, ...]:
        if tariff:
            check_bands([band.band() for band in tariff])
        return tariff

    @model_validator(mode="after")
    def _is_one_price(self) -> "ElectricitySettings":
        if (self.price_per_kwh is None) != bool(self.tariff):
            raise ValueError("say either price_per_kwh or tariff")
        if self.currency != USD and self.usd_per_unit is None:
            raise ValueError(
                f"prices of cloud models are in USD, so say usd_per_unit, what one {self.currency} is worth"
            )
        if self.currency == USD and self.usd_per_unit not in (None, 1):
            raise ValueError("one USD is worth one USD, so leave usd_per_unit out")
        return self

    def electricity(self, time_zone: str) -> Electricity:
        rate = self.usd_per_unit or 1.0
        if self.price_per_kwh is not None:
            bands: tuple[TariffBand, ...] = (TariffBand(time(0), time(0), self.price_per_kwh),)
        else:
            bands = tuple(band.band() for band in self.tariff)
        return Electricity(bands, self.source, self.date, self.currency, rate, time_zone)


class MachineSettings(Section):
    """What the machine cost, in USD, and what it will still be worth after so many years."""

    price_usd: Price
    resale_usd: Price
    lifetime_years: float = Field(gt=0, le=50)
    source: str = Field(min_length=1)
    date: date

    @model_validator(mode="after")
    def _loses_value(self) -> "MachineSettings":
        if self.resale_usd > self.price_usd:
            raise ValueError("resale_usd must not exceed price_usd")
        return self


class PowerSettings(Section):
    """Watts where no meter says them, and the port of `macmon serve` on this machine."""

    declared_watts: float = Field(ge=0, le=100_000)
    idle_watts: float = Field(ge=0, le=100_000)
    macmon_port: int = Field(ge=1, le=65_535)


class PriceSettings(Section):
    """Cloud models to compare with, as "provider:model"."""

    cloud_models: tuple[Annotated[str, Field(pattern=_CLOUD_MODEL)], ...]


class PeopleSettings(Section):
    """What an hour of people's time costs; 0 leaves that line out."""

    hourly_usd: Price
    minutes_per_rating: float = Field(ge=0, le=1_440)
    minutes_per_edit: float = Field(ge=0, le=1_440)


def build_assumptions(
    electricity: ElectricitySettings,
    machine: MachineSettings,
    power: PowerSettings,
    prices: PriceSettings,
    people: PeopleSettings,
    time_zone: str,
) -> CostAssumptions:
    """What the cost report takes as given. The tariff's hours are those of the report's time zone."""
    find_zone(time_zone)
    return CostAssumptions(
        electricity=electricity.electricity(time_zone),
        machine=Machine(
            price_usd=machine.price_usd,
            lifetime_years=machine.lifetime_years,
            resale_usd=machine.resale_usd,
            declared_watts=power.declared_watts,
            idle_watts=power.idle_watts,
            source=machine.source,
            as_of=machine.date,
        ),
        cloud_models=tuple(CloudModel(*name.split(":", 1)) for name in prices.cloud_models),
        people=People(people.hourly_usd, people.minutes_per_rating, people.minutes_per_edit)
        if people.hourly_usd > 0
        else None,
    )
