"""The scale of scores and qualities: 1 to 10."""

from evaluation.analysis.document import Interval

LOWEST, HIGHEST = 1.0, 10.0


def on_scale(value: float) -> float:
    """A level as it is shown: what would leave the scale stands at its end."""
    return min(max(value, LOWEST), HIGHEST)


def interval_on_scale(low: float, high: float) -> Interval:
    """The part of an interval of a level that lies on the scale.

    Estimates are made without the scale's ends, and decisions with what was estimated; only what people
    read is cut off.
    """
    return on_scale(low), on_scale(high)
