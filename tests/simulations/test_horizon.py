"""How often does an experiment that declared its horizon claim a difference between equal models?

Five raters of severity SD 1 give three scores a model and week. The horizon is half a year, and each week the
boundaries of O'Brien and Fleming are asked anew, as `copydesk analyze --horizon` does.
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from evaluation.analysis.options import Options
from evaluation.analysis.questions import at_horizon
from evaluation.statistics.observations import Observations, Ratings
from tests.simulations.judgements import Team, draw_judgements
from tests.simulations.study import FULL, SMALL, Share, generators, share

WEEKS, WEEKLY = 26, 3
_WEEK_SECONDS = 7 * 86_400.0
TWO = Team(n_models=2, quality_sd=0.0, scores_per_model=WEEKS * WEEKLY, n_votes=0, taste_sd=0.0)
FIVE = replace(TWO, n_models=5)


def false_claims(team: Team, replicates: int, weeks: range, incumbent: str | None = None) -> Share:
    """How often any look at any pair claims a difference."""
    options = Options(horizon=WEEKS * WEEKLY, incumbent=incumbent)
    return share([_claims(team, rng, weeks, options) for rng in generators(79, replicates)])


def _claims(team: Team, rng: np.random.Generator, weeks: range, options: Options) -> bool:
    observations = _timed(draw_judgements(team, rng)[1])
    for week in weeks:
        found = at_horizon(_until(observations, week), options)
        assert found is not None
        if any(pair.verdict != "undecided" for pair in found.pairs):
            return True
    return False


def _timed(observations: Observations) -> Observations:
    """Each week's scores on its Monday: so many of each model."""
    ratings = observations.ratings
    model = observations.drafts.model[ratings.draft]
    turn = np.arange(len(model)) - np.searchsorted(model, model)
    at = np.asarray((turn // WEEKLY) * _WEEK_SECONDS + 4 * 86_400, dtype=np.float64)
    return replace(observations, ratings=replace(ratings, at=at))


def _until(observations: Observations, week: int) -> Observations:
    ratings = observations.ratings
    seen = ratings.at < week * _WEEK_SECONDS + 4 * 86_400
    kept = {column.name: getattr(ratings, column.name)[seen] for column in fields(ratings)}
    return replace(observations, ratings=Ratings(**kept))


@pytest.mark.parametrize("team", [TWO, FIVE], ids=["two models", "five models"])
def test_looking_every_week_claims_no_more_than_was_allowed(team: Team) -> None:
    assert false_claims(team, SMALL // 5, range(4, WEEKS + 1, 4)).at_most(0.05)


def study(replicates: int = FULL // 10) -> str:
    """The table of docs/statistics.md."""
    weeks = range(1, WEEKS + 1)
    rows = [
        ("2", "0.0", false_claims(TWO, replicates, weeks)),
        ("2", "0.6", false_claims(replace(TWO, taste_sd=0.6), replicates, weeks)),
        ("5, all pairs", "0.0", false_claims(FIVE, replicates, weeks)),
        ("5, against the first", "0.0", false_claims(FIVE, replicates, weeks, "model-0")),
    ]
    lines = ["| models | tastes SD | some look claims a difference |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {models} | {tastes} | {claims} |" for models, tastes, claims in rows)])
