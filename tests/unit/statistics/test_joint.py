"""One scale for scores, thumbs and votes: what each kind of evidence does to it."""

from dataclasses import fields, replace

import numpy as np
import pytest

from evaluation.statistics.joint import JointFit, fit_joint
from evaluation.statistics.joint_cells import gather
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats, Observations, Ratings
from tests.simulations.judgements import Team, draw_judgements, without_ratings, without_votes

PLENTY = Team(scores_per_model=400, n_votes=1000, taste_sd=0.0)


def _fit(observations: Observations) -> JointFit:
    fit = fit_joint(observations)
    assert isinstance(fit, JointFit)
    return fit


def _draw(team: Team = PLENTY, seed: int = 1) -> tuple[Floats, Observations]:
    quality, observations = draw_judgements(team, np.random.default_rng(seed))
    return quality.mean(axis=1), observations


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean())


def _width(observations: Observations) -> float:
    """The mean standard error of differences."""
    covariance = _fit(observations).covariance
    return float(np.sqrt(np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance).sum())


def _without_heuristics(observations: Observations) -> Observations:
    unknown = np.full(len(observations.drafts), np.nan)
    return replace(observations, drafts=replace(observations.drafts, heuristic=unknown))


class TestKindsOfEvidence:
    def test_much_evidence_of_all_kinds_finds_the_truth(self) -> None:
        truth, observations = _draw(replace(PLENTY, thumbs_share=0.3))
        fit = _fit(observations)
        assert _centred(fit.quality) == pytest.approx(_centred(truth), abs=0.25)
        assert fit.spread.residual == pytest.approx(np.hypot(1.5, 0.7), abs=0.2)

    def test_thumbs_alone_order_models(self) -> None:
        truth, observations = _draw(replace(PLENTY, thumbs_share=1.0))
        fit = _fit(without_votes(observations))
        assert fit.n_scores == 0
        assert np.corrcoef(fit.quality, truth)[0, 1] > 0.95

    def test_votes_alone_order_models_but_do_not_know_the_level(self) -> None:
        truth, observations = _draw()
        fit = _fit(without_ratings(observations))
        assert np.corrcoef(fit.quality, truth)[0, 1] > 0.95
        assert np.all(fit.high - fit.low > 8)

    def test_both_bad_votes_lower_the_level_of_both(self) -> None:
        _, observations = _draw(Team(n_votes=200))
        bad = replace(observations.votes, choice=np.where(observations.votes.left_model < 2, 3, 2))
        fine = replace(observations.votes, choice=np.full(200, 2))
        lowered = _fit(replace(observations, votes=bad)).quality
        before = _fit(replace(observations, votes=fine)).quality
        assert lowered[:2].mean() - lowered[3:].mean() < before[:2].mean() - before[3:].mean()

    def test_heuristics_explain_part_of_the_scores(self) -> None:
        _, observations = _draw()
        assert _fit(observations).slope > 0.2


class TestHeuristics:
    """They carry scores over to drafts that nobody rated; which drafts a model wrote is chance, too."""

    VARIED = replace(PLENTY, scores_per_model=60, draft_sd=1.5, noise_sd=0.7, n_votes=0)

    def test_rating_all_drafts_gains_nothing_by_them(self) -> None:
        _, observations = _draw(self.VARIED)
        assert _width(observations) == pytest.approx(_width(_without_heuristics(observations)), rel=0.05)

    def test_drafts_that_nobody_rated_narrow_intervals(self) -> None:
        _, observations = _draw(self.VARIED)
        ratings = observations.ratings
        rated = {c.name: getattr(ratings, c.name)[ratings.draft % 5 == 0] for c in fields(ratings)}
        few = replace(observations, ratings=Ratings(**rated))
        assert _width(few) < 0.9 * _width(_without_heuristics(few))


class TestRaters:
    def test_severity_is_found_and_does_not_count_against_models(self) -> None:
        truth, observations = _draw(replace(PLENTY, severity_sd=0.0))
        ratings, best = observations.ratings, truth.argmax()
        of_best = observations.drafts.model[ratings.draft] == best
        # Rater 0 takes three points off, and judges half of the best model's drafts but few others.
        harsh = np.where(of_best, ratings.draft % 2 == 0, ratings.draft % 10 == 1)
        rater = np.where(harsh, 0, np.where(ratings.rater == 0, 1, ratings.rater))
        score = np.where(harsh, ratings.score - 3, ratings.score)
        fit = _fit(without_votes(replace(observations, ratings=replace(ratings, rater=rater, score=score))))
        assert fit.severity[0] < -1.5
        assert score[of_best].mean() - score[~of_best].mean() < -0.5
        assert _centred(fit.quality)[best] == pytest.approx(_centred(truth)[best], abs=0.4)

    def test_several_opinions_on_one_draft_count_less_than_on_several(self) -> None:
        apart = _draw(replace(PLENTY, scores_per_model=30, draft_sd=1.5))[1]
        crowded = _draw(replace(PLENTY, scores_per_model=60, draft_sd=1.5, raters_per_draft=5))[1]
        assert gather(_without_heuristics(crowded)).draft_share > 0.3
        assert gather(_without_heuristics(apart)).draft_share == 0
        per_score = gather(_without_heuristics(crowded)).scores.weight_sum / 300
        assert per_score < 0.5

    def test_what_heuristics_explain_of_drafts_is_not_taken_off_twice(self) -> None:
        crowded = _draw(replace(PLENTY, scores_per_model=60, draft_sd=1.5, raters_per_draft=5))[1]
        assert gather(crowded).draft_share < 0.7 * gather(_without_heuristics(crowded)).draft_share

    def test_thumb_beside_a_score_is_not_counted_twice(self) -> None:
        _, observations = _draw()
        beside = replace(observations.ratings, thumb=np.ones(len(observations.ratings)))
        fit = _fit(replace(observations, ratings=beside))
        assert fit.n_thumbs == 0
        assert fit.quality == pytest.approx(_fit(observations).quality)


def test_type_with_few_ratings_borrows_and_says_so() -> None:
    team = Team(n_types=4, scores_per_model=100, n_votes=0)
    _, observations = _draw(team)
    content_type = observations.drafts.content_type.copy()
    content_type[content_type == 3] = 2
    content_type[:3] = 3
    thin = replace(observations, drafts=replace(observations.drafts, content_type=content_type))
    fit = _fit(thin)
    assert fit.borrows[0, 3]
    assert not fit.borrows[0, 2]
    widths = fit.type_high - fit.type_low
    assert widths[0, 3] > widths[0, 2]
    assert widths[0, 3] < 6


def test_order_of_judgements_does_not_matter() -> None:
    _, observations = _draw(Team(n_votes=0))
    ratings = observations.ratings
    turned = replace(
        ratings, draft=ratings.draft[::-1].copy(), rater=ratings.rater[::-1].copy(), score=ratings.score[::-1]
    )
    again = _fit(replace(observations, ratings=turned))
    assert again.quality == pytest.approx(_fit(observations).quality, abs=1e-9)


def test_one_rater_gives_wide_intervals_and_no_crash() -> None:
    _, observations = _draw(Team(n_raters=1, n_votes=0))
    fit = _fit(observations)
    assert np.all(np.isfinite(fit.quality))
    assert np.all(fit.high - fit.low > 1)


def test_too_little_is_not_enough_data() -> None:
    _, observations = _draw(Team(scores_per_model=1, n_votes=4))
    assert fit_joint(observations) == NotEnoughData(n=9, required=10)


def test_many_raters_with_few_votes_each_do_not_explain_votes_away() -> None:
    """At the mode of all effects a vanishing scale of votes would seem best: tastes then fit every vote."""
    team = Team(n_models=4, n_raters=100, scores_per_model=150, n_votes=400, quality_sd=0.8)
    truth, observations = _draw(team)
    fit = _fit(observations)
    assert fit.spread.taste > 0.1
    assert fit.spread.severity == pytest.approx(1.0, abs=0.25)
    assert _centred(fit.quality) == pytest.approx(_centred(truth), abs=0.5)
