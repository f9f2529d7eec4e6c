"""Prices by the hour: bands that cover the day once, and what they cost."""

from datetime import UTC, date, datetime

import pytest

from evaluation.costs.electricity import Electricity
from tests.costs import bands, flat

DAY_AND_NIGHT = (("06:00", "22:00", 0.31), ("22:00", "06:00", 0.22))


def tariff(*spans: tuple[str, str, float], time_zone: str = "UTC") -> Electricity:
    return Electricity(tuple(bands(*spans)), "contract", date(2026, 1, 1), time_zone=time_zone)


@pytest.mark.parametrize(
    ("hour", "minute", "price"),
    [(5, 59, 0.22), (6, 0, 0.31), (21, 59, 0.31), (22, 0, 0.22), (0, 0, 0.22)],
)
def test_a_band_holds_from_its_start_up_to_its_end(hour: int, minute: int, price: float) -> None:
    at = datetime(2026, 11, 18, hour, minute, 59, tzinfo=UTC)
    assert tariff(*DAY_AND_NIGHT).price_at(at) == price


def test_the_hour_is_that_of_the_contracts_time_zone() -> None:
    at = datetime(2026, 11, 18, 21, 30, tzinfo=UTC)  # 22:30 in Berlin
    assert tariff(*DAY_AND_NIGHT, time_zone="Europe/Berlin").price_at(at) == 0.22


def test_a_machine_that_draws_the_same_at_all_hours_pays_the_mean() -> None:
    # 16 h × 0.31 + 8 h × 0.22 = 6.72; / 24 = 0.28
    assert tariff(*DAY_AND_NIGHT).mean_usd_per_kwh == pytest.approx(0.28)
    assert flat(0.15).mean_usd_per_kwh == 0.15


@pytest.mark.parametrize(
    ("spans", "fault"),
    [
        ((("06:00", "22:00", 0.31),), "cover the day"),
        ((("06:00", "21:00", 0.31), ("22:00", "06:00", 0.22)), "nothing is said about 21:00 to 22:00"),
        ((("06:00", "23:00", 0.31), ("22:00", "06:00", 0.22)), "two bands hold 22:00 to 23:00"),
        ((("00:00", "00:00", 0.31), ("22:00", "06:00", 0.22)), "lasts all day"),
        ((("06:00", "22:00", -0.01), ("22:00", "06:00", 0.22)), "at least 0"),
        ((("06:00", "22:00", float("nan")), ("22:00", "06:00", 0.22)), "finite"),
        ((("06:00:30", "22:00", 0.31), ("22:00", "06:00:30", 0.22)), "whole minute"),
        ((), "at least one band"),
    ],
)
def test_a_tariff_with_a_gap_or_an_overlap_is_refused(
    spans: tuple[tuple[str, str, float], ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        tariff(*spans)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        flat(0.15).price_at(datetime(2026, 11, 18, 12))  # noqa: DTZ001


def test_a_currency_that_is_worth_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="usd_per_unit"):
        flat(0.15, currency="EUR", usd_per_unit=0.0)


def test_words_name_price_source_and_date() -> None:
    assert (flat(0.15).words, flat(0.15).origin) == ("0.15 USD/kWh", "contract, 2026-01-01")
    assert tariff(*DAY_AND_NIGHT).words == "0.22 to 0.31, by the hour, USD/kWh"
