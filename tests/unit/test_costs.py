"""The energy line of a draft, by hand and by its properties."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.costs import price_draft


@dataclass(frozen=True)
class Declared:
    price_usd_per_kwh: float = 0.15
    price_source: str = "contract of 2026"
    declared_watts: float = 35.0


SECONDS = st.floats(0, 1e5)
JOULES = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def test_35_watts_for_2031_milliseconds_by_hand() -> None:
    # 35 W × 2.031 s = 71.085 J; / 3,600,000 = 0.0000197458 kWh; × 0.15 = 0.00000296 USD
    line = price_draft(2.031, None, Declared())

    assert line.quantity == pytest.approx(1.97458e-5, rel=1e-5)
    assert line.amount_usd == pytest.approx(0.00000296, abs=5e-9)
    assert (line.kind, line.unit, line.unit_price_usd) == ("energy", "kWh", 0.15)
    assert line.method == "declared watts × seconds"
    assert line.price_source == "contract of 2026"


def test_measured_joules_win_over_the_declaration() -> None:
    line = price_draft(2.031, 360.0, Declared(), "soc")

    assert line.quantity == pytest.approx(0.0001)
    assert line.amount_usd == pytest.approx(0.000015)
    assert line.method == "measured joules (soc)"
    assert price_draft(2.031, 360.0, Declared()).method == "measured joules"


@pytest.mark.parametrize("joules", [None, 0.0, -3.0, math.nan, math.inf])
def test_a_meter_that_saw_nothing_was_not_there(joules: float | None) -> None:
    assert price_draft(2.031, joules, Declared(), "soc") == price_draft(2.031, None, Declared())


@given(SECONDS, JOULES)
def test_no_cost_is_negative_or_lost(seconds: float, joules: float | None) -> None:
    line = price_draft(seconds, joules, Declared())

    assert math.isfinite(line.amount_usd) or (joules or 0) > 1e300
    assert line.amount_usd >= 0
    assert line.amount_usd == line.quantity * line.unit_price_usd
    if seconds > 1e-9:
        assert line.amount_usd > 0 or (joules is not None and 0 < joules < 1e-300)


@given(SECONDS, SECONDS)
def test_more_time_never_costs_less(seconds: float, more: float) -> None:
    assert (
        price_draft(seconds + more, None, Declared()).amount_usd
        >= price_draft(seconds, None, Declared()).amount_usd
    )


@pytest.mark.parametrize(
    ("seconds", "electricity", "name"),
    [
        (-0.1, Declared(), "latency_seconds"),
        (math.nan, Declared(), "latency_seconds"),
        (1.0, Declared(declared_watts=-1), "declared_watts"),
        (1.0, Declared(price_usd_per_kwh=math.inf), "price_usd_per_kwh"),
    ],
)
def test_impossible_values_are_refused_by_name(seconds: float, electricity: Declared, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        price_draft(seconds, None, electricity)
