"""How often are two equal models called different, when raters differ in severity or in taste?

Sixty scores of two equal models; each rater happened to see more of one of them. A plain Welch test,
the random-intercept model, and the rater-level test, at 5 %.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.statistics.mixed_model import ModelComparison, compare_models
from evaluation.statistics.rater_level import RaterLevelDifference, rater_level_difference
from evaluation.statistics.welch import WelchTest, welch_test
from tests.simulations.study import FULL, SMALL, Share, generators, share

N_SCORES, N_RATERS, SEVERITY_SD = 60, 6, 1.0


@dataclass(frozen=True)
class FalseClaims:
    naive: Share
    mixed: Share
    rater_level: Share


def false_claims(taste_sd: float, replicates: int) -> FalseClaims:
    outcomes = [_replicate(taste_sd, rng) for rng in generators(52, replicates)]
    naive, mixed, rater_level = zip(*outcomes, strict=True)
    return FalseClaims(share(list(naive)), share(list(mixed)), share(list(rater_level)))


def _replicate(taste_sd: float, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    rater = np.arange(N_SCORES) % N_RATERS
    seldom = rng.random(N_RATERS) < 0.5
    model = (rng.random(N_SCORES) < np.where(seldom[rater], 0.25, 0.75)).astype(np.int64)
    model[:N_RATERS], model[N_RATERS : 2 * N_RATERS] = 0, 1
    severity = rng.normal(0, SEVERITY_SD, N_RATERS)[rater]
    taste = (rng.normal(0, 1, (N_RATERS, 2)) * taste_sd)[rater, model]
    score = np.clip(np.round(6 + severity + taste + rng.normal(0, 1, N_SCORES)), 1, 10)
    naive = welch_test(score[model == 0], score[model == 1])
    mixed = compare_models(score, model, rater)
    level = rater_level_difference(score, model, rater, 0, 1)
    assert isinstance(naive, WelchTest)
    assert isinstance(mixed, ModelComparison)
    assert isinstance(level, RaterLevelDifference)
    return naive.p < 0.05, mixed.differences[0].p < 0.05, level.p < 0.05


def test_random_intercepts_hold_their_level_where_severity_differs() -> None:
    found = false_claims(0.0, 3 * SMALL)
    assert found.mixed.at_most(0.05)
    assert found.naive.value > 2 * found.mixed.value


def test_rater_level_holds_its_level_where_tastes_differ() -> None:
    assert false_claims(0.6, 3 * SMALL).rater_level.at_most(0.05)


def study(replicates: int = FULL) -> str:
    """The table of docs/statistics.md."""
    lines = ["| taste SD | Welch | random intercepts | rater level |", "|---|---|---|---|"]
    for taste_sd in (0.0, 0.6):
        found = false_claims(taste_sd, replicates)
        lines.append(f"| {taste_sd} | {found.naive} | {found.mixed} | {found.rater_level} |")
    return "\n".join(lines)
