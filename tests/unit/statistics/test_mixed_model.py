"""Comparisons with raters' severity taken out, against published fits."""

import numpy as np
import pytest

from evaluation.statistics.mixed_model import ModelComparison, compare_models
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats
from evaluation.statistics.rater_level import RaterLevelDifference, rater_level_difference

# Yields of dyestuff in grams, six batches of five: Davies and Goldsmith (1972), fitted by REML in
# Bates, "lme4: Mixed-effects modeling with R".
DYESTUFF = np.array(
    [
        *(1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560),
        *(1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445.0),
    ]
)


def _compare(score: Floats, model: Codes, rater: Codes, types: Codes | None = None) -> ModelComparison:
    comparison = compare_models(score, model, rater, types)
    assert isinstance(comparison, ModelComparison)
    return comparison


def test_published_variance_components() -> None:
    """Bates's fit: intercept 1527.5 (SE 19.3834), variance 1764.05 between batches and 2451.25 within."""
    comparison = _compare(DYESTUFF, np.zeros(30, dtype=np.int64), np.repeat(np.arange(6), 5))
    assert comparison.means[0].mean == pytest.approx(1527.5)
    assert comparison.means[0].standard_error == pytest.approx(19.3834, abs=1e-4)
    assert comparison.rater_sd**2 == pytest.approx(1764.05, abs=0.01)
    assert comparison.residual_sd**2 == pytest.approx(2451.25, abs=0.01)
    assert comparison.differences == ()


def test_severity_cancels() -> None:
    model, rater = np.tile([0, 1], 20), np.repeat(np.arange(4), 10)
    noise = np.random.default_rng(1).normal(0, 0.5, 40)
    severity = np.array([-3.0, 0.0, 2.0, 4.0])[rater]
    comparison = _compare(6 + model + severity + noise, model, rater)
    assert comparison.differences[0].estimate == pytest.approx(-1, abs=0.4)
    assert comparison.differences[0].high - comparison.differences[0].low < 1
    assert comparison.rater_sd > 2


def test_kinds_of_text_that_are_harder_do_not_count_against_a_model() -> None:
    rng = np.random.default_rng(2)
    model = np.repeat([0, 1], 40)
    hard = np.concatenate([rng.random(40) < 0.8, rng.random(40) < 0.2]).astype(np.int64)
    score = 7 - 2 * hard + rng.normal(0, 0.5, 80)
    comparison = _compare(score, model, np.arange(80) % 5, hard)
    assert abs(comparison.differences[0].estimate) < 0.4
    assert abs(score[:40].mean() - score[40:].mean()) > 0.8


def test_raters_who_do_not_differ_leave_the_ordinary_comparison() -> None:
    rng = np.random.default_rng(5)
    model, score = np.repeat([0, 1], 20), rng.normal(6, 1, 40)
    balanced = score - np.tile(score.reshape(10, 4).mean(axis=0), 10) + 6
    comparison = _compare(balanced, model, np.tile(np.arange(4), 10))
    assert comparison.rater_sd == 0
    assert comparison.differences[0].estimate == pytest.approx(balanced[:20].mean() - balanced[20:].mean())


def test_little_data_is_not_enough() -> None:
    assert compare_models(np.ones(5), np.arange(5) % 2, np.zeros(5, int)) == NotEnoughData(n=5, required=6)
    each_their_own = compare_models(np.arange(8.0), np.arange(8) % 2, np.arange(8))
    assert isinstance(each_their_own, NotEnoughData)


def test_models_that_wrote_different_kinds_only_cannot_be_compared() -> None:
    model = np.repeat([0, 1], 20)
    scores = np.random.default_rng(3).normal(6, 1, 40)
    assert isinstance(compare_models(scores, model, np.arange(40) % 4, model), NotEnoughData)


def test_unknown_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        compare_models(np.full(8, np.nan), np.arange(8) % 2, np.zeros(8, int))


class TestRaterLevel:
    def test_is_a_paired_comparison_of_raters_means(self) -> None:
        model = np.tile([0, 0, 1], 5)
        rater = np.repeat(np.arange(5), 3)
        score = np.array([7.0, 9, 6, 5, 5, 6, 8, 6, 3, 4, 6, 4, 9, 9, 8])
        found = rater_level_difference(score, model, rater, 0, 1)
        assert isinstance(found, RaterLevelDifference)
        assert found.estimate == pytest.approx(np.mean([2, -1, 4, 1, 1]))
        assert found.n_raters == 5

    def test_many_scores_by_few_raters_do_not_help(self) -> None:
        model, rater = np.tile([0, 1], 400), np.repeat(np.arange(4), 200)
        few = rater_level_difference(np.arange(800.0), model, rater, 0, 1)
        assert few == NotEnoughData(n=4, required=5)
