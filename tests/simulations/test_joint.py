"""Does one scale for scores, thumbs and votes know more than each of them, and claim no more than it knows?

Five models of quality N(6.5, 0.6²), five raters of severity SD 1 and tastes SD 0.3, 15 scores a model and
60 votes. Counted are all ten differences of two models' qualities.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from evaluation.statistics.joint import JointFit, fit_joint
from evaluation.statistics.observations import Floats, Observations
from tests.simulations.judgements import Team, draw_judgements, without_ratings, without_votes
from tests.simulations.study import FULL, SMALL, Share, generators, share

FEW = Team()
CASES = {
    "15 scores a model, 60 votes": FEW,
    "the same, tastes SD 0.6": replace(FEW, taste_sd=0.6),
    "half of the scores are thumbs": replace(FEW, thumbs_share=0.5),
    "every draft by three raters": replace(FEW, scores_per_model=45, raters_per_draft=3, draft_sd=1.2),
    "four kinds of text": replace(FEW, n_types=4, interaction_sd=0.4, scores_per_model=24),
}


def coverage(team: Team, replicates: int) -> Share:
    """How often a difference of two qualities lies in its interval."""
    return share([hit for rng in generators(47, replicates) for hit in _covered(team, rng)])


def widths(team: Team, replicates: int) -> tuple[float, float, float]:
    """The mean width of the best-minus-worst interval: from everything, without votes, from votes alone."""
    found = [_widths(team, rng) for rng in generators(48, replicates)]
    joint, scores, votes = np.mean(found, axis=0)
    return float(joint), float(scores), float(votes)


def _covered(team: Team, rng: np.random.Generator) -> list[bool]:
    quality, observations = draw_judgements(team, rng)
    truth, fit = quality.mean(axis=1), _fit(observations)
    return [_covers(fit, truth, a, b) for a in range(team.n_models) for b in range(a)]


def _widths(team: Team, rng: np.random.Generator) -> list[float]:
    quality, observations = draw_judgements(team, rng)
    truth = quality.mean(axis=1)
    best, worst = int(truth.argmax()), int(truth.argmin())
    sources = (observations, without_votes(observations), without_ratings(observations))
    return [2 * _margin(_fit(source), best, worst) for source in sources]


def _fit(observations: Observations) -> JointFit:
    fit = fit_joint(observations)
    assert isinstance(fit, JointFit)
    return fit


def _margin(fit: JointFit, a: int, b: int) -> float:
    variance = fit.covariance[a, a] + fit.covariance[b, b] - 2 * fit.covariance[a, b]
    return float(stdtrit(fit.df_difference, 0.975) * np.sqrt(variance))


def _covers(fit: JointFit, truth: Floats, a: int, b: int) -> bool:
    error = fit.quality[a] - fit.quality[b] - truth[a] + truth[b]
    return bool(abs(error) <= _margin(fit, a, b))


@pytest.mark.parametrize("name", CASES)
def test_differences_are_covered(name: str) -> None:
    assert coverage(CASES[name], SMALL // 20).at_least(0.93)


def test_scores_and_votes_together_are_sharper_than_either() -> None:
    joint, scores, votes = widths(FEW, SMALL // 20)
    assert joint <= 0.9 * min(scores, votes)


def study(replicates: int = FULL // 25) -> str:
    """The table of docs/statistics.md."""
    lines = [
        "| case | coverage | width, all | width, scores and thumbs alone | width, votes alone |",
        "|---|---|---|---|---|",
    ]
    for name, team in CASES.items():
        covered = coverage(team, replicates)
        joint, scores, votes = widths(team, replicates)
        lines.append(f"| {name} | {covered} | {joint:.2f} | {scores:.2f} | {votes:.2f} |")
    return "\n".join(lines)
