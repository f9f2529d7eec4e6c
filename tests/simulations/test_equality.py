"""How often are two models called equal that differ by the whole margin?

Half a point apart, judged by five raters of severity SD 1 for half a year: each week twenty scores of each
model. Every other week the verdict is asked for anew. Beside it, Schuirmann's two one-sided tests of the
plain scores at 5 %, asked as often: what they take for certain is these raters' and this week's.
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from evaluation.analysis.analyze import analyze
from evaluation.analysis.options import Options
from evaluation.statistics.observations import Observations, Ratings
from tests.simulations.judgements import Team, draw_judgements
from tests.simulations.study import FULL, SMALL, Share, generators, share

WEEKS, WEEKLY, MARGIN = 26, 20, 0.5
APART = Team(n_models=2, quality_sd=0.0, scores_per_model=WEEKS * WEEKLY, n_votes=0, taste_sd=0.0)
TASTES = replace(APART, taste_sd=0.6)
_OPTIONS = Options(margin=MARGIN, permutations=False)


def false_equality(team: Team, replicates: int, weeks: range) -> tuple[Share, Share]:
    """How often any week's verdict is "equal", and how often any week's p of equivalence is below .05."""
    outcomes = [_half_a_year(team, rng, weeks) for rng in generators(73, replicates)]
    return share([verdict for verdict, _ in outcomes]), share([tests for _, tests in outcomes])


def _half_a_year(team: Team, rng: np.random.Generator, weeks: range) -> tuple[bool, bool]:
    _, observations = draw_judgements(team, rng)
    ratings = observations.ratings
    score = ratings.score + MARGIN * (observations.drafts.model[ratings.draft] == 0)
    shuffled = rng.permutation(len(ratings))
    verdict = tests = False
    for week in weeks:
        seen = _first(replace(observations, ratings=replace(ratings, score=score)), shuffled, week)
        (pair,) = analyze(seen, _OPTIONS).comparisons
        verdict = verdict or pair.verdict == "equal"
        tests = tests or (pair.p_equivalence is not None and pair.p_equivalence < 0.05)
    return verdict, tests


def _first(observations: Observations, shuffled: np.ndarray, week: int) -> Observations:
    """What there was of ratings at the end of a week."""
    ratings, rows = observations.ratings, shuffled[: 2 * WEEKLY * week]
    kept = {column.name: getattr(ratings, column.name)[rows] for column in fields(ratings)}
    return replace(observations, ratings=Ratings(**kept))


@pytest.mark.parametrize("team", [APART, TASTES], ids=["equal tastes", "tastes differ"])
def test_models_a_margin_apart_are_not_called_equal(team: Team) -> None:
    verdict, _ = false_equality(team, SMALL // 20, range(2, WEEKS + 1, 8))
    assert verdict.at_most(0.05)


def study(replicates: int = FULL // 125) -> str:
    """The table of docs/statistics.md."""
    lines = [
        "| tastes SD | some week's verdict is equal | some week's tests of plain scores |",
        "|---|---|---|",
    ]
    for team in (APART, TASTES):
        verdict, tests = false_equality(team, replicates, range(2, WEEKS + 1, 2))
        lines.append(f"| {team.taste_sd} | {verdict} | {tests} |")
    return "\n".join(lines)
