"""The Brunner–Munzel test: is a score of one model likely to exceed a score of the other?"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import brunnermunzel

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

REQUIRED_VALUES = 10


@dataclass(frozen=True)
class BrunnerMunzelTest:
    """`probability` is P(a > b) + ½ P(a = b); ½ means that neither tends to be larger."""

    probability: float
    statistic: float
    p: float


def brunner_munzel_test(a: Floats, b: Floats) -> BrunnerMunzelTest | NotEnoughData:
    """Compare two independent samples of ordinal scores, ties and unequal spread allowed.

    Brunner and Munzel (2000), "The nonparametric Behrens–Fisher problem", with their t approximation, which
    needs about 10 values on each side; fewer give NotEnoughData, and so do samples that do not overlap
    at all, where the statistic has no spread. Costs one sort.
    """
    n = min(len(a), len(b))
    if n < REQUIRED_VALUES:
        return NotEnoughData(n=n, required=REQUIRED_VALUES)
    if np.min(a) > np.max(b) or np.min(b) > np.max(a) or np.ptp(np.concatenate([a, b])) == 0:
        return NotEnoughData(n=n, required=n + 1)
    found = brunnermunzel(b, a, distribution="t")
    ordered = np.sort(b)
    below = np.searchsorted(ordered, a, "left") + np.searchsorted(ordered, a, "right")
    return BrunnerMunzelTest(float(below.mean() / 2 / len(b)), float(found.statistic), float(found.pvalue))
