"""Means, shares and what follows from them, each with an interval or with the reason why there is none."""

from collections.abc import Sequence
from math import fsum

from scipy.special import ndtri

from evaluation.costs.document import Estimate
from evaluation.statistics.mean_interval import MeanInterval, mean_interval

CONFIDENCE = 0.95


def estimate_mean(values: Sequence[float], factor: float = 1.0) -> Estimate:
    """`factor` × the mean, with Student's interval from 5 values on; without values nothing is known.

    Costs are not negative, so a lower bound below 0 of values that are all at least 0 becomes 0.
    """
    if not values:
        return Estimate(n=0)
    mean = fsum(values) / len(values)
    interval = mean_interval(values, CONFIDENCE)
    if not isinstance(interval, MeanInterval):
        return Estimate(value=factor * mean, n=len(values))
    low = max(0.0, interval.low) if min(values) >= 0 else interval.low
    return Estimate(value=factor * mean, low=factor * low, high=factor * interval.high, n=len(values))


def estimate_share(successes: int, trials: int) -> Estimate:
    """A share with Wilson's interval (1927), which holds for few trials and at both ends."""
    if trials == 0:
        return Estimate(n=0)
    z_squared = float(ndtri((1 + CONFIDENCE) / 2)) ** 2
    share, spread = successes / trials, z_squared / trials
    centre = (share + spread / 2) / (1 + spread)
    half = (z_squared**0.5 / (1 + spread)) * (share * (1 - share) / trials + spread / 4 / trials) ** 0.5
    return Estimate(value=share, low=max(0.0, centre - half), high=min(1.0, centre + half), n=trials)


def divided_by_share(cost: float | None, share: Estimate) -> Estimate:
    """What one success costs if each trial costs `cost`: cost / share, and the interval of the share.

    Without any success there is no value, only the bound below which it surely does not lie.
    """
    if cost is None or share.value is None or share.low is None or share.high is None:
        return Estimate(n=share.n)
    return Estimate(
        value=cost / share.value if share.value > 0 else None,
        low=cost / share.high,
        high=cost / share.low if share.low > 0 and share.value > 0 else None,
        n=share.n,
    )
