"""What the energy of one draft cost, as it is recorded with the draft."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from evaluation.costs.assumptions import CostAssumptions

ENERGY = "energy"
JOULES_PER_KWH = 3_600_000
DECLARED_METHOD = "declared watts × seconds"
MEASURED_METHOD = "measured joules"
DECLARED_SCOPE = "declared"


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
    busy_seconds: float,
    energy_joules: float | None,
    energy_scope: str | None,
    assumptions: CostAssumptions,
    at: datetime,
) -> tuple[CostLine, ...]:
    """The cost lines of a draft that kept the machine busy for so long and was there at an aware instant.

    Joules that a meter measured win over the declaration, and `energy_scope` (what the meter saw:
    soc, system, accelerator) then stands in the method; joules of the scope "declared" are watts ×
    seconds already. A meter that answers None, 0 or something not finite was not available: no
    machine writes for nothing. Then the energy is the machine's declared watts × `busy_seconds`: 35 W
    for 2.031 s at 0.15 USD/kWh is 0.00000296 USD. Where that comes to nothing as well, the cost is not
    known, and there is no line rather than one of 0.

    Raises ValueError for a time that is negative or not finite.
    """
    if not isfinite(busy_seconds) or busy_seconds < 0:
        raise ValueError(f"busy_seconds must be a finite number of at least 0, got {busy_seconds}")
    watts, electricity = assumptions.machine.declared_watts, assumptions.electricity
    joules, method = _found(busy_seconds, energy_joules, energy_scope, watts)
    if joules <= 0:
        return ()
    quantity_kwh = joules / JOULES_PER_KWH
    price_usd = electricity.usd_per_kwh_at(at)
    return (
        CostLine(
            kind=ENERGY,
            quantity=quantity_kwh,
            unit="kWh",
            unit_price_usd=price_usd,
            amount_usd=quantity_kwh * price_usd,
            method=method,
            price_source=electricity.origin,
        ),
    )


def _found(seconds: float, joules: float | None, scope: str | None, watts: float) -> tuple[float, str]:
    if joules is None or not isfinite(joules) or joules <= 0:
        return watts * seconds, DECLARED_METHOD
    if scope == DECLARED_SCOPE:
        return joules, DECLARED_METHOD
    return joules, f"{MEASURED_METHOD} ({scope})" if scope else MEASURED_METHOD
