"""Several comparisons at once: Holm over all of them, Dunnett against an incumbent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import dunnett as scipy_dunnett

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Floats

REQUIRED_VALUES = 2


def holm(p: Floats) -> Floats:
    """Adjusted p values, in the order given; each is right for "any of them", and at most 1.

    Holm (1979), "A simple sequentially rejective multiple test procedure". No p values give none.
    Raises ValueError for one outside [0, 1]. Costs one sort.
    """
    if len(p) and not (np.min(p) >= 0 and np.max(p) <= 1):
        raise ValueError("p values must lie between 0 and 1")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


@dataclass(frozen=True)
class DunnettComparison:
    """One challenger less the incumbent: means, simultaneous interval, adjusted two-sided p."""

    difference: float
    low: float
    high: float
    statistic: float
    p: float


def dunnett(
    challengers: Sequence[Floats], incumbent: Floats, rng: np.random.Generator, *, confidence: float = 0.95
) -> tuple[DunnettComparison, ...] | NotEnoughData:
    """Compare every challenger with the incumbent, right for all of them together.

    Dunnett (1955), "A multiple comparison procedure for comparing several treatments with a control";
    equal spread is assumed. `rng` drives the integration of the multivariate t distribution. Fewer
    than 2 values in a sample give NotEnoughData, and so do samples without any spread. Linear in the
    number of values.
    """
    n = min(len(sample) for sample in (*challengers, incumbent))
    if n < REQUIRED_VALUES or all(np.ptp(sample) == 0 for sample in (*challengers, incumbent)):
        return NotEnoughData(n=n, required=max(REQUIRED_VALUES, n + 1))
    found = scipy_dunnett(*challengers, control=incumbent, rng=rng)
    interval = found.confidence_interval(confidence_level=confidence)
    low, high = np.atleast_1d(interval.low), np.atleast_1d(interval.high)
    return tuple(
        DunnettComparison(
            float(np.mean(sample) - np.mean(incumbent)),
            float(low[place]),
            float(high[place]),
            float(found.statistic[place]),
            float(found.pvalue[place]),
        )
        for place, sample in enumerate(challengers)
    )
