"""Welch's test and interval for the difference of two means."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

REQUIRED_VALUES = 2


@dataclass(frozen=True)
class WelchTest:
    """The difference of means a − b on the scale of the values, its interval, and the two-sided p."""

    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float


@dataclass(frozen=True)
class Summary:
    """All that is known of a sample: its mean, its standard deviation (n − 1), and how many values."""

    mean: float
    sd: float
    n: int


def welch_test(a: Floats, b: Floats, *, confidence: float = 0.95) -> WelchTest | NotEnoughData:
    """Compare two independent samples without assuming equal spread.

    For one look fixed beforehand, and independent values: several scores by one rater are not, see
    `mixed_model`. Fewer than 2 values on a side, or no spread on either, give NotEnoughData. Linear in
    the number of values.
    """
    n = min(len(a), len(b))
    if n < REQUIRED_VALUES:
        return NotEnoughData(n=n, required=REQUIRED_VALUES)
    return welch_from_summaries(_summary(a), _summary(b), confidence=confidence)


def welch_from_summaries(a: Summary, b: Summary, *, confidence: float = 0.95) -> WelchTest | NotEnoughData:
    """The same, where only means and standard deviations were published.

    t = (ā − b̄)/√(s²ₐ/nₐ + s²_b/n_b) with the degrees of freedom of Welch (1947) and Satterthwaite
    (1946).
    """
    n = min(a.n, b.n)
    if n < REQUIRED_VALUES:
        return NotEnoughData(n=n, required=REQUIRED_VALUES)
    own = np.array([a.sd**2 / a.n, b.sd**2 / b.n])
    if own.sum() == 0:
        return NotEnoughData(n=n, required=n + 1)
    error = sqrt(float(own.sum()))
    df = float(own.sum() ** 2 / (own**2 / (np.array([a.n, b.n]) - 1)).sum())
    difference = a.mean - b.mean
    margin = float(stdtrit(df, (1 + confidence) / 2)) * error
    t = difference / error
    return WelchTest(
        difference, difference - margin, difference + margin, t, df, 2 * float(stdtr(df, -abs(t)))
    )


def _summary(values: Floats) -> Summary:
    return Summary(float(np.mean(values)), float(np.std(values, ddof=1)), len(values))
