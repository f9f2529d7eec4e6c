"""What heuristics may and may not do to the mean of people's scores."""

import numpy as np
import pytest

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats
from evaluation.statistics.prediction_powered import BlendedMean, BlendMethod, blended_mean


def _blend(
    human: Floats,
    rated: Floats,
    everything: Floats,
    stratum_rated: Codes | None = None,
    stratum_all: Codes | None = None,
) -> BlendedMean:
    blend = blended_mean(human, rated, everything, stratum_rated=stratum_rated, stratum_all=stratum_all)
    assert isinstance(blend, BlendedMean)
    return blend


def _drafts(seed: int = 1, n_all: int = 300, n: int = 40) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    heuristic = rng.normal(5, 1, n_all)
    human = 2 + 0.9 * heuristic + rng.normal(0, 0.4, n_all)
    return human[:n], heuristic[:n], heuristic


def test_hand_computed_estimate() -> None:
    """Scores on the line y = 1 + x: the mean over all drafts is 1 + the mean heuristic over all drafts."""
    heuristic_all = np.arange(20.0)
    rated = heuristic_all[:10]
    blend = _blend(1 + rated, rated, heuristic_all)
    assert blend.method is BlendMethod.REGRESSION
    assert blend.slope == pytest.approx(1)
    assert blend.mean == pytest.approx(1 + 9.5)


def test_regression_corrects_for_which_drafts_were_scored() -> None:
    human, heuristic, everything = _drafts()
    easy = np.argsort(heuristic)[20:]
    blend = _blend(human[easy], heuristic[easy], everything)
    truth = 2 + 0.9 * everything.mean()
    assert abs(blend.mean - truth) < 0.2 < abs(human[easy].mean() - truth)


def test_a_constant_added_to_all_heuristics_changes_nothing() -> None:
    human, heuristic, everything = _drafts()
    assert _blend(human, heuristic + 3, everything + 3).mean == pytest.approx(
        _blend(human, heuristic, everything).mean
    )


class TestFallsBackToPeopleAlone:
    def test_with_fewer_than_ten_scores(self) -> None:
        human, heuristic, everything = _drafts(n=9)
        blend = _blend(human, heuristic, everything)
        assert blend.method is BlendMethod.HUMAN_ONLY
        assert blend.mean == pytest.approx(human.mean())
        assert "too few" in blend.reason

    def test_where_heuristics_say_no_more_than_chance(self) -> None:
        rng = np.random.default_rng(3)
        human, heuristic = np.tile([1.0, 9.0], 10), np.repeat([1.0, 2.0], 10)
        blend = _blend(human, heuristic, np.concatenate([heuristic, rng.normal(5, 1, 50)]))
        assert blend.method is BlendMethod.HUMAN_ONLY
        assert "say nothing" in blend.reason

    def test_where_heuristics_do_not_vary(self) -> None:
        blend = _blend(np.arange(12.0), np.ones(12), np.ones(30))
        assert blend.method is BlendMethod.HUMAN_ONLY
        assert blend.slope is None


class TestStrata:
    def test_weigh_as_in_all_drafts_and_not_as_scored(self) -> None:
        rng = np.random.default_rng(4)
        stratum_all = np.repeat([0, 1], [100, 100])
        heuristic_all = rng.normal(5, 1, 200)
        rated = np.r_[0:40, 100:110]
        human = 5 + 3 * stratum_all[rated] + 0.8 * heuristic_all[rated]
        blend = _blend(
            human,
            heuristic_all[rated],
            heuristic_all,
            stratum_rated=stratum_all[rated],
            stratum_all=stratum_all,
        )
        assert blend.mean == pytest.approx(5 + 1.5 + 0.8 * heuristic_all.mean())

    def test_with_few_scores_are_merged(self) -> None:
        human, heuristic, everything = _drafts()
        lonely = np.zeros(300, dtype=np.int64)
        lonely[0] = 1
        blend = _blend(human, heuristic, everything, stratum_rated=lonely[:40], stratum_all=lonely)
        assert blend.mean == pytest.approx(_blend(human, heuristic, everything).mean)


def test_too_few_scores_are_not_enough_data() -> None:
    assert blended_mean(np.ones(4), np.ones(4), np.ones(9)) == NotEnoughData(n=4, required=5)


def test_unknown_values_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        blended_mean(np.array([1, 2, 3, 4, np.nan]), np.ones(5), np.ones(9))
    with pytest.raises(ValueError, match="leave out"):
        blended_mean(np.ones(5), np.ones(5), np.array([np.nan]))
