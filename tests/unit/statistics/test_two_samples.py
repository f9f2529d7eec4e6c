"""Two samples at one look: published examples, and what each test answers with little data."""

import numpy as np
import pytest

from evaluation.statistics.brunner_munzel import BrunnerMunzelTest, brunner_munzel_test
from evaluation.statistics.cliffs_delta import CliffsDelta, cliffs_delta
from evaluation.statistics.equivalence import Equivalence, tost, tost_from_moments
from evaluation.statistics.multiplicity import dunnett, holm
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats
from evaluation.statistics.permutation import PermutationTest, permutation_test
from evaluation.statistics.spending import obrien_fleming
from evaluation.statistics.welch import WelchTest, welch_test

# scipy's own example, from Dunnett (1955): blood counts under two drugs and a control.
CONTROL = np.array([7.40, 8.50, 7.20, 8.24, 9.84, 8.32])
DRUG_A = np.array([9.76, 8.80, 7.68, 9.36])
DRUG_B = np.array([12.80, 9.68, 12.16, 9.20, 10.55])


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def _shifted(n: int = 30, shift: float = 1.0) -> tuple[Floats, Floats]:
    rng = _rng()
    return np.round(rng.normal(6 + shift, 1.5, n)), np.round(rng.normal(6, 1.5, n))


class TestWelch:
    def test_from_the_moments_of_a_published_example(self) -> None:
        """NIST's AUTO83B: miles per gallon of 249 American and 79 Japanese cars."""
        american = _with_moments(20.14458, 6.414700, 249)
        japanese = _with_moments(30.48101, 6.107710, 79)
        found = welch_test(american, japanese)
        assert isinstance(found, WelchTest)
        assert found.t == pytest.approx(-12.94627, abs=2e-5)

    def test_interval_holds_the_difference(self) -> None:
        found = welch_test(*_shifted())
        assert isinstance(found, WelchTest)
        assert found.low < found.difference < found.high
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)

    def test_needs_two_values_and_some_spread(self) -> None:
        assert welch_test(np.ones(1), np.ones(5)) == NotEnoughData(n=1, required=2)
        assert welch_test(np.ones(5), np.ones(5)) == NotEnoughData(n=5, required=6)


class TestPermutation:
    def test_agrees_with_welch_for_many_values(self) -> None:
        a, b = _shifted(60, 0.6)
        found, welch = permutation_test(a, b, _rng()), welch_test(a, b)
        assert isinstance(found, PermutationTest)
        assert isinstance(welch, WelchTest)
        assert found.t == pytest.approx(welch.t)
        assert found.p == pytest.approx(welch.p, abs=0.02)

    def test_blocks_take_raters_out(self) -> None:
        rng = _rng()
        severity = np.repeat([0.0, 6.0], 15)
        a, b = severity + 0.5 + rng.normal(0, 0.5, 30), severity + rng.normal(0, 0.5, 30)
        rater = np.repeat([0, 1], 15)
        with_blocks = permutation_test(a, b, _rng(), blocks=(rater, rater))
        without = permutation_test(a, b, _rng())
        assert isinstance(with_blocks, PermutationTest)
        assert isinstance(without, PermutationTest)
        assert with_blocks.p < 0.05 < without.p

    def test_is_never_zero_and_needs_three_values(self) -> None:
        found = permutation_test(np.arange(50.0) + 100, np.arange(50.0), _rng(), replicates=99)
        assert isinstance(found, PermutationTest)
        assert found.p == 0.01
        assert permutation_test(np.ones(2), np.ones(9), _rng()) == NotEnoughData(n=2, required=3)


class TestBrunnerMunzel:
    def test_published_example(self) -> None:
        """Pain scores of Brunner and Munzel (2000), as in scipy's and R's lawstat documentation."""
        active = np.array([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1.0])
        control = np.array([3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4.0])
        found = brunner_munzel_test(control, active)
        assert isinstance(found, BrunnerMunzelTest)
        assert found.p == pytest.approx(0.0057862, abs=1e-6)
        assert found.probability == pytest.approx(0.788961, abs=1e-6)

    def test_needs_ten_values_and_some_overlap(self) -> None:
        assert brunner_munzel_test(np.ones(9), np.ones(20)) == NotEnoughData(n=9, required=10)
        apart = brunner_munzel_test(np.arange(10.0), np.arange(10.0) + 100)
        assert apart == NotEnoughData(n=10, required=11)


class TestCliffsDelta:
    def test_counts_pairs(self) -> None:
        found = cliffs_delta(np.array([5.0, 6, 7]), np.array([4.0, 5, 9]))
        assert isinstance(found, CliffsDelta)
        assert found.delta == pytest.approx((5 - 3) / 9)

    def test_interval_stays_in_range_and_is_not_a_point_without_overlap(self) -> None:
        found = cliffs_delta(np.arange(5.0) + 100, np.arange(5.0))
        assert isinstance(found, CliffsDelta)
        assert found.delta == found.high == 1
        assert found.low < 0.95

    def test_needs_three_values(self) -> None:
        assert cliffs_delta(np.ones(2), np.ones(5)) == NotEnoughData(n=2, required=3)


class TestMultiplicity:
    def test_holm_by_hand(self) -> None:
        assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
        assert holm(np.array([])).tolist() == []

    def test_holm_refuses_what_is_no_probability(self) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            holm(np.array([1.2]))

    def test_dunnett_reproduces_its_published_example(self) -> None:
        found = dunnett([DRUG_A, DRUG_B], CONTROL, _rng())
        assert isinstance(found, tuple)
        assert [line.p for line in found] == pytest.approx([0.62004941, 0.0059035], abs=2e-3)
        assert [line.difference for line in found] == pytest.approx([0.65, 2.628], abs=1e-9)

    def test_dunnett_needs_two_values(self) -> None:
        assert dunnett([np.ones(1)], CONTROL, _rng()) == NotEnoughData(n=1, required=2)


class TestEquivalence:
    def test_published_example(self) -> None:
        """Lakens (2017): 5.25 (SD 0.95, n 95) and 5.22 (SD 0.83, n 89), margin 0.43 pooled deviations."""
        margin = 0.43 * np.sqrt((0.95**2 + 0.83**2) / 2)
        found = tost_from_moments((5.25, 0.95, 95), (5.22, 0.83, 89), margin)
        assert (found.t_lower, found.t_upper) == pytest.approx((3.1497, -2.6928), abs=1e-4)
        assert found.df == pytest.approx(181.134, abs=1e-3)
        assert found.equivalent

    def test_few_scores_show_no_equality(self) -> None:
        found = tost(*_shifted(6, 0.0), 0.5)
        assert isinstance(found, Equivalence)
        assert not found.equivalent

    def test_margin_must_be_declared(self) -> None:
        with pytest.raises(ValueError, match="margin"):
            tost(*_shifted(), 0.0)

    def test_needs_two_values(self) -> None:
        assert tost(np.ones(1), np.ones(3), 1.0) == NotEnoughData(n=1, required=2)


class TestSpending:
    def test_published_boundaries(self) -> None:
        """Five equal looks, two-sided 0.05, in every textbook since Lan and DeMets (1983)."""
        plan = obrien_fleming(np.array([0.2, 0.4, 0.6, 0.8, 1.0]))
        assert plan.boundary == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=2e-3)
        assert plan.spent[-1] == pytest.approx(0.05)

    def test_one_look_is_the_ordinary_test(self) -> None:
        assert obrien_fleming(np.array([1.0])).boundary == pytest.approx([1.96], abs=2e-3)

    def test_looks_beyond_the_horizon_are_refused(self) -> None:
        with pytest.raises(ValueError, match="rise"):
            obrien_fleming(np.array([0.5, 1.2]))


def _with_moments(mean: float, sd: float, n: int) -> Floats:
    values = np.linspace(-1, 1, n)
    return np.asarray(mean + sd * (values - values.mean()) / values.std(ddof=1))
