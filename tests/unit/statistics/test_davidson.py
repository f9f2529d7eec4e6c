"""Abilities from pair votes: the published example, sweeps, ties, sides, order, disagreement."""

import numpy as np
import pytest

from evaluation.statistics.davidson import DavidsonFit, fit_davidson
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Choice, Codes

# Citations among statistics journals, cited (row) by citing (column): Stigler (1994), as analysed with
# Bradley and Terry's model by Agresti, "Categorical Data Analysis", and Turner and Firth (2012).
CITATIONS = np.array([[714, 730, 498, 221], [33, 425, 68, 17], [320, 813, 1072, 142], [284, 276, 325, 188]])
BIOMETRIKA = 0


def _votes(wins: Codes) -> tuple[Codes, Codes, Codes, Codes]:
    """One vote for each win of a row over a column, the winner on the left, by one rater."""
    pairs = [(i, j) for i in range(len(wins)) for j in range(len(wins)) if i != j]
    left = np.repeat([i for i, _ in pairs], [wins[pair] for pair in pairs])
    right = np.repeat([j for _, j in pairs], [wins[pair] for pair in pairs])
    return left, right, np.full(len(left), Choice.LEFT), np.zeros(len(left), dtype=np.int64)


def _fit(
    left: Codes, right: Codes, choice: Codes, rater: Codes, n_models: int = 2, tastes: bool = True
) -> DavidsonFit:
    fit = fit_davidson(left, right, choice, rater, n_models, tastes=tastes)
    assert isinstance(fit, DavidsonFit)
    return fit


def _sweep(n: int) -> tuple[Codes, Codes, Codes, Codes]:
    """Model 0 beats model 1 in every vote, from both sides in turn."""
    left = np.arange(n) % 2
    return left, 1 - left, left.copy(), np.zeros(n, dtype=np.int64)


def _random_votes(seed: int, n: int = 300) -> tuple[Codes, Codes, Codes, Codes]:
    rng = np.random.default_rng(seed)
    left = rng.integers(0, 4, n)
    right = (left + rng.integers(1, 4, n)) % 4
    return left, right, rng.integers(0, 4, n), rng.integers(0, 5, n)


class TestCitations:
    """Without prior, sides and tastes this is Bradley and Terry's model by maximum likelihood."""

    @pytest.fixture
    def fit(self) -> DavidsonFit:
        fit = fit_davidson(*_votes(CITATIONS), 4, prior_sd=None, position_effect=False, tastes=False)
        assert isinstance(fit, DavidsonFit)
        return fit

    def test_abilities_relative_to_biometrika(self, fit: DavidsonFit) -> None:
        relative = fit.abilities - fit.abilities[BIOMETRIKA]
        assert relative[1:] == pytest.approx([-2.949072, -0.479570, 0.268954], abs=1e-6)

    def test_standard_errors_of_these_differences(self, fit: DavidsonFit) -> None:
        own = np.diag(fit.covariance)
        errors = np.sqrt(own + own[BIOMETRIKA] - 2 * fit.covariance[BIOMETRIKA])
        assert errors[1:] == pytest.approx([0.102545, 0.060589, 0.070830], abs=1e-6)

    def test_deviance(self, fit: DavidsonFit) -> None:
        assert fit.deviance == pytest.approx(4.29338, abs=1e-5)


def test_sweep_has_a_finite_and_wide_interval() -> None:
    fit = _fit(*_sweep(10))
    assert fit.abilities[0] > 0.5
    assert 1 < fit.high[0] - fit.low[0] < 6


def test_result_does_not_depend_on_the_order_of_votes() -> None:
    votes = _random_votes(1)
    shuffled = np.random.default_rng(2).permutation(len(votes[0]))
    fit = _fit(*votes, n_models=4)
    left, right, choice, rater = (column[shuffled] for column in votes)
    again = _fit(left, right, choice, rater, n_models=4)
    assert again.abilities == pytest.approx(fit.abilities, abs=1e-9)
    assert again.low == pytest.approx(fit.low, abs=1e-9)


def test_ties_pull_abilities_together() -> None:
    left, right, choice, rater = _sweep(20)
    choice[10:] = Choice.TIE
    fit = _fit(left, right, choice, rater)
    assert 0 < fit.abilities[0] < _fit(*_sweep(20)).abilities[0]
    assert fit.tie is not None


def test_advantage_of_a_side_is_no_ability() -> None:
    left = np.arange(400) % 2
    always_left = np.full(400, Choice.LEFT)
    fit = _fit(left, 1 - left, always_left, np.zeros(400, dtype=np.int64))
    assert fit.abilities == pytest.approx([0, 0], abs=1e-6)
    assert fit.position is not None
    assert fit.position > 1


def test_both_bad_votes_are_counted_but_order_nobody() -> None:
    left, right, choice, rater = _random_votes(3)
    ordered = choice != Choice.BOTH_BAD
    fit = _fit(left, right, choice, rater, n_models=4)
    without = _fit(left[ordered], right[ordered], choice[ordered], rater[ordered], n_models=4)
    assert fit.n_both_bad == np.count_nonzero(~ordered)
    assert fit.abilities == pytest.approx(without.abilities)


def test_raters_who_contradict_each_other_make_the_interval_wider() -> None:
    left, right, choice, _ = _sweep(60)
    split = np.where(np.arange(60) < 30, choice, 1 - choice)
    agreeing, quarrelling = np.arange(60) % 2, (np.arange(60) >= 30).astype(np.int64)
    agreed = _fit(left, right, split, agreeing)
    quarrelled = _fit(left, right, split, quarrelling)
    assert quarrelled.taste_sd > agreed.taste_sd
    assert quarrelled.high[0] - quarrelled.low[0] > 2 * (agreed.high[0] - agreed.low[0])


def test_population_is_named() -> None:
    assert _fit(*_random_votes(4), n_models=4).population == "raters like these"
    assert _fit(*_random_votes(4), n_models=4, tastes=False).population == "these raters"
    assert _fit(*_sweep(10)).population == "these raters"


def test_too_few_votes_are_not_enough_data() -> None:
    assert fit_davidson(*_sweep(4), 2) == NotEnoughData(n=4, required=5)
    nobody = np.array([], dtype=np.int64)
    assert fit_davidson(nobody, nobody, nobody, nobody, 2) == NotEnoughData(n=0, required=5)


def test_malformed_votes_are_refused() -> None:
    left, right, choice, rater = _sweep(10)
    with pytest.raises(ValueError, match="itself"):
        fit_davidson(left, left, choice, rater, 2)
    with pytest.raises(ValueError, match="0 … 0"):
        fit_davidson(left, right, choice, rater, 1)
