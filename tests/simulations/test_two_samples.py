"""How often are two samples of equal mean called different, and two that differ by the margin called equal?

Scores in whole points from 1 to 10, of independent drafts: what each test for one look assumes. Unequal
spread is where a pooled test goes wrong: the smaller sample scatters twice as much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from scipy.special import ndtri, stdtr

from evaluation.statistics.brunner_munzel import BrunnerMunzelTest, brunner_munzel_test
from evaluation.statistics.cliffs_delta import CliffsDelta, cliffs_delta
from evaluation.statistics.equivalence import Equivalence, tost
from evaluation.statistics.multiplicity import dunnett, holm
from evaluation.statistics.observations import Floats
from evaluation.statistics.permutation import PermutationTest, permutation_test
from evaluation.statistics.spending import obrien_fleming
from evaluation.statistics.welch import WelchTest, welch_test
from tests.simulations.study import FULL, SMALL, Share, generators, share

MARGIN = 0.5
N_MODELS = 5
WEEKS = 26
_PERMUTATIONS = 199


@dataclass(frozen=True)
class Samples:
    """Sizes and spreads of two samples of mean 6."""

    n_a: int
    n_b: int
    sd_a: float = 1.5
    sd_b: float = 1.5

    def draw(self, rng: np.random.Generator, gap: float = 0.0) -> tuple[Floats, Floats]:
        return _scores(rng, 6 + gap, self.sd_a, self.n_a), _scores(rng, 6, self.sd_b, self.n_b)

    def __str__(self) -> str:
        return f"{self.n_a} and {self.n_b}, SD {self.sd_a:g} and {self.sd_b:g}"


CASES = (Samples(5, 5), Samples(15, 15), Samples(10, 40, 2.0, 1.0), Samples(60, 60))


def false_claims(samples: Samples, replicates: int) -> dict[str, Share]:
    """By test, how often samples of one mean are called different at 5 %.

    Brunner and Munzel's test has no answer below ten values; that is no claim.
    """
    outcomes = [_claims(samples, rng) for rng in generators(61, replicates)]
    return {name: share([outcome[name] for outcome in outcomes]) for name in outcomes[0]}


def delta_covered(samples: Samples, replicates: int) -> Share:
    """How often Cliff's δ of two distributions one point apart lies in its interval."""
    truth = _true_delta(samples)
    found = [cliffs_delta(*samples.draw(rng, gap=1.0)) for rng in generators(62, replicates)]
    return share([isinstance(line, CliffsDelta) and line.low <= truth <= line.high for line in found])


def false_equality(n: int, replicates: int) -> Share:
    """How often two models that differ by exactly the margin are called equal."""
    found = [tost(*_margin_apart(n, rng), MARGIN) for rng in generators(63, replicates)]
    return share([isinstance(line, Equivalence) and line.equivalent for line in found])


def family_claims(replicates: int) -> dict[str, Share]:
    """How often any of five equal models is called different: Holm over all pairs, Dunnett, uncorrected."""
    outcomes = [_family(rng) for rng in generators(64, replicates)]
    return {name: share([outcome[name] for outcome in outcomes]) for name in outcomes[0]}


def claims_by_looks(replicates: int) -> tuple[Share, Share]:
    """How often one of 26 weekly looks crosses O'Brien and Fleming's boundary, and how often 1.96."""
    plan = obrien_fleming(np.arange(1, WEEKS + 1) / WEEKS)
    z = np.array([_weekly_z(rng) for rng in generators(65, replicates)])
    planned, naive = np.abs(z) > plan.boundary, np.abs(z) > ndtri(0.975)
    return share(planned.any(axis=1).tolist()), share(naive.any(axis=1).tolist())


def _scores(rng: np.random.Generator, mean: float, sd: float, n: int) -> Floats:
    return np.asarray(np.clip(np.round(rng.normal(mean, sd, n)), 1, 10))


def _claims(samples: Samples, rng: np.random.Generator) -> dict[str, bool]:
    a, b = samples.draw(rng)
    welch, ordinal = welch_test(a, b), brunner_munzel_test(a, b)
    permuted = permutation_test(a, b, rng, replicates=_PERMUTATIONS)
    return {
        "pooled": bool(_pooled_t(a, b) > ndtri(0.975)),
        "welch": isinstance(welch, WelchTest) and welch.p < 0.05,
        "permutation": isinstance(permuted, PermutationTest) and permuted.p <= 0.05,
        "brunner_munzel": isinstance(ordinal, BrunnerMunzelTest) and ordinal.p < 0.05,
    }


def _pooled_t(a: Floats, b: Floats) -> float:
    """Student's statistic with one variance for both; 0 where nothing scatters."""
    df = len(a) + len(b) - 2
    variance = ((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / df
    error = np.sqrt(variance * (1 / len(a) + 1 / len(b)))
    return float(abs(a.mean() - b.mean()) / error) if error else 0.0


def _true_delta(samples: Samples) -> float:
    large = Samples(400_000, 400_000, samples.sd_a, samples.sd_b)
    a, b = large.draw(np.random.default_rng(66), gap=1.0)
    below, not_above = (np.searchsorted(np.sort(b), a, side) / len(b) for side in ("left", "right"))
    return float(below.mean() + not_above.mean() - 1)


def _margin_apart(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Whole points would not differ by exactly half a point after rounding: these scores have decimals."""
    return rng.normal(6 + MARGIN, 1.5, n), rng.normal(6, 1.5, n)


def _family(rng: np.random.Generator) -> dict[str, bool]:
    samples = [_scores(rng, 6, 1.5, 20) for _ in range(N_MODELS)]
    found = [welch_test(samples[a], samples[b]) for a in range(N_MODELS) for b in range(a)]
    p = np.array([line.p for line in found if isinstance(line, WelchTest)])
    against_one = dunnett(samples[1:], samples[0], rng)
    assert isinstance(against_one, tuple)
    return {
        "uncorrected": bool((p < 0.05).any()),
        "holm": bool((holm(p) < 0.05).any()),
        "dunnett": any(line.p < 0.05 for line in against_one),
    }


def _weekly_z(rng: np.random.Generator) -> Floats:
    """The normal score of Welch's p at each week's end, five scores a model and week."""
    a, b = _scores(rng, 6, 1.5, 5 * WEEKS), _scores(rng, 6, 1.5, 5 * WEEKS)
    ends = np.arange(5, 5 * WEEKS + 1, 5)
    (mean_a, own_a), (mean_b, own_b) = (_running(values, ends) for values in (a, b))
    total = np.maximum(own_a + own_b, 1e-12)
    df = total**2 / np.maximum((own_a**2 + own_b**2) / (ends - 1), 1e-12)
    return np.asarray(ndtri(stdtr(df, (mean_a - mean_b) / np.sqrt(total))))


def _running(values: Floats, ends: np.ndarray) -> tuple[Floats, Floats]:
    """Means of the first scores, and the squared standard errors of these."""
    mean = np.cumsum(values)[ends - 1] / ends
    variance = (np.cumsum(values**2)[ends - 1] - ends * mean**2) / (ends - 1)
    return mean, variance / ends


@pytest.mark.parametrize("samples", CASES, ids=str)
def test_no_more_than_five_percent_of_equal_samples_are_called_different(samples: Samples) -> None:
    found = false_claims(samples, 2 * SMALL)
    for name in ("welch", "permutation", "brunner_munzel"):
        assert found[name].at_most(0.06), name


def test_deltas_interval_covers() -> None:
    assert delta_covered(Samples(15, 15), 2 * SMALL).at_least(0.93)


def test_models_a_margin_apart_are_seldom_called_equal() -> None:
    assert false_equality(200, 2 * SMALL).at_most(0.05)


def test_claims_of_a_family_are_held_together() -> None:
    found = family_claims(SMALL // 2)
    assert found["holm"].at_most(0.05)
    assert found["dunnett"].at_most(0.05)
    assert found["uncorrected"].value > 0.1


def test_a_declared_horizon_may_be_looked_at_every_week() -> None:
    planned, naive = claims_by_looks(2 * SMALL)
    assert planned.at_most(0.05)
    assert naive.value > 0.15


def study(replicates: int = FULL) -> str:
    """The tables of docs/statistics.md."""
    lines = [
        "| samples | pooled t with 1.96 | Welch | permutation | Brunner–Munzel | δ covered |",
        "|---|---|---|---|---|---|",
    ]
    for samples in CASES:
        found = false_claims(samples, replicates)
        known = str(found["brunner_munzel"]) if min(samples.n_a, samples.n_b) >= 10 else "–"
        shown = (
            found["pooled"],
            found["welch"],
            found["permutation"],
            known,
            delta_covered(samples, replicates),
        )
        lines.append(f"| {samples} | " + " | ".join(map(str, shown)) + " |")
    family, (planned, naive) = family_claims(replicates // 10), claims_by_looks(replicates)
    rows: tuple[tuple[str, Callable[[], Share]], ...] = (
        ("a margin apart, 200 scores each: called equal", partial(false_equality, 200, replicates)),
        ("five equal models, Welch uncorrected: any called different", lambda: family["uncorrected"]),
        ("five equal models, Holm over all pairs", lambda: family["holm"]),
        ("five equal models, Dunnett against the first", lambda: family["dunnett"]),
        ("two equal models, 26 looks at 1.96", lambda: naive),
        ("two equal models, 26 looks by O'Brien and Fleming", lambda: planned),
    )
    lines += ["", "| | share |", "|---|---|", *(f"| {name} | {found()} |" for name, found in rows)]
    return "\n".join(lines)
