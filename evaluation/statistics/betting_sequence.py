"""Confidence sequences for bounded scores with a guarantee at every sample size, not only for many.

Somebody bets against "the mean is m" with money that cannot go below 0. If m is true the
expected wealth never grows, so wealth above 1/α ever is as unlikely as α (Ville 1939). The
interval holds every m against which no bettor has become that rich.
"""

from dataclasses import dataclass
from math import log

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, xlogy

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

_GRID = 1001
_LARGEST_BET = 0.5
_EDGE = 1e-9


@dataclass(frozen=True)
class BettingInterval:
    """Bounds of the mean, in [0, 1], right at all looks together with probability 1 − α."""

    n: int
    mean: float
    low: float
    high: float
    alpha: float


def betting_interval(values: Floats, *, alpha: float = 0.05) -> BettingInterval | NotEnoughData:
    """The hedged-capital interval for the mean of values in [0, 1], in the order in which they came.

    Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", theorem 3
    with predictable plug-in bets (section 4.2): half of the money bets on a larger mean, half on a
    smaller one. Right for any distribution and any n if each value has the same mean given those before
    it. Scores of 1–10 become (score − 1)/9. Wealth is computed for 1,001 means, so bounds are exact to
    0.001, outwards. No values give NotEnoughData; one value gives nearly [0, 1]. Cost: n × 1,001.
    Raises ValueError for a value outside [0, 1].
    """
    n = len(values)
    if n == 0:
        return NotEnoughData(n=0, required=1)
    if np.min(values) < 0 or np.max(values) > 1:
        raise ValueError("values must lie between 0 and 1; rescale them first")
    bets = _plug_in_bets(values, alpha)
    means = np.linspace(0, 1, _GRID)
    largest = np.full(_GRID, -np.inf)
    up, down = np.zeros(_GRID), np.zeros(_GRID)
    with np.errstate(divide="ignore"):
        most_up, most_down = _LARGEST_BET / means, _LARGEST_BET / (1 - means)
    for value, bet in zip(values, bets, strict=True):
        up += np.log1p(np.minimum(bet, most_up) * (value - means))
        down += np.log1p(-np.minimum(bet, most_down) * (value - means))
        largest = np.maximum(largest, np.maximum(up, down))
    held = np.flatnonzero(largest + np.log(0.5) < np.log(1 / alpha))
    step = means[1]
    low, high = max(0.0, means[held[0]] - step), min(1.0, means[held[-1]] + step)
    return BettingInterval(n, float(np.mean(values)), float(low), float(high), alpha)


def bernoulli_interval(
    successes: int, n: int, *, alpha: float = 0.05, expected_n: float = 100
) -> BettingInterval | NotEnoughData:
    """The interval for a share, and for any mean of values in [0, 1] whose sum is `successes`.

    The two-sided beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform,
    nonparametric, nonasymptotic confidence sequences", proposition 7, tightest about `expected_n`. It
    needs no order, and costs the same for every n. n = 0 gives NotEnoughData.
    """
    if n == 0:
        return NotEnoughData(n=0, required=1)
    share = successes / n

    def excess(mean: float) -> float:
        return _log_wealth(successes, n, mean, expected_n) - log(1 / alpha)

    low = 0.0 if successes == 0 else float(brentq(excess, _EDGE, share))
    high = 1.0 if successes == n else float(brentq(excess, share, 1 - _EDGE))
    return BettingInterval(n, share, low, high, alpha)


def _log_wealth(successes: int, n: int, mean: float, expected_n: float) -> float:
    """The logarithm of the mixture martingale against `mean`."""
    variance = mean * (1 - mean)
    log_odds = 2 * np.log(1 / 0.05)
    weight = max(expected_n * variance / (log_odds + np.log(1 + log_odds)) - variance, 1e-3 * variance)
    a, b = weight / (1 - mean), weight / mean
    mixed = betaln(a + successes, b + n - successes) - betaln(a, b)
    return float(mixed - xlogy(successes, mean) - xlogy(n - successes, 1 - mean))


def _plug_in_bets(values: Floats, alpha: float) -> Floats:
    """The size of each bet, from what was seen before it."""
    i = np.arange(1, len(values) + 1)
    mean = (0.5 + np.cumsum(values)) / (i + 1)
    variance = (0.25 + np.cumsum((values - mean) ** 2)) / (i + 1)
    before = np.r_[0.25, variance[:-1]]
    return np.asarray(np.sqrt(2 * np.log(2 / alpha) / (before * i * np.log1p(i))))
