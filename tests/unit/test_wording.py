"""Small parts of sentences."""

import pytest

from evaluation.wording import days_in_words


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2026-W47", "16 to 22 November 2026"),
        ("2026-W49", "30 November to 6 December 2026"),
        ("2026-W53", "28 December 2026 to 3 January 2027"),
        ("2026-11", "November 2026"),
        ("all", "all"),
    ],
)
def test_a_period_is_said_in_days(label: str, words: str) -> None:
    assert days_in_words(label) == words
