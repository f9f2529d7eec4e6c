"""Ours beside packages that statisticians trust, on whatever data Hypothesis thinks of.

The packages are test tools only. Where they mean something else by the same word, the test says so.
"""

import warnings

import choix
import krippendorff
import numpy as np
import ppi_py
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW, ttost_ind
from statsmodels.tools.sm_exceptions import ConvergenceWarning, SingularMatrixWarning

from evaluation.statistics.agreement import Agreement, Level, krippendorff_alpha
from evaluation.statistics.brunner_munzel import BrunnerMunzelTest, brunner_munzel_test
from evaluation.statistics.davidson import DavidsonFit, fit_davidson
from evaluation.statistics.equivalence import Equivalence, tost
from evaluation.statistics.mixed_model import ModelComparison, compare_models
from evaluation.statistics.multiplicity import holm
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Choice, Floats
from evaluation.statistics.prediction_powered import BlendedMean, BlendMethod, blended_mean
from evaluation.statistics.welch import WelchTest, welch_test

SEEDS = st.integers(0, 2**32 - 1)
SCORES = st.integers(1, 10).map(float)


def samples(least: int = 3) -> st.SearchStrategy[Floats]:
    """Scores of one model: whole points from 1 to 10."""
    return arrays.arrays(np.float64, st.integers(least, 40), elements=SCORES)


class TestKrippendorff:
    @settings(deadline=None)
    @given(
        table=arrays.arrays(
            np.float64, st.tuples(st.integers(2, 5), st.integers(5, 25)), elements=SCORES | st.just(np.nan)
        ),
        level=st.sampled_from(Level),
    )
    def test_alpha(self, table: Floats, level: Level) -> None:
        rater, unit = np.nonzero(~np.isnan(table))
        found = krippendorff_alpha(unit, table[rater, unit], level, np.random.default_rng(0), replicates=10)
        assume(isinstance(found, Agreement))
        assert isinstance(found, Agreement)
        theirs = krippendorff.alpha(reliability_data=table, level_of_measurement=level.value)
        assert found.alpha == pytest.approx(theirs, abs=1e-9)


class TestChoix:
    @settings(deadline=None)
    @given(seed=SEEDS, n_models=st.integers(2, 6), n_votes=st.integers(5, 200))
    def test_abilities_with_a_standard_normal_prior(self, seed: int, n_models: int, n_votes: int) -> None:
        """Without ties, sides and tastes. Its penalty is α Σθ², so that α = ½ is a deviation of 1."""
        rng = np.random.default_rng(seed)
        winner = rng.integers(0, n_models, n_votes)
        loser = (winner + rng.integers(1, n_models, n_votes)) % n_models
        choice, nobody = np.full(n_votes, Choice.LEFT), np.zeros(n_votes, dtype=np.int64)
        fit = fit_davidson(winner, loser, choice, nobody, n_models, position_effect=False, tastes=False)
        assert isinstance(fit, DavidsonFit)
        wins = list(zip(winner.tolist(), loser.tolist(), strict=True))
        theirs = choix.opt_pairwise(n_models, wins, alpha=0.5, tol=1e-9)
        assert fit.abilities == pytest.approx(theirs - theirs.mean(), abs=1e-4)


class TestPredictionPowered:
    @settings(deadline=None)
    @given(seed=SEEDS, n=st.integers(10, 60), n_more=st.integers(0, 200), shift=st.floats(-3, 3))
    def test_estimate_and_interval(self, seed: int, n: int, n_more: int, shift: float) -> None:
        """Theirs with our slope is our estimate. It takes the slope as known and the sample as large, so its
        interval is never wider.
        """
        rng = np.random.default_rng(seed)
        human = rng.normal(6, 1.5, n + n_more)
        heuristic = human + shift + rng.normal(0, 1, n + n_more)
        ours = blended_mean(human[:n], heuristic[:n], heuristic)
        assert isinstance(ours, BlendedMean)
        assume(ours.method is BlendMethod.REGRESSION)
        theirs = ppi_py.ppi_mean_pointestimate(human[:n], heuristic[:n], heuristic, lam=ours.slope)
        assert ours.mean == pytest.approx(float(theirs[0]))
        low, high = ppi_py.ppi_mean_ci(human[:n], heuristic[:n], heuristic, alpha=0.05, lam=ours.slope)
        assert ours.low <= float(low[0]) < float(high[0]) <= ours.high


class TestStatsmodels:
    @settings(deadline=None)
    @given(a=samples(), b=samples())
    def test_welch(self, a: Floats, b: Floats) -> None:
        found = welch_test(a, b)
        assume(not isinstance(found, NotEnoughData) and np.ptp(a) > 0 and np.ptp(b) > 0)
        assert isinstance(found, WelchTest)
        means = CompareMeans(DescrStatsW(a), DescrStatsW(b))
        t, p, df = means.ttest_ind(usevar="unequal")
        assert (found.t, found.p, found.df) == pytest.approx((t, p, df))
        assert (found.low, found.high) == pytest.approx(means.tconfint_diff(usevar="unequal"))

    @settings(deadline=None)
    @given(a=samples(), b=samples(), margin=st.floats(0.1, 3))
    def test_two_one_sided_tests(self, a: Floats, b: Floats, margin: float) -> None:
        assume(np.ptp(a) > 0 and np.ptp(b) > 0)
        found = tost(a, b, margin)
        assert isinstance(found, Equivalence)
        p, lower, upper = ttost_ind(a, b, -margin, margin, usevar="unequal")
        assert found.p == pytest.approx(p, abs=1e-12)
        assert (found.t_lower, found.t_upper) == pytest.approx((lower[0], upper[0]))

    @settings(deadline=None)
    @given(a=samples(10), b=samples(10))
    def test_brunner_and_munzel(self, a: Floats, b: Floats) -> None:
        found = brunner_munzel_test(a, b)
        assume(isinstance(found, BrunnerMunzelTest) and min(np.ptp(a), np.ptp(b)) > 0)
        assert isinstance(found, BrunnerMunzelTest)
        theirs = rank_compare_2indep(a, b, use_t=True)
        assume(theirs.var > 1e-12)
        assert found.p == pytest.approx(theirs.pvalue, abs=1e-9)

    @pytest.mark.parametrize("n", [1, 2, 30])
    def test_holm(self, n: int) -> None:
        """A few cases only: each call of theirs collects all garbage of the process."""
        p = np.random.default_rng(n).uniform(0, 1, n).round(1)
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])

    @settings(max_examples=30, deadline=None)
    @given(seed=SEEDS, n=st.integers(30, 120), n_raters=st.integers(4, 8), severity=st.floats(0.7, 2))
    def test_random_intercepts(self, seed: int, n: int, n_raters: int, severity: float) -> None:
        """MixedLM does not always converge; where it does, both have found the same maximum."""
        rng = np.random.default_rng(seed)
        model, rater = rng.integers(0, 3, n), rng.integers(0, n_raters, n)
        score = 6 + 0.5 * model + rng.normal(0, severity, n_raters)[rater] + rng.normal(0, 1, n)
        found = compare_models(score, model, rater)
        assert isinstance(found, ModelComparison)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.simplefilter("error", SingularMatrixWarning)
            try:
                theirs = MixedLM(score, np.eye(3)[model], groups=rater).fit(reml=True)
            except (ConvergenceWarning, SingularMatrixWarning):
                assume(False)
        assert [line.mean for line in found.means] == pytest.approx(theirs.fe_params.tolist(), abs=1e-3)
        assert found.residual_sd**2 == pytest.approx(theirs.scale, rel=1e-3)
        assert found.rater_sd**2 == pytest.approx(float(theirs.cov_re[0, 0]), rel=1e-2, abs=1e-3)
