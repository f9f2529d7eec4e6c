"""Means, shares and ratios that are None where there is nothing to count."""

from collections.abc import Iterable
from statistics import fmean

Figures = dict[str, float | None]
"""Figures by name; None: not measured."""


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def share(flags: Iterable[bool]) -> float | None:
    return mean([float(flag) for flag in flags])


def ratio(above: float, below: float) -> float | None:
    return above / below if below else None
