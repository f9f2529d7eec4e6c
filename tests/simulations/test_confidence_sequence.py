"""Do intervals that are looked at every week for half a year hold at all of these looks together?

Five equal models and five raters of severity SD 1: each week three scores a model, and differences within
raters (`rater_blocks`) for each pair. Tastes are a rater's own liking for a model: these sequences speak of
these raters, so what must be held is the difference as these raters see it. Beside them the betting interval
for the mean of one model's scores, which are skewed: most are 9 or 10.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from scipy.special import stdtrit

from evaluation.statistics.betting_sequence import BettingInterval, betting_interval
from evaluation.statistics.confidence_sequence import rater_blocks, running_sequence
from evaluation.statistics.observations import Codes, Floats
from tests.simulations.study import FULL, SMALL, Share, generators, share

WEEKS, WEEKLY = 26, 3
N_MODELS, N_RATERS = 5, 5
SKEWED = np.array([0, 0, 0, 0, 0.02, 0.03, 0.05, 0.1, 0.3, 0.5])
_START = 10


@dataclass(frozen=True)
class Misses:
    """How often some look misses the difference as these raters see it, or as raters like these would.

    `one_look` is Student's interval taken anew at each look, for these raters.
    """

    these_raters: Share
    like_these: Share
    one_look: Share


def misses(taste_sd: float, n_models: int, replicates: int) -> Misses:
    """For all pairs of `n_models` together, α shared among them by Bonferroni's correction."""
    outcomes = [_half_a_year(taste_sd, n_models, rng) for rng in generators(70, replicates)]
    these, like, one = zip(*outcomes, strict=True)
    return Misses(share(list(these)), share(list(like)), share(list(one)))


def skewed_misses(replicates: int) -> tuple[Share, Share]:
    """How often some look misses the mean of skewed scores: the betting interval's, and the sequence's."""
    outcomes = [_skewed(rng) for rng in generators(71, replicates)]
    betting, asymptotic = zip(*outcomes, strict=True)
    return share(list(betting)), share(list(asymptotic))


def _half_a_year(taste_sd: float, n_models: int, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    score, model, rater, taste = _judgements(taste_sd, n_models, rng)
    pairs = list(combinations(range(n_models), 2))
    these = like = one = False
    for a, b in pairs:
        values = rater_blocks(score, model, rater, a, b)
        low, high = running_sequence(values, alpha=0.05 / len(pairs))
        seen = float((taste[:, a] - taste[:, b]).mean())
        looks = _weekly(values)
        these = these or _misses(low[looks], high[looks], seen)
        like = like or _misses(low[looks], high[looks], 0.0)
        one = one or _one_look_misses(values, looks, seen)
    return these, like, one


def _judgements(
    taste_sd: float, n_models: int, rng: np.random.Generator
) -> tuple[Floats, Codes, Codes, Floats]:
    n = WEEKS * WEEKLY * n_models
    model, rater = np.tile(np.arange(n_models), WEEKS * WEEKLY), rng.integers(0, N_RATERS, n)
    severity = rng.normal(0, 1, N_RATERS)
    taste = rng.normal(0, 1, (N_RATERS, n_models)) * taste_sd
    return 6 + severity[rater] + taste[rater, model] + rng.normal(0, 1.5, n), model, rater, taste


def _weekly(values: Floats) -> Codes:
    """Where the looks of half a year fall among the differences."""
    ends = np.linspace(len(values) / WEEKS, len(values), WEEKS).astype(np.int64)
    return np.asarray(ends[ends >= _START] - 1)


def _misses(low: Floats, high: Floats, truth: float) -> bool:
    return bool(((low > truth) | (high < truth)).any())


def _one_look_misses(values: Floats, looks: Codes, truth: float) -> bool:
    n = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / n
    variance = (np.cumsum(values**2) - n * mean**2) / np.maximum(n - 1, 1)
    margin = stdtrit(np.maximum(n - 1, 1), 0.975) * np.sqrt(variance / n)
    return _misses((mean - margin)[looks], (mean + margin)[looks], truth)


def _skewed(rng: np.random.Generator) -> tuple[bool, bool]:
    grades = (np.arange(1, 11) - 1) / 9
    truth = float(grades @ SKEWED)
    values = rng.choice(grades, WEEKS * WEEKLY, p=SKEWED)
    ends = range(WEEKLY, len(values) + 1, WEEKLY)
    found = [betting_interval(values[:end]) for end in ends]
    bounds = [(line.low, line.high) for line in found if isinstance(line, BettingInterval)]
    low, high = running_sequence(values)
    betting = any(not below <= truth <= above for below, above in bounds)
    return betting, _misses(low[WEEKLY - 1 :: WEEKLY], high[WEEKLY - 1 :: WEEKLY], truth)


@pytest.mark.parametrize("taste_sd", [0.0, 0.6])
@pytest.mark.parametrize("n_models", [2, N_MODELS])
def test_all_looks_hold_together_for_these_raters(taste_sd: float, n_models: int) -> None:
    found = misses(taste_sd, n_models, SMALL)
    assert found.these_raters.at_most(0.05)
    assert found.one_look.value > 2 * found.these_raters.value


def test_plain_sequences_do_not_speak_of_raters_like_these_where_tastes_differ() -> None:
    assert misses(0.6, 2, SMALL).like_these.value > 0.05


def test_betting_holds_for_skewed_scores() -> None:
    betting, _ = skewed_misses(SMALL // 4)
    assert betting.at_most(0.05)


def study(replicates: int = FULL) -> str:
    """The tables of docs/statistics.md."""
    lines = [
        "| models | tastes SD | some look misses, these raters | raters like these | 95 % at each look |",
        "|---|---|---|---|---|",
    ]
    for n_models in (2, N_MODELS):
        for taste_sd in (0.0, 0.6):
            found = misses(taste_sd, n_models, replicates)
            lines.append(
                f"| {n_models} | {taste_sd} | {found.these_raters} | {found.like_these} | {found.one_look} |"
            )
    betting, asymptotic = skewed_misses(replicates // 10)
    lines += ["", f"Skewed scores of one model: betting misses in {betting}, the sequence in {asymptotic}."]
    return "\n".join(lines)
