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


def welch_test(a: Floats, b: Floats, *, confidence: float = 0.95) -> WelchTest | NotEnoughData:
    """Compare two independent samples without assuming equal spread.

    t = (ā − b̄)/√(s²ₐ/nₐ + s²_b/n_b) with the degrees of freedom of Welch (1947) and Satterthwaite
    (1946). For one look fixed beforehand, and independent values: several scores by one rater are
    not, see `mixed_model`. Fewer than 2 values on a side, or no spread on either, give
    NotEnoughData. Linear in the number of values.
    """
    n = min(len(a), len(b))
    if n < REQUIRED_VALUES:
        return NotEnoughData(n=n, required=REQUIRED_VALUES)
    own = np.array([np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)])
    if own.sum() == 0:
        return NotEnoughData(n=n, required=n + 1)
    error = sqrt(float(own.sum()))
    df = float(own.sum() ** 2 / (own**2 / (np.array([len(a), len(b)]) - 1)).sum())
    difference = float(np.mean(a) - np.mean(b))
    margin = float(stdtrit(df, (1 + confidence) / 2)) * error
    t = difference / error
    return WelchTest(
        difference, difference - margin, difference + margin, t, df, 2 * float(stdtr(df, -abs(t)))
    )
