"""Means of figures that come in groups: several texts on one topic are no independent observations."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Final

from scipy.special import stdtr, stdtrit

REQUIRED_GROUPS: Final = 5
"""The same bar as for a mean of independent scores (`evaluation.statistics.mean_interval`)."""


@dataclass(frozen=True)
class GroupedMean:
    """The mean of `n` figures in `groups` groups; its standard error has groups − 1 degrees of freedom."""

    n: int
    groups: int
    mean: float
    error: float

    def interval(self, confidence: float) -> tuple[float, float]:
        """Student's, two-sided. Figures without any spread give one of width 0."""
        margin = float(stdtrit(self.groups - 1, (1 + confidence) / 2)) * self.error
        return self.mean - margin, self.mean + margin

    @property
    def p(self) -> float:
        """Two-sided, against a mean of 0; where no spread was seen, 1 for a mean of 0 and else 0."""
        if not self.error:
            return float(self.mean == 0)
        return 2 * float(stdtr(self.groups - 1, -abs(self.mean) / self.error))


def grouped_mean(figures: Iterable[tuple[Hashable, float]]) -> GroupedMean | None:
    """The mean of figures, each with its group, in any order; None for fewer than 5 groups.

    error² = G/(G−1) · Σ (sum of a group's deviations)² / n²: Liang and Zeger (1986), with the usual
    correction for few groups. One figure a group makes it Student's s²/n. Drawing more texts on the same
    topics then narrows an interval only as far as texts differ, not as far as topics do.
    """
    members: dict[Hashable, list[float]] = defaultdict(list)
    for group, figure in figures:
        members[group].append(figure)
    n, groups = sum(map(len, members.values())), len(members)
    if groups < REQUIRED_GROUPS:
        return None
    everything = [figure for own in members.values() for figure in own]
    if min(everything) == max(everything):  # rounding would show a spread that nobody saw
        return GroupedMean(n, groups, everything[0], 0.0)
    mean = fsum(everything) / n
    squares = fsum(fsum(figure - mean for figure in own) ** 2 for own in members.values())
    return GroupedMean(n, groups, mean, sqrt(groups / (groups - 1) * squares) / n)
