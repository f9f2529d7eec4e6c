"""What every simulation study shares: seeded replicates, and shares judged with their binomial error.

A study draws data many times from a truth that it knows, and counts how often a method is right.
`SMALL` runs in the suite; `make simulations` runs the full size and prints the tables that
docs/statistics.md keeps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

SMALL = 200
FULL = 5000


@dataclass(frozen=True)
class Share:
    """How often something happened in `n` replicates."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        return self.hits / self.n

    def at_most(self, bar: float, z: float = 3.0) -> bool:
        """Whether the true share may be as low as `bar`: not above it by more than chance explains."""
        return self.value <= bar + z * sqrt(bar * (1 - bar) / self.n)

    def at_least(self, bar: float, z: float = 3.0) -> bool:
        """Whether the true share may be as high as `bar`: not below it by more than chance explains."""
        return self.value >= bar - z * sqrt(bar * (1 - bar) / self.n)

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {1.96 * sqrt(self.value * (1 - self.value) / self.n):.3f}"


def generators(seed: int, replicates: int) -> Iterator[np.random.Generator]:
    """Independent generators, one a replicate: the third is the same however many follow."""
    return (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(replicates))


def share(outcomes: Iterator[bool] | list[bool]) -> Share:
    """Count outcomes."""
    found = list(outcomes)
    return Share(hits=sum(found), n=len(found))
