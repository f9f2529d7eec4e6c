"""Two one-sided tests of plain scores, for one look: the verdict asks the same of anytime intervals."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtr

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

REQUIRED_VALUES = 2


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference of means is shown to lie within ±margin; p is the larger of the two."""

    difference: float
    margin: float
    t_lower: float
    t_upper: float
    df: float
    p: float
    equivalent: bool


def tost(a: Floats, b: Floats, margin: float, *, alpha: float = 0.05) -> Equivalence | NotEnoughData:
    """Test whether two means differ by less than `margin`, which must be declared beforehand.

    Schuirmann (1987), with Welch's statistic and degrees of freedom. That a difference is not
    significant does not show equality: this does, or it does not. Fewer than 2 values on a side, or no
    spread on either, give NotEnoughData; a margin that is not positive raises ValueError.
    """
    n = min(len(a), len(b))
    if n < REQUIRED_VALUES or (np.ptp(a) == 0 and np.ptp(b) == 0):
        return NotEnoughData(n=n, required=max(REQUIRED_VALUES, n + 1))
    moments = [(float(np.mean(x)), float(np.std(x, ddof=1)), len(x)) for x in (a, b)]
    return tost_from_moments(moments[0], moments[1], margin, alpha=alpha)


def tost_from_moments(
    a: tuple[float, float, int], b: tuple[float, float, int], margin: float, *, alpha: float = 0.05
) -> Equivalence:
    """The same from (mean, standard deviation, n) of each sample."""
    if margin <= 0:
        raise ValueError(f"the margin must be above 0, got {margin}")
    (mean_a, sd_a, n_a), (mean_b, sd_b, n_b) = a, b
    own = (sd_a**2 / n_a, sd_b**2 / n_b)
    error = sqrt(sum(own))
    df = sum(own) ** 2 / (own[0] ** 2 / (n_a - 1) + own[1] ** 2 / (n_b - 1))
    difference = mean_a - mean_b
    t_lower, t_upper = (difference + margin) / error, (difference - margin) / error
    p = max(float(stdtr(df, -t_lower)), float(stdtr(df, t_upper)))
    return Equivalence(difference, margin, t_lower, t_upper, df, p, p < alpha)
