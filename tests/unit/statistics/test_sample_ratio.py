"""Sample ratios: values of reference implementations, invariance, little data, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.sample_ratio import SampleRatio, SideBalance, sample_ratio_test, side_balance

EVEN = (0.5, 0.5)


def ratio(counts: list[int], shares: tuple[float, ...], concentration: float = 20.0) -> SampleRatio:
    found = sample_ratio_test(np.array(counts), shares, concentration=concentration)
    assert isinstance(found, SampleRatio)
    return found


@pytest.mark.parametrize(
    ("counts", "shares", "concentration", "p"),
    [
        ([800, 200], EVEN, 10_000, 8.126155715401769e-08),
        ([800, 200], EVEN, 100, 2.253273013435552e-75),
        ([1100, 900], EVEN, 10_000, 0.20685901461423034),
        ([600, 200, 200], (0.34, 0.33, 0.33), 10_000, 1.4343631225400445e-06),
        ([500, 500], EVEN, 10_000, 1.0),
    ],
)
def test_the_anytime_p_is_that_of_the_published_sequential_test(
    counts: list[int], shares: tuple[float, ...], concentration: float, p: float
) -> None:
    """Values of GrowthBook's tests, computed with its port of Lindon and Malek's ssrm-test."""
    assert ratio(counts, shares, concentration).anytime_p == pytest.approx(p, rel=1e-9)


def test_the_fixed_p_is_pearson_s() -> None:
    found = ratio([16, 18, 16, 14, 12, 24], (1, 1, 1, 1, 2, 2))
    expected = chisquare([16, 18, 16, 14, 12, 24], [12.5, 12.5, 12.5, 12.5, 25, 25])
    assert (found.chi_square, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.n, found.df) == (100, 5)
    assert found.expected == pytest.approx((12.5, 12.5, 12.5, 12.5, 25, 25))


def test_a_skew_is_a_mismatch_and_even_counts_are_none() -> None:
    skewed, even = ratio([90, 30], EVEN), ratio([61, 59], EVEN)
    assert (skewed.mismatch, skewed.anytime_mismatch) == (True, True)
    assert (even.mismatch, even.anytime_mismatch, even.anytime_p) == (False, False, 1.0)


def test_overwhelming_evidence_stays_a_number() -> None:
    found = ratio([10**6, 10**3], EVEN)
    assert 0 < found.e_value < np.inf
    assert found.anytime_p >= 0
    assert found.anytime_mismatch


@settings(deadline=None)
@given(st.lists(st.integers(10, 400), min_size=2, max_size=6))
def test_the_order_of_arms_does_not_matter(counts: list[int]) -> None:
    shares = np.arange(1, len(counts) + 1)
    order = np.random.default_rng(len(counts)).permutation(len(counts))
    one = sample_ratio_test(np.array(counts), shares)
    other = sample_ratio_test(np.array(counts)[order], shares[order])
    if isinstance(one, SampleRatio) and isinstance(other, SampleRatio):
        assert (one.p, one.anytime_p) == pytest.approx((other.p, other.anytime_p))
    else:
        assert one == other


def test_little_data_says_how_much_would_do() -> None:
    assert sample_ratio_test(np.array([3, 3]), EVEN) == NotEnoughData(n=6, required=10)
    assert sample_ratio_test(np.array([0, 0, 0]), (0.8, 0.1, 0.1)) == NotEnoughData(n=0, required=50)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([10, -1], EVEN),
        ([10.5, 9.5], EVEN),
        ([10, 10], (1, 0)),
        ([10, 10], (1, np.nan)),
        ([10, 10, 10], EVEN),
        ([10], (1,)),
    ],
)
def test_malformed_input_is_refused(counts: list[float], shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"count|share"):
        sample_ratio_test(np.array(counts), shares)


def sides(left: list[int], right: list[int], n_models: int) -> SideBalance:
    found = side_balance(np.array(left), np.array(right), n_models)
    assert isinstance(found, SideBalance)
    return found


def test_sides_of_two_models_are_one_exact_binomial_test() -> None:
    found = sides([0] * 9 + [1], [1] * 9 + [0], 2)
    assert found.p == pytest.approx(binomtest(9, 10).pvalue)
    assert (found.left, found.shown) == ((9, 1), (10, 10))


def test_sides_of_several_models_are_corrected_and_an_absent_model_is_left_out() -> None:
    left, right = [0] * 20 + [1, 2] * 10, [1, 2] * 10 + [2, 1] * 10
    found = sides(left, right, 4)
    assert found.p_values[0] == pytest.approx(binomtest(20, 20).pvalue)
    assert found.p_values[3] is None
    assert found.p == pytest.approx(3 * binomtest(20, 20).pvalue)
    assert found.mismatch


def test_even_sides_have_p_1() -> None:
    assert sides([0, 1] * 5, [1, 0] * 5, 2).p == 1.0


def test_few_or_wrong_pairs() -> None:
    assert side_balance(np.array([0]), np.array([1]), 2) == NotEnoughData(n=1, required=5)
    with pytest.raises(ValueError, match="codes"):
        side_balance(np.array([0, 2]), np.array([1, 0]), 2)
    with pytest.raises(ValueError, match="left and a right"):
        side_balance(np.array([0, 1]), np.array([1]), 2)
