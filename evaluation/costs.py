"""What one draft cost: for now its energy, measured where a meter ran and declared elsewhere."""

from dataclasses import dataclass
from math import isfinite
from typing import Protocol

ENERGY = "energy"
JOULES_PER_KWH = 3_600_000
DECLARED_METHOD = "declared watts × seconds"
MEASURED_METHOD = "measured joules"


class Electricity(Protocol):
    """What the machine is declared to draw while it writes, and what a kilowatt-hour costs."""

    @property
    def price_usd_per_kwh(self) -> float: ...
    @property
    def price_source(self) -> str: ...
    @property
    def declared_watts(self) -> float: ...


@dataclass(frozen=True)
class CostLine:
    """One line of a bill: `amount_usd` = `quantity` (in `unit`) × `unit_price_usd`.

    `method` says how the quantity was found and `price_source` where the price comes from.
    """

    kind: str
    quantity: float
    unit: str
    unit_price_usd: float
    amount_usd: float
    method: str
    price_source: str


def price_draft(
    latency_seconds: float,
    energy_joules: float | None,
    electricity: Electricity,
    energy_scope: str | None = None,
) -> CostLine:
    """The energy line of a draft that took `latency_seconds` to write.

    Measured `energy_joules` win over the declaration, and `energy_scope` (what the meter saw:
    soc, system, accelerator) then stands in the method. A meter that answers None, 0 or
    something not finite was not available: no machine writes for nothing. Then the energy is
    watts × seconds: 35 W for 2.031 s at 0.15 USD/kWh is 0.00000296 USD.

    Raises ValueError for a time, a power or a price that is negative or not finite.
    """
    _require_not_negative("latency_seconds", latency_seconds)
    _require_not_negative("declared_watts", electricity.declared_watts)
    _require_not_negative("price_usd_per_kwh", electricity.price_usd_per_kwh)
    if energy_joules is not None and isfinite(energy_joules) and energy_joules > 0:
        joules = energy_joules
        method = f"{MEASURED_METHOD} ({energy_scope})" if energy_scope else MEASURED_METHOD
    else:
        joules = electricity.declared_watts * latency_seconds
        method = DECLARED_METHOD
    quantity_kwh = joules / JOULES_PER_KWH
    return CostLine(
        kind=ENERGY,
        quantity=quantity_kwh,
        unit="kWh",
        unit_price_usd=electricity.price_usd_per_kwh,
        amount_usd=quantity_kwh * electricity.price_usd_per_kwh,
        method=method,
        price_source=electricity.price_source,
    )


def _require_not_negative(name: str, value: float) -> None:
    if not isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a finite number of at least 0, got {value}")
