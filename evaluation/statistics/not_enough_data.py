"""NotEnoughData: what a statistic answers instead of a number it could not stand by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NotEnoughData:
    """Too few observations: there are `n`, and `required` are needed.

    A value and not an exception, because few ratings are the normal state of a young week,
    and neither 0 nor NaN, because both look like results further down.
    """

    n: int
    required: int
