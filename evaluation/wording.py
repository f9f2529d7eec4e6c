"""Small parts of sentences."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

MOST_LISTED = 5
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def count(n: int, singular: str, plural: str | None = None) -> str:
    """`1 draft`, `1,200 drafts`; `plural` where an s would not do."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def in_a_row(items: Sequence[str]) -> str:
    """`a, b and c`; of more than five the first, and how many more."""
    if len(items) > MOST_LISTED:
        return f"{', '.join(items[:MOST_LISTED])} and {len(items) - MOST_LISTED} more"
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def days_in_words(label: str) -> str:
    """The days of a period: `16 to 22 November 2026` of 2026-W47, `November 2026` of 2026-11.

    Any other label as it is.
    """
    if month := _MONTH.fullmatch(label):
        return f"{date(int(month[1]), int(month[2]), 1):%B %Y}"
    week = _WEEK.fullmatch(label)
    if week is None:
        return label
    first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
    last = first + timedelta(days=6)
    month_of_first = "" if first.month == last.month else f" {first:%B}"
    year_of_first = "" if first.year == last.year else f" {first.year}"
    return f"{first.day}{month_of_first}{year_of_first} to {last.day} {last:%B %Y}"
