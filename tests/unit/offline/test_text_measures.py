"""Measures of texts, on texts where the answer can be counted by hand."""

import pytest

from evaluation.draft_text import DraftText
from evaluation.offline.text_measures import (
    breaks_off,
    distinct_share,
    is_refusal,
    readability,
    self_overlap,
    topic_coverage,
)


def test_distinct_words_over_all_words() -> None:
    text = DraftText("The cat saw the other cat.")  # the, cat, saw, other: four of six
    assert distinct_share(text, 1) == pytest.approx(4 / 6)
    assert distinct_share(text, 2) == 1
    assert distinct_share(DraftText("word"), 2) is None


def test_overlap_is_the_share_of_four_word_sequences_that_two_texts_have_in_common() -> None:
    one = DraftText("we met at the old mill")  # three shingles
    other = DraftText("they met at the old mill")  # three shingles, two of them the same
    assert self_overlap([one, other]) == pytest.approx(2 / 4)
    assert self_overlap([one, one]) == 1
    assert self_overlap([one, DraftText("quite another thing was said here")]) == 0
    assert self_overlap([one]) is None
    assert self_overlap([one, DraftText("too short")]) is None


def test_coverage_counts_content_words_in_any_form_and_figures_whole() -> None:
    topic = "cutting scrap from 4.1 % to 2.6 %"  # cutting, scrap, 4.1, 2.6
    assert topic_coverage(DraftText("We cut scrap to 2.6 percent."), topic) == pytest.approx(2 / 4)
    assert topic_coverage(DraftText("Cutting scrap: from 4.1 to 2.6."), topic) == 1
    assert topic_coverage(DraftText("Nothing of it."), topic) == 0
    assert topic_coverage(DraftText("Nothing of it."), "and the") is None


def test_lix_of_a_text_counted_by_hand() -> None:
    text = DraftText("The beautiful garden is quiet. Everybody sleeps under trees.")
    # nine words in two sentences; beautiful and everybody have more than six letters
    assert readability(text) == pytest.approx(9 / 2 + 100 * 2 / 9)
    assert readability(DraftText("")) is None


@pytest.mark.parametrize(
    "text",
    ["I'm sorry, but I can't help with that.", "As an AI language model, I", "I cannot assist with it."],
)
def test_a_text_that_begins_by_declining_is_a_refusal(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ["We are sorry for the delay.", "You cannot miss it.", ""])
def test_apologies_to_others_are_none(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    ("text", "finish_reason", "broken"),
    [
        ("All is well.", "stop", False),
        ("All is we", "stop", True),
        ("All is well.", "length", True),
        ("Join us #garden", "stop", False),
        ("Dear Ann,\n\nAll is well.\n\nYours\nthe team", "stop", False),
        ("", "length", False),
        ('{"laws": ["DSA"]}', "stop", False),
        ('{"laws": ["DSA"', "stop", True),
    ],
)
def test_a_text_breaks_off_at_a_limit_or_in_a_sentence(text: str, finish_reason: str, broken: bool) -> None:
    assert breaks_off(DraftText(text), finish_reason) is broken
