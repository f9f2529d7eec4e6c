"""Cliff's δ: by how much more often a score of one model exceeds one of the other than the reverse."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

REQUIRED_VALUES = 3


@dataclass(frozen=True)
class CliffsDelta:
    """δ = P(a > b) − P(a < b), from −1 to 1, and its interval within that range."""

    delta: float
    low: float
    high: float


def cliffs_delta(a: Floats, b: Floats, *, confidence: float = 0.95) -> CliffsDelta | NotEnoughData:
    """The dominance of one independent sample over another.

    The interval is Cliff's (1996, "Answering ordinal questions with ordinal data using ordinal
    statistics", equation 14), asymmetric so that it stays within ±1, from his unbiased variance
    estimate, with Student's quantile for nₐ + n_b − 2 (Feng and Cliff 2004). Where the samples do not
    overlap, the bound away from ±1 is that of a sample with one more, contrary pair. Fewer than 3 values on a
    side give NotEnoughData. Costs two sorts.
    """
    n_a, n_b = len(a), len(b)
    if min(n_a, n_b) < REQUIRED_VALUES:
        return NotEnoughData(n=min(n_a, n_b), required=REQUIRED_VALUES)
    by_a, by_b = _dominance(a, b), -_dominance(b, a)
    delta = float(by_a.mean())
    spread = (
        n_b**2 * float(((by_a - delta) ** 2).sum())
        + n_a**2 * float(((by_b - delta) ** 2).sum())
        - _squares(a, b, delta)
    ) / (n_a * n_b * (n_a - 1) * (n_b - 1))
    variance = max(spread, (1 - delta**2) / (n_a * n_b - 1), 2 / (n_a * n_b) ** 2)
    z = float(stdtrit(n_a + n_b - 2, (1 + confidence) / 2))
    low, high = _bounds(delta, variance, z)
    return CliffsDelta(delta, low, high)


def _bounds(delta: float, variance: float, z: float) -> tuple[float, float]:
    reach = z * sqrt(variance) * sqrt((1 - delta**2) ** 2 + z**2 * variance)
    centre, scale = delta - delta**3, 1 - delta**2 + z**2 * variance
    return max(-1.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def _dominance(a: Floats, b: Floats) -> Floats:
    """For each value of a, the share of b below it less the share above it."""
    ordered = np.sort(b)
    below = np.searchsorted(ordered, a, "left")
    above = len(b) - np.searchsorted(ordered, a, "right")
    return np.asarray((below - above) / len(b))


def _squares(a: Floats, b: Floats, delta: float) -> float:
    """Σ (dᵢⱼ − δ)² over all pairs, d being −1, 0 or 1, by counting pairs that are not tied."""
    ordered = np.sort(b)
    ties = int((np.searchsorted(ordered, a, "right") - np.searchsorted(ordered, a, "left")).sum())
    n_pairs = len(a) * len(b)
    return n_pairs - ties - n_pairs * delta**2
