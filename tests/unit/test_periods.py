"""ISO weeks where clocks change and years end, and which weeks are due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import InvalidPeriod
from evaluation.periods import Period, ReportSchedule, due_weeks

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/Santiago",
        "Africa/Cairo",
    ]
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
BERLIN_MONDAY_NINE = ReportSchedule("monday", 9, "Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_bounds_are_local_midnights_in_utc() -> None:
    week = Period.parse("2026-W47", "Europe/Berlin")

    assert week.start == utc("2026-11-15 23:00")
    assert week.end == utc("2026-11-22 23:00")
    assert week.label == "2026-W47"


@pytest.mark.parametrize(
    ("label", "hours"),
    [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)],
)
def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer(label: str, hours: int) -> None:
    week = Period.parse(label, "Europe/Berlin")

    assert week.end - week.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "label"),
    [
        ("2026-12-31 12:00", "2026-W53"),
        ("2027-01-01 12:00", "2026-W53"),
        ("2027-01-04 12:00", "2027-W01"),
        ("2024-12-30 12:00", "2025-W01"),
    ],
)
def test_the_iso_year_is_not_the_calendar_year(instant: str, label: str) -> None:
    assert Period.containing(utc(instant), "UTC").label == label


def test_the_same_instant_lies_in_different_weeks_in_different_zones() -> None:
    sunday_evening = utc("2026-11-22 22:30")

    assert Period.containing(sunday_evening, "Europe/Berlin").label == "2026-W47"
    assert Period.containing(sunday_evening, "Asia/Tokyo").label == "2026-W48"


@given(INSTANTS, ZONES)
def test_weeks_tile_time(instant: datetime, zone: str) -> None:
    week = Period.containing(instant, zone)

    assert week.start <= instant < week.end
    assert week.following().start == week.end
    assert Period.parse(week.label, zone) == week


@pytest.mark.parametrize("label", ["2026-W54", "2026-W00", "2025-W53", "2026-47", "W47", "", "9999-W52"])
def test_a_week_that_does_not_exist_is_refused_with_an_example(label: str) -> None:
    with pytest.raises(InvalidPeriod, match="2026-W47"):
        Period.parse(label, "UTC")


@pytest.mark.parametrize("zone", ["Berlin", "", "../../etc/passwd", "Europe/Nowhere"])
def test_a_zone_that_does_not_exist_is_refused_with_an_example(zone: str) -> None:
    with pytest.raises(InvalidPeriod, match="Europe/Berlin"):
        Period.parse("2026-W47", zone)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Period.containing(datetime(2026, 11, 20), "UTC")  # noqa: DTZ001


@pytest.mark.parametrize(("weekday", "hour"), [("1", 9), ("Monday", 9), ("monday", 24), ("monday", -1)])
def test_an_impossible_schedule_is_refused(weekday: str, hour: int) -> None:
    with pytest.raises(InvalidPeriod):
        ReportSchedule(weekday, hour, "UTC")


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (BERLIN_MONDAY_NINE, "2026-11-23 08:00"),
        (ReportSchedule("monday", 0, "Europe/Berlin"), "2026-11-22 23:00"),
        (ReportSchedule("friday", 17, "Europe/Berlin"), "2026-11-27 16:00"),
        (ReportSchedule("sunday", 9, "Europe/Berlin"), "2026-11-29 08:00"),
    ],
)
def test_a_week_is_due_at_the_first_such_hour_after_it(schedule: ReportSchedule, due: str) -> None:
    assert schedule.due_at(Period.parse("2026-W47", "Europe/Berlin")) == utc(due)


def test_the_hour_is_the_one_on_the_wall_after_the_clocks_changed() -> None:
    before, after = Period.parse("2026-W42", "Europe/Berlin"), Period.parse("2026-W43", "Europe/Berlin")

    assert BERLIN_MONDAY_NINE.due_at(before) == utc("2026-10-19 07:00")
    assert BERLIN_MONDAY_NINE.due_at(after) == utc("2026-10-26 08:00")


@given(INSTANTS, ZONES, ZONES, st.integers(0, 23), st.sampled_from(["monday", "wednesday", "sunday"]))
def test_no_week_is_due_before_it_is_over_or_a_week_late(
    instant: datetime, zone: str, schedule_zone: str, hour: int, weekday: str
) -> None:
    week = Period.containing(instant, zone)
    due = ReportSchedule(weekday, hour, schedule_zone).due_at(week)

    assert week.end <= due <= week.end + timedelta(days=7, hours=2)


def test_nothing_is_due_without_activity() -> None:
    assert list(due_weeks(BERLIN_MONDAY_NINE, None, (), utc("2026-11-23 12:00"))) == []


def test_a_week_is_due_from_its_hour_on_until_it_has_a_report() -> None:
    first = utc("2026-11-18 10:00")

    def due(now: str, *reported: str) -> list[str]:
        return [week.label for week in due_weeks(BERLIN_MONDAY_NINE, first, reported, utc(now))]

    assert due("2026-11-23 07:59:59") == []
    assert due("2026-11-23 08:00") == ["2026-W47"]
    assert due("2026-11-23 08:01", "2026-W47") == []


def test_a_machine_asleep_on_monday_finds_the_week_when_it_wakes() -> None:
    weeks = due_weeks(BERLIN_MONDAY_NINE, utc("2026-11-04 10:00"), ("2026-W45",), utc("2026-11-25 03:00"))

    assert [week.label for week in weeks] == ["2026-W46", "2026-W47"]
