"""Small parts of sentences."""

from collections.abc import Sequence

MOST_LISTED = 5


def count(n: int, singular: str, plural: str | None = None) -> str:
    """`1 draft`, `1,200 drafts`; `plural` where an s would not do."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def in_a_row(items: Sequence[str]) -> str:
    """`a, b and c`; of more than five the first, and how many more."""
    if len(items) > MOST_LISTED:
        return f"{', '.join(items[:MOST_LISTED])} and {len(items) - MOST_LISTED} more"
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))
