"""Intervals for looking at any time: published constants, running bounds, rater blocks."""

import numpy as np
import pytest

from evaluation.statistics.betting_sequence import BettingInterval, bernoulli_interval, betting_interval
from evaluation.statistics.confidence_sequence import (
    ConfidenceSequence,
    boundary_factor,
    confidence_sequence,
    rater_blocks,
    running_sequence,
)
from evaluation.statistics.not_enough_data import NotEnoughData


def test_published_constant() -> None:
    """Waudby-Smith et al. (2024): σ = 1, n = 100, t* = 100, α = 0.05."""
    assert boundary_factor(100, alpha=0.05, expected_n=100) / 10 == pytest.approx(0.3035209, abs=1e-7)


def test_published_bernoulli_interval() -> None:
    """Howard et al. (2021), two-sided beta-binomial: 700 of 1,000, tightest about 100."""
    interval = bernoulli_interval(700, 1000, expected_n=100)
    assert isinstance(interval, BettingInterval)
    assert interval.low == pytest.approx(0.651629, abs=1e-6)
    assert interval.high == pytest.approx(0.745949, abs=1e-6)


class TestAsymptoticSequence:
    def test_costs_more_than_one_look(self) -> None:
        values = np.random.default_rng(1).normal(0, 1, 100)
        sequence = confidence_sequence(values)
        assert isinstance(sequence, ConfidenceSequence)
        assert 1.4 < sequence.price < 1.7

    def test_running_bounds_are_those_of_each_beginning(self) -> None:
        values = np.random.default_rng(2).normal(3, 2, 40)
        low, high = running_sequence(values)
        for n in (10, 25, 40):
            sequence = confidence_sequence(values[:n])
            assert isinstance(sequence, ConfidenceSequence)
            assert (low[n - 1], high[n - 1]) == pytest.approx((sequence.low, sequence.high))
        assert np.all(np.isnan(low[:9]))

    def test_says_nothing_too_early_or_without_spread(self) -> None:
        assert confidence_sequence(np.arange(9.0)) == NotEnoughData(n=9, required=10)
        assert confidence_sequence(np.ones(20)) == NotEnoughData(n=20, required=21)

    def test_alpha_must_be_a_probability(self) -> None:
        with pytest.raises(ValueError, match="alpha"):
            boundary_factor(10, alpha=1.0)


class TestRaterBlocks:
    def test_pairs_each_raters_scores_in_turn(self) -> None:
        score = np.array([5.0, 6, 7, 4, 9, 8])
        model = np.array([0, 1, 0, 1, 1, 0])
        rater = np.array([0, 0, 1, 1, 0, 0])
        assert rater_blocks(score, model, rater, 0, 1).tolist() == [-1, 3, -1]

    def test_cancels_severity(self) -> None:
        model, rater = np.tile([0, 1], 6), np.repeat([0, 1, 2], 4)
        severe = np.array([2.0, 1.0, 0.0])[rater] + model
        assert rater_blocks(severe, model, rater, 1, 0) == pytest.approx(np.ones(6))

    def test_leaves_out_what_has_no_counterpart_and_other_models(self) -> None:
        model, rater = np.array([0, 0, 2, 1]), np.array([0, 0, 0, 1])
        assert rater_blocks(np.ones(4), model, rater, 0, 1).tolist() == []


class TestBetting:
    def test_holds_the_mean_and_shrinks(self) -> None:
        values = np.random.default_rng(3).beta(6, 3, 400)
        few, many = betting_interval(values[:40]), betting_interval(values)
        assert isinstance(few, BettingInterval)
        assert isinstance(many, BettingInterval)
        assert many.low < 2 / 3 < many.high
        assert many.high - many.low < (few.high - few.low) / 2

    def test_is_sharper_than_the_bernoulli_interval_for_scores_with_little_spread(self) -> None:
        values = np.random.default_rng(4).beta(60, 30, 200)
        betting, bernoulli = betting_interval(values), bernoulli_interval(round(values.sum()), 200)
        assert isinstance(betting, BettingInterval)
        assert isinstance(bernoulli, BettingInterval)
        assert betting.high - betting.low < (bernoulli.high - bernoulli.low) / 2

    def test_knows_next_to_nothing_from_one_value(self) -> None:
        interval = betting_interval(np.array([1.0]))
        assert isinstance(interval, BettingInterval)
        assert interval.high - interval.low > 0.9

    def test_refuses_values_outside_its_scale(self) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            betting_interval(np.array([7.0]))

    def test_needs_something(self) -> None:
        assert betting_interval(np.array([])) == NotEnoughData(n=0, required=1)
        assert bernoulli_interval(0, 0) == NotEnoughData(n=0, required=1)
