"""Instants go in with any time zone, never without one; texts go in whatever they hold."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import sqlite

from evaluation.columns import AnyText, UtcDateTime

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    "zone", [UTC, ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=30))]
)
def test_an_aware_instant_is_stored_as_utc(zone: ZoneInfo | timezone) -> None:
    stored = UtcDateTime().process_bind_param(NOON.astimezone(zone), DIALECT)
    assert stored == NOON
    assert stored.tzinfo is UTC


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 11, 20, 12, 0), DIALECT)  # noqa: DTZ001


@pytest.mark.parametrize(
    "found",
    [NOON, NOON.replace(tzinfo=None), NOON.astimezone(ZoneInfo("Asia/Kolkata"))],
    ids=["aware", "as SQLite returns it", "as a server in India returns it"],
)
def test_what_comes_back_is_labelled_utc(found: datetime) -> None:
    returned = UtcDateTime().process_result_value(found, DIALECT)
    assert returned == NOON
    assert returned.tzinfo is UTC


def test_nothing_stays_nothing() -> None:
    assert UtcDateTime().process_bind_param(None, DIALECT) is None
    assert UtcDateTime().process_result_value(None, DIALECT) is None


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ü & 🎉\n„Zitat“", "Ü & 🎉\n„Zitat“"),
        ("a\x00b", "a\ufffdb"),
        ("half a pair: \ud83c", "half a pair: \ufffd"),
        ("", ""),
        (None, None),
    ],
)
def test_only_what_no_database_can_store_is_replaced(written: str | None, stored: str | None) -> None:
    assert AnyText().process_bind_param(written, DIALECT) == stored
