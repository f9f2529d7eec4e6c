"""The periods that costs may be asked for: a week, a month, or everything so far."""

import re
from datetime import UTC, date, datetime, time, timedelta

from evaluation.errors import InvalidPeriod
from evaluation.periods import Period, find_zone

_MONTH = re.compile(r"([12]\d{3})-(\d{2})")
EVERYTHING = "all"


def parse_span(label: str, time_zone: str, first_draft: datetime | None, now: datetime) -> Period:
    """2026-W47, 2026-11, or "all" since the day of the first draft. Raises InvalidPeriod."""
    if label == EVERYTHING:
        zone = find_zone(time_zone)
        day = (first_draft or now).astimezone(zone).date()
        return Period(EVERYTHING, time_zone, _midnight(day, time_zone), max(now, _midnight(day, time_zone)))
    month = _MONTH.fullmatch(label)
    if month is None:
        return _week(label, time_zone)
    try:
        first = date(int(month[1]), int(month[2]), 1)
    except ValueError as error:
        raise InvalidPeriod(f"There is no month {label!r}. Write year and month, such as 2026-11.") from error
    after = (first + timedelta(days=32)).replace(day=1)
    return Period(label, time_zone, _midnight(first, time_zone), _midnight(after, time_zone))


def _week(label: str, time_zone: str) -> Period:
    try:
        return Period.parse(label, time_zone)
    except InvalidPeriod as error:
        raise InvalidPeriod(
            f"There is no period {label!r}. Write an ISO week (2026-W47), a month (2026-11) or all."
        ) from error


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=find_zone(time_zone)).astimezone(UTC)
