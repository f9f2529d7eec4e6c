"""The mean of a few scores, with an interval that is wide when they are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt

from scipy.special import stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData

REQUIRED_SCORES = 5


@dataclass(frozen=True)
class MeanInterval:
    """`mean` of `n` scores and the bounds of its interval, all on the scale of the scores."""

    n: int
    mean: float
    low: float
    high: float
    confidence: float


def mean_interval(scores: Sequence[float], confidence: float = 0.95) -> MeanInterval | NotEnoughData:
    """The two-sided Student-t interval of a mean: x̄ ± t(n−1, (1+confidence)/2) · s/√n.

    `scores` are independent observations on any one scale, in any order; `confidence` lies in
    (0, 1). Source: Student, "The probable error of a mean", Biometrika 6 (1908); s is the
    sample standard deviation with n − 1. The normal quantile 1.96 is right only for many
    scores: at n = 5 the factor is 2.78, at n = 15 it is 2.14.

    Fewer than 5 scores give NotEnoughData. The bounds are not clipped to the scale: for a few
    scattered scores they may lie outside 1–10, which says truthfully how little is known,
    while clipping would make the interval narrower just where it should warn. Scores that are
    all equal give an interval of width 0: the sample shows no spread, but
    scores in whole points hide up to half a point of it, so do not build a claim on it.
    Several scores by one rater are not independent; the interval is then too narrow.

    Raises ValueError for a score that is not finite and for a confidence outside (0, 1).
    Linear in the number of scores.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if not all(isfinite(score) for score in scores):
        raise ValueError("every score must be a finite number; leave missing scores out")
    n = len(scores)
    if n < REQUIRED_SCORES:
        return NotEnoughData(n=n, required=REQUIRED_SCORES)
    mean = fsum(scores) / n
    if min(scores) == max(scores):
        return MeanInterval(n, scores[0], scores[0], scores[0], confidence)
    standard_error = sqrt(fsum((score - mean) ** 2 for score in scores) / (n - 1) / n)
    half_width = float(stdtrit(n - 1, (1 + confidence) / 2)) * standard_error
    return MeanInterval(n, mean, mean - half_width, mean + half_width, confidence)
