"""ISO weeks in a time zone, and which of them are due for a report."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evaluation.errors import InvalidPeriod

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LABEL = re.compile(r"([12]\d{3})-W(\d{2})")


@dataclass(frozen=True)
class Period:
    """One ISO week, `label` in the form 2026-W47, as it is lived in `time_zone`.

    `start` and `end` are aware UTC instants: Monday 00:00 there, and the Monday after, which
    no longer belongs to the week. They lie 168 hours apart, one more or less where the clocks
    change in between.
    """

    label: str
    time_zone: str
    start: datetime
    end: datetime

    @classmethod
    def parse(cls, label: str, time_zone: str) -> Self:
        """The week of a label such as `2026-W47`. Raises InvalidPeriod."""
        match = _LABEL.fullmatch(label)
        try:
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
        except ValueError:
            monday = None
        if monday is None:
            raise InvalidPeriod(f"There is no week {label!r}. Write the ISO year and week, e.g. 2026-W47.")
        return cls._from_monday(monday, time_zone)

    @classmethod
    def containing(cls, instant: datetime, time_zone: str) -> Self:
        """The week in which an aware `instant` lies. Raises InvalidPeriod for an unknown zone."""
        local_day = _aware(instant).astimezone(find_zone(time_zone)).date()
        return cls._from_monday(local_day - timedelta(days=local_day.weekday()), time_zone)

    @classmethod
    def _from_monday(cls, monday: date, time_zone: str) -> Self:
        zone = find_zone(time_zone)
        return cls(
            label=monday.strftime("%G-W%V"),
            time_zone=time_zone,
            start=_local(monday, 0, zone),
            end=_local(monday + timedelta(days=7), 0, zone),
        )

    def following(self) -> Self:
        """The week after this one."""
        return self.containing(self.end, self.time_zone)


@dataclass(frozen=True)
class ReportSchedule:
    """When the report of a closed week is due: on `weekday` (a name) at `hour` in `time_zone`.

    Raises InvalidPeriod for values that no calendar has.
    """

    weekday: str = "monday"
    hour: int = 9
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.weekday not in WEEKDAYS:
            raise InvalidPeriod(f"There is no weekday {self.weekday!r}. Use one of: {', '.join(WEEKDAYS)}.")
        if not 0 <= self.hour <= 23:
            raise InvalidPeriod(f"There is no hour {self.hour}. Use a whole number from 0 to 23.")
        find_zone(self.time_zone)

    def due_at(self, period: Period) -> datetime:
        """The first such weekday and hour after the week is over, in UTC."""
        zone = find_zone(self.time_zone)
        day = period.end.astimezone(zone).date()
        day += timedelta(days=(WEEKDAYS.index(self.weekday) - day.weekday()) % 7)
        due = _local(day, self.hour, zone)
        return due if due >= period.end else _local(day + timedelta(days=7), self.hour, zone)


def due_weeks(
    schedule: ReportSchedule, first_activity: datetime | None, reported: Collection[str], now: datetime
) -> Iterator[Period]:
    """The weeks since `first_activity` that are due at `now` and not among the `reported` labels.

    Oldest first. A machine that slept through Monday finds the week here when it wakes, and
    no longer once its row exists. No activity, no weeks. Whether a week had any activity of
    its own is for the caller to ask (`report.weeks_without_report` does).
    """
    if first_activity is None:
        return
    period = Period.containing(first_activity, schedule.time_zone)
    while schedule.due_at(period) <= _aware(now):
        if period.label not in reported:
            yield period
        period = period.following()


def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises InvalidPeriod with an example."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidPeriod(
            f"There is no time zone {name!r}. Use an IANA name such as Europe/Berlin or UTC; "
            "if the name is right, this machine lacks the time zone tables: pip install tzdata."
        ) from error


def _local(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The instant at which a wall clock shows `hour`; where it skips it, the moment of the skip.

    An hour that comes twice means the first one.
    """
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; pass an aware datetime, e.g. datetime.now(UTC)")
    return instant
