"""The difference of two models for raters like these: one number a rater, then a paired t interval."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_RATERS = 5


@dataclass(frozen=True)
class RaterLevelDifference:
    """Model a less model b in points, over `n_raters` who scored both; for raters like these."""

    n_raters: int
    estimate: float
    low: float
    high: float
    p: float
    population: str = "raters like these"


def rater_level_difference(
    score: Floats, model: Codes, rater: Codes, a: int, b: int, *, confidence: float = 0.95
) -> RaterLevelDifference | NotEnoughData:
    """Each rater's mean of a less their mean of b, and Student's interval of these differences.

    Raters are the sample, so a rater's own taste for a model is part of the error, and many scores by
    few raters do not make the interval narrow. All raters count alike, however many scores they gave.
    Fewer than 5 raters who scored both give NotEnoughData, and so do raters who all differ by the same.
    Linear in the number of scores.
    """
    mean_a, mean_b = (_rater_means(score, rater, model == one) for one in (a, b))
    own = (mean_a - mean_b)[~np.isnan(mean_a - mean_b)]
    n = len(own)
    if n < REQUIRED_RATERS or np.ptp(own) == 0:
        return NotEnoughData(n=n, required=max(REQUIRED_RATERS, n + 1))
    estimate, error = float(own.mean()), float(own.std(ddof=1)) / sqrt(n)
    margin = float(stdtrit(n - 1, (1 + confidence) / 2)) * error
    p = 2 * float(stdtr(n - 1, -abs(estimate) / error))
    return RaterLevelDifference(n, estimate, estimate - margin, estimate + margin, p)


def _rater_means(score: Floats, rater: Codes, chosen: np.ndarray) -> Floats:
    """The mean of each rater's chosen scores, NaN where there is none."""
    size = int(rater.max(initial=-1)) + 1
    n = np.bincount(rater[chosen], minlength=size)
    total = np.bincount(rater[chosen], score[chosen], size)
    return np.asarray(np.divide(total, n, out=np.full(size, np.nan), where=n > 0))
