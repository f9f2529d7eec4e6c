"""Intervals that stay right although somebody looks every week.

A fixed interval covers 95 % at one look; over many looks it is wrong at some look far more often. A
confidence sequence is a series of intervals that are all right together with 95 %.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_VALUES = 10
EXPECTED_VALUES = 100


@dataclass(frozen=True)
class ConfidenceSequence:
    """The interval at the present look, on the scale of the values.

    `price` is its width over that of Student's interval for a single look: what looking at any
    time costs.
    """

    n: int
    mean: float
    low: float
    high: float
    alpha: float
    price: float


def boundary_factor(
    n: Floats | Codes | float, *, alpha: float = 0.05, expected_n: float = EXPECTED_VALUES
) -> Floats:
    """How many standard errors of a mean of `n` values the sequence reaches to each side.

    √[ 2 (nρ² + 1)/(nρ²) · ln(√(nρ² + 1)/α) ] with ρ² = (−2 ln α + ln(1 − 2 ln α))/t*: the
    asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024),
    "Time-uniform central limit theory", equations 7 and 8, tightest about t* = `expected_n`. It is 3.04 at
    n = t* = 100, where a single look needs 1.98, and never falls below 2.9 or so.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha}")
    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / expected_n
    spread = np.asarray(n, dtype=np.float64) * rho2 + 1
    return np.asarray(np.sqrt(2 * spread / (spread - 1) * np.log(np.sqrt(spread) / alpha)))


def confidence_sequence(
    values: Floats, *, alpha: float = 0.05, expected_n: float = EXPECTED_VALUES, start: int = REQUIRED_VALUES
) -> ConfidenceSequence | NotEnoughData:
    """The interval for the mean of `values`, given in the order in which they came.

    Each value is one independent unit (see `rater_blocks`), on any scale. The guarantee is
    asymptotic: error α over all looks from `start` on, for many values; with ten it leans on their
    being roughly normal, which a t factor for n − 1 degrees of freedom makes up for in part. For several
    comparisons at once divide `alpha` by their number (Bonferroni). Fewer than `start` values
    give NotEnoughData, and so do values that are all equal, since their spread is unknown. Linear in n.
    """
    n = len(values)
    if n < start or np.ptp(values) == 0:
        return NotEnoughData(n=n, required=max(start, n + 1))
    error = float(np.std(values, ddof=1)) / sqrt(n)
    student = float(stdtrit(n - 1, 1 - alpha / 2))
    margin = error * anytime_factor(n, n - 1, alpha=alpha, expected_n=expected_n)
    mean, price = float(np.mean(values)), margin / (student * error)
    return ConfidenceSequence(n, mean, mean - margin, mean + margin, alpha, price)


def running_sequence(
    values: Floats, *, alpha: float = 0.05, expected_n: float = EXPECTED_VALUES, start: int = REQUIRED_VALUES
) -> tuple[Floats, Floats]:
    """Lower and upper bounds at every look, (n,) each: what `confidence_sequence` says of each beginning.

    NaN before `start`, and while all values are equal. Linear in n.
    """
    n = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / n
    centred = values - (values[0] if len(values) else 0)
    squares = np.cumsum(centred**2) - np.cumsum(centred) ** 2 / n
    variance = np.where(n > 1, np.maximum(squares, 0) / np.maximum(n - 1, 1), 0)
    margin = np.sqrt(variance / n) * boundary_factor(n, alpha=alpha, expected_n=expected_n)
    margin = margin * _small_sample(np.maximum(n - 1, 1), alpha)
    margin = np.where((n >= start) & (variance > 0), margin, np.nan)
    return mean - margin, mean + margin


def anytime_factor(n: float, df: float, *, alpha: float = 0.05, expected_n: float = EXPECTED_VALUES) -> float:
    """How many standard errors an anytime interval reaches, for an estimate from about `n` judgements.

    The sequence's factor, times that by which Student's quantile with `df` degrees of freedom exceeds
    the normal one, for a standard error that is itself estimated. For estimates other than plain
    means, as those of `joint`, it carries over by their asymptotic linearity; simulated in tests/simulations.
    """
    return float(boundary_factor(n, alpha=alpha, expected_n=expected_n) * _small_sample(df, alpha))


def _small_sample(df: Floats | Codes | float, alpha: float) -> Floats:
    return np.asarray(stdtrit(df, 1 - alpha / 2) / stdtrit(np.inf, 1 - alpha / 2))


def rater_blocks(score: Floats, model: Codes, rater: Codes, a: int, b: int) -> Floats:
    """Differences a − b within one rater, each of one block, in the order in which blocks became full.

    A rater's k-th score of a and k-th score of b make a block, so that severity cancels and a rater
    who judges much is no more than many blocks. Scores come in the order of time; what has no
    counterpart yet waits. Linear in the number of scores, but for one sort.
    """
    relevant = (model == a) | (model == b)
    place = np.flatnonzero(relevant)
    sign = np.where(model[place] == a, 1.0, -1.0)
    turn = _turn(rater[place] * 2 + (sign > 0))
    order = np.lexsort((place, turn, rater[place]))
    same = (rater[place][order][1:] == rater[place][order][:-1]) & (turn[order][1:] == turn[order][:-1])
    first = np.flatnonzero(same)
    signed = (score[place] * sign)[order]
    complete_at = place[order][first + 1]
    return np.asarray((signed[first] + signed[first + 1])[np.argsort(complete_at)])


def _turn(code: Codes) -> Codes:
    """For each row, how many earlier rows have its code."""
    order = np.argsort(code, kind="stable")
    starts = (
        np.flatnonzero(np.r_[True, np.diff(code[order]) != 0]) if len(code) else np.zeros(0, dtype=np.int64)
    )
    lengths = np.diff(np.r_[starts, len(code)])
    turn = np.empty(len(code), dtype=np.int64)
    turn[order] = np.arange(len(code)) - np.repeat(starts, lengths)
    return turn
