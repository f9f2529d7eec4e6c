"""What is recorded with a draft: its energy line, by hand and by its properties."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.costs import price_draft
from evaluation.costs.draft_energy import CostLine
from tests.costs import ASSUMPTIONS, MACHINE, flat, noon

NOON = noon()
SECONDS = st.floats(0, 1e5)
JOULES = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def the_line(seconds: float, joules: float | None = None, scope: str | None = None) -> CostLine:
    (line,) = price_draft(seconds, joules, scope, ASSUMPTIONS, NOON)
    return line


def test_35_watts_for_2031_milliseconds_by_hand() -> None:
    # 35 W × 2.031 s = 71.085 J; / 3,600,000 = 0.0000197458 kWh; × 0.15 = 0.00000296 USD
    line = the_line(2.031)

    assert line.quantity == pytest.approx(1.97458e-5, rel=1e-5)
    assert line.amount_usd == pytest.approx(0.00000296, abs=5e-9)
    assert (line.kind, line.unit, line.unit_price_usd) == ("energy", "kWh", 0.15)
    assert line.method == "declared watts × seconds"
    assert line.price_source == "contract of 2026, 2026-01-01"


def test_measured_joules_win_over_the_declaration() -> None:
    line = the_line(2.031, 360.0, "soc")

    assert line.quantity == pytest.approx(0.0001)
    assert line.amount_usd == pytest.approx(0.000015)
    assert line.method == "measured joules (soc)"
    assert the_line(2.031, 360.0).method == "measured joules"


def test_joules_of_a_declaration_are_not_called_measured() -> None:
    line = the_line(2.031, 71.085, "declared")

    assert line.method == "declared watts × seconds"
    assert line.amount_usd == pytest.approx(0.00000296, abs=5e-9)


@pytest.mark.parametrize("joules", [None, 0.0, -3.0, math.nan, math.inf])
def test_a_meter_that_saw_nothing_was_not_there(joules: float | None) -> None:
    assert the_line(2.031, joules, "soc") == the_line(2.031)


def test_what_is_not_known_has_no_line_instead_of_one_of_nothing() -> None:
    silent = replace(ASSUMPTIONS, machine=replace(MACHINE, declared_watts=0.0))

    assert price_draft(2.031, None, None, silent, NOON) == ()
    assert price_draft(2.031, 0.0, "soc", silent, NOON) == ()
    assert price_draft(0.0, None, None, ASSUMPTIONS, NOON) == ()


def test_another_currency_is_converted_and_says_so() -> None:
    euros = replace(ASSUMPTIONS, electricity=flat(0.30, currency="EUR", usd_per_unit=1.10))
    (line,) = price_draft(1.0, 3_600_000, "system", euros, NOON)

    assert line.amount_usd == pytest.approx(0.33)
    assert line.price_source == "contract, 2026-01-01, at 1.1 USD per EUR"


@given(SECONDS, JOULES)
def test_no_cost_is_negative_and_none_is_silently_zero(seconds: float, joules: float | None) -> None:
    for line in price_draft(seconds, joules, "soc", ASSUMPTIONS, NOON):
        assert line.quantity > 0 or (joules or seconds) < 1e-300
        assert line.amount_usd >= 0
        assert line.amount_usd == line.quantity * line.unit_price_usd
        if line.quantity > 1e-300:
            assert line.amount_usd > 0


@given(SECONDS, SECONDS)
def test_more_time_never_costs_less(seconds: float, more: float) -> None:
    def usd(of: float) -> float:
        return sum(line.amount_usd for line in price_draft(of, None, None, ASSUMPTIONS, NOON))

    assert usd(seconds + more) >= usd(seconds)


@pytest.mark.parametrize("seconds", [-0.1, math.nan, math.inf])
def test_impossible_times_are_refused_by_name(seconds: float) -> None:
    with pytest.raises(ValueError, match="busy_seconds"):
        price_draft(seconds, None, None, ASSUMPTIONS, NOON)
