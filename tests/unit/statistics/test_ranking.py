"""Rank sets, the threshold, the leader, and how many ratings are missing."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.statistics.ranking import Evidence, Ranking, Standing, rank_models


def _evidence(quality: list[float], error: float = 0.1, n: int = 100) -> Evidence:
    """Independent qualities with one standard error, all by eight raters."""
    models = len(quality)
    covariance = np.eye(models) * error**2
    return Evidence(
        quality=np.array(quality),
        covariance=covariance,
        covariance_these_raters=covariance,
        n_ratings=np.full(models, n),
        n_raters=np.full(models, 8),
    )


def _rank(evidence: Evidence, seed: int = 1) -> Ranking:
    return rank_models(evidence, np.random.default_rng(seed))


def test_models_far_apart_have_one_rank_each() -> None:
    ranking = _rank(_evidence([6.0, 8.5, 7.5]))
    assert [(line.rank_low, line.rank_high) for line in ranking.lines] == [(3, 3), (1, 1), (2, 2)]


def test_models_close_together_share_their_ranks() -> None:
    ranking = _rank(_evidence([8.0, 8.1, 5.0]))
    assert [(line.rank_low, line.rank_high) for line in ranking.lines] == [(1, 2), (1, 2), (3, 3)]


class TestLeader:
    def test_leads_when_qualified_and_better_than_all(self) -> None:
        assert _rank(_evidence([6.0, 8.5, 7.5])).leader == 1

    def test_does_not_lead_below_the_threshold(self) -> None:
        assert _rank(_evidence([4.0, 6.5, 5.0])).leader is None

    def test_does_not_lead_while_another_may_be_better(self) -> None:
        assert _rank(_evidence([8.5, 8.4, 5.0])).leader is None

    def test_need_not_beat_a_model_that_nobody_has_judged_enough(self) -> None:
        evidence = _evidence([8.5, 9.0])
        assert _rank(replace(evidence, n_ratings=np.array([100, 14]))).leader == 0


class TestStanding:
    def test_qualifies_only_with_the_whole_interval(self) -> None:
        standings = [line.standing for line in _rank(_evidence([8.0, 7.2, 6.0])).lines]
        assert standings == [Standing.QUALIFIED, Standing.UNDECIDED, Standing.BELOW]

    @pytest.mark.parametrize(("n_ratings", "n_raters"), [(14, 8), (100, 2)])
    def test_is_insufficient_with_few_ratings_or_raters(self, n_ratings: int, n_raters: int) -> None:
        evidence = replace(
            _evidence([9.0, 5.0]), n_ratings=np.array([n_ratings, 50]), n_raters=np.array([n_raters, 8])
        )
        line = _rank(evidence).lines[0]
        assert line.standing is Standing.INSUFFICIENT
        assert line.rank_low is None
        assert line.p_best is None

    def test_widens_with_few_degrees_of_freedom(self) -> None:
        evidence = _evidence([7.6, 5.0])
        assert _rank(evidence).lines[0].standing is Standing.QUALIFIED
        assert _rank(replace(evidence, df_level=3.0)).lines[0].standing is Standing.UNDECIDED


class TestProbabilityOfBeingBest:
    def test_adds_up_and_follows_quality(self) -> None:
        chances = [line.p_best or 0 for line in _rank(_evidence([7.0, 7.1, 6.9], error=0.2)).lines]
        assert sum(chances) == pytest.approx(1)
        assert chances[1] > chances[0] > chances[2]

    def test_is_even_between_equals(self) -> None:
        chances = [line.p_best for line in _rank(_evidence([7.0, 7.0])).lines]
        assert chances == pytest.approx([0.5, 0.5], abs=0.02)


class TestMissingRatings:
    def test_names_the_rival_and_is_none_when_all_is_settled(self) -> None:
        ranking = _rank(_evidence([7.0, 7.3, 4.0]))
        missing = ranking.lines[0].missing
        assert missing is not None
        assert missing.model == 1
        assert missing.ratings is not None
        assert ranking.lines[2].missing is None

    def test_so_many_more_would_do(self) -> None:
        now = _rank(_evidence([7.0, 7.3])).lines[0].missing
        assert now is not None
        assert now.ratings is not None
        each = 100 + now.ratings // 2 + 1
        later = _evidence([7.0, 7.3], error=0.1 * np.sqrt(100 / each), n=each)
        assert _rank(later).lines[0].missing is None

    def test_more_ratings_by_the_same_people_may_not_do(self) -> None:
        evidence = _evidence([7.0, 7.3])
        tastes = replace(evidence, covariance_these_raters=evidence.covariance / 10)
        missing = _rank(tastes).lines[0].missing
        assert missing is not None
        assert missing.ratings is None
