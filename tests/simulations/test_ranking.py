"""Does looking every week lead to false claims, and can a model with five ratings win?

Five models, or two, of equal quality, judged by five raters of severity SD 1 for half a year: each week three
scores a model and five votes. Every week everything so far is fitted anew and the models are ranked. A
false claim is a pair of which one is called better.
"""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.special import stdtrit

from evaluation.statistics.joint import JointFit, fit_joint
from evaluation.statistics.observations import Observations, PairVotes, Ratings
from evaluation.statistics.ranking import Evidence, Ranking, Standing, rank_models
from tests.simulations.judgements import Team, draw_judgements
from tests.simulations.study import FULL, SMALL, Share, generators, share

WEEKS = 26
EQUAL = Team(quality_sd=0.0, scores_per_model=3 * WEEKS, n_votes=5 * WEEKS, taste_sd=0.0)
TASTES = replace(EQUAL, taste_sd=0.6)
PAIR, PAIR_TASTES = replace(EQUAL, n_models=2), replace(TASTES, n_models=2)


def false_claims(team: Team, replicates: int, weeks: range) -> tuple[Share, Share]:
    """How often any week claims a difference: by anytime rank sets, and by 95 % intervals of one look."""
    outcomes = [_half_a_year(team, rng, weeks) for rng in generators(49, replicates)]
    return share([anytime for anytime, _ in outcomes]), share([fixed for _, fixed in outcomes])


def _half_a_year(team: Team, rng: np.random.Generator, weeks: range) -> tuple[bool, bool]:
    _, observations = draw_judgements(team, rng)
    shuffled = rng.permutation(len(observations.ratings))
    anytime = fixed = False
    for week in weeks:
        seen = _first(observations, shuffled[: 3 * team.n_models * week], 5 * week)
        fit = fit_joint(seen)
        assert isinstance(fit, JointFit)
        anytime = anytime or bool(rank(seen, fit, required_ratings=10).better.any())
        fixed = fixed or _differs_at_one_look(fit)
    return anytime, fixed


def rank(observations: Observations, fit: JointFit, required_ratings: int = 15) -> Ranking:
    """Rank the models of a fit by their ratings."""
    models = observations.drafts.model[observations.ratings.draft]
    evidence = Evidence(
        quality=fit.quality,
        covariance=fit.covariance,
        covariance_these_raters=fit.covariance_these_raters,
        n_ratings=np.bincount(models, minlength=len(fit.quality)),
        n_raters=np.full(len(fit.quality), fit.n_raters),
        df_level=fit.df_level,
        df_difference=fit.df_difference,
    )
    return rank_models(evidence, np.random.default_rng(1), required_ratings=required_ratings)


def _differs_at_one_look(fit: JointFit) -> bool:
    own = np.diag(fit.covariance)
    error = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * fit.covariance, 0))
    gap = np.abs(fit.quality[:, None] - fit.quality[None, :])
    return bool((gap > stdtrit(fit.df_difference, 0.975) * error).any())


def _first(observations: Observations, ratings: np.ndarray, n_votes: int) -> Observations:
    """What was there of ratings and votes at some week."""
    rows, votes = observations.ratings, observations.votes
    kept = {column.name: getattr(rows, column.name)[ratings] for column in fields(rows)}
    cast = {column.name: getattr(votes, column.name)[:n_votes] for column in fields(votes)}
    return replace(observations, ratings=Ratings(**kept), votes=PairVotes(**cast))


def wins_of_a_newcomer(replicates: int) -> tuple[Share, Share]:
    """How often one of five equal models, with 5 ratings where others have 30, leads or has the best mean."""
    leads, tops = [], []
    for rng in generators(50, replicates):
        _, observations = draw_judgements(replace(EQUAL, scores_per_model=30, n_votes=0), rng)
        models = observations.drafts.model
        few = np.flatnonzero((models != 0) | (np.arange(len(models)) < 5))
        seen = _first(observations, few, 0)
        fit = fit_joint(seen)
        assert isinstance(fit, JointFit)
        ranking = rank(seen, fit)
        assert ranking.lines[0].standing is Standing.INSUFFICIENT
        leads.append(ranking.leader == 0)
        scores = seen.ratings.score
        means = [scores[seen.drafts.model[seen.ratings.draft] == model].mean() for model in range(5)]
        tops.append(int(np.argmax(means)) == 0)
    return share(leads), share(tops)


@pytest.mark.parametrize("team", [PAIR, PAIR_TASTES], ids=["equal tastes", "tastes differ"])
def test_one_pair_is_not_claimed_to_differ_more_often_than_allowed(team: Team) -> None:
    assert false_claims(team, SMALL // 20, range(2, WEEKS + 1, 8))[0].at_most(0.05)


@pytest.mark.parametrize("team", [EQUAL, TASTES], ids=["equal tastes", "tastes differ"])
def test_no_more_than_five_percent_are_ever_claimed_to_differ(team: Team) -> None:
    anytime, fixed = false_claims(team, SMALL // 20, range(2, WEEKS + 1, 8))
    assert anytime.at_most(0.05)
    assert fixed.value > anytime.value


def test_model_with_five_ratings_does_not_win() -> None:
    leads, _ = wins_of_a_newcomer(SMALL // 10)
    assert leads.at_most(0.10)


def study(replicates: int = FULL // 50) -> str:
    """The tables of docs/statistics.md."""
    lines = [
        "| models | tastes SD | ever a false claim, anytime | with 95 % intervals at each look |",
        "|---|---|---|---|",
    ]
    for team in (PAIR, PAIR_TASTES, EQUAL, TASTES):
        anytime, fixed = false_claims(team, replicates, range(1, WEEKS + 1))
        lines.append(f"| {team.n_models} | {team.taste_sd} | {anytime} | {fixed} |")
    leads, tops = wins_of_a_newcomer(10 * replicates)
    lines += ["", f"A newcomer with 5 ratings leads in {leads}, and has the highest mean in {tops}."]
    return "\n".join(lines)
