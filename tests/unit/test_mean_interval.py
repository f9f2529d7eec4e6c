"""The mean of few scores: a textbook value, what few scores do, and properties of the interval."""

import math
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.not_enough_data import NotEnoughData

SCORES = st.lists(st.integers(1, 10), min_size=5, max_size=60)


def interval(scores: list[int] | list[float], confidence: float = 0.95) -> MeanInterval:
    result = mean_interval(scores, confidence)
    assert isinstance(result, MeanInterval)
    return result


def test_a_hand_calculated_example() -> None:
    # 6 7 8 9 10: mean 8, s = sqrt(10/4) = 1.5811, s/sqrt(5) = 0.70711, t(4, .975) = 2.77645
    result = interval([6, 7, 8, 9, 10])

    assert result.n == 5
    assert result.mean == 8
    assert result.low == pytest.approx(8 - 2.776445 * math.sqrt(0.5), abs=1e-6)
    assert result.high == pytest.approx(8 + 2.776445 * math.sqrt(0.5), abs=1e-6)


def test_fifteen_scores_use_2_145_and_not_1_96() -> None:
    scores = [4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 10]
    result = interval(scores)

    standard_error = stats.sem(scores)
    assert (result.high - result.mean) / standard_error == pytest.approx(2.144787, abs=1e-6)


@pytest.mark.parametrize("n", range(5))
def test_under_five_scores_there_is_a_count_and_no_number(n: int) -> None:
    result = mean_interval([7] * n)

    assert result == NotEnoughData(n=n, required=5)


def test_the_bounds_may_leave_the_scale() -> None:
    result = interval([1, 10, 10, 10, 10])

    assert result.high > 10


def test_equal_scores_have_no_width() -> None:
    result = interval([7, 7, 7, 7, 7])

    assert (result.low, result.mean, result.high) == (7, 7, 7)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="leave missing scores out"):
        mean_interval([5.0, 6.0, 7.0, 8.0, score])


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
def test_an_impossible_confidence_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        mean_interval([5, 6, 7, 8, 9], confidence)


@given(SCORES, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_it_is_scipys_interval(scores: list[int], confidence: float) -> None:
    assume(len(set(scores)) > 1)
    expected = stats.t.interval(
        confidence, len(scores) - 1, loc=sum(scores) / len(scores), scale=stats.sem(scores)
    )

    result = interval(scores, confidence)

    assert (result.low, result.high) == pytest.approx(expected)


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_scores_does_not_matter(scores: list[int], random: Random) -> None:
    shuffled = random.sample(scores, len(scores))

    assert interval(shuffled) == interval(scores)


@given(SCORES)
def test_the_mean_lies_inside_and_more_confidence_is_wider(scores: list[int]) -> None:
    narrow, wide = interval(scores, 0.9), interval(scores, 0.99)

    assert wide.low <= narrow.low <= narrow.mean <= narrow.high <= wide.high


@given(SCORES)
def test_the_same_scores_twice_are_narrower(scores: list[int]) -> None:
    once, twice = interval(scores), interval(scores * 2)

    assert twice.mean == pytest.approx(once.mean)
    assert twice.high - twice.low <= once.high - once.low
