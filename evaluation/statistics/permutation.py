"""The studentised permutation test for the difference of two means."""

from dataclasses import dataclass
from math import comb

import numpy as np

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_VALUES = 3
REPLICATES = 9999
_CHUNK_VALUES = 2_000_000


@dataclass(frozen=True)
class PermutationTest:
    """The two-sided p of Welch's statistic among its values under `replicates` exchanges of labels."""

    t: float
    p: float
    replicates: int


def permutation_test(
    a: Floats,
    b: Floats,
    rng: np.random.Generator,
    *,
    blocks: tuple[Codes, Codes] | None = None,
    replicates: int = REPLICATES,
) -> PermutationTest | NotEnoughData:
    """Compare two samples by exchanging labels; within blocks (raters), less their means, if given.

    Exact where both samples have one distribution, and right for many values where only the means are
    equal, because Welch's statistic is what is permuted (Janssen 1997; Chung and Romano 2013).
    p = (1 + #{|t*| ≥ |t|}) / (1 + replicates), so it is never 0 (Phipson and Smyth 2010). Fewer than 3
    values on a side give NotEnoughData. `rng` draws the exchanges. Cost: replicates × values, at most
    2,000,000 numbers at once; for large samples Welch's test says the same.
    """
    n = min(len(a), len(b))
    if n < REQUIRED_VALUES:
        return NotEnoughData(n=n, required=REQUIRED_VALUES)
    values = np.concatenate([a, b])
    block = np.zeros(len(values), dtype=np.int64) if blocks is None else np.concatenate(blocks)
    values = values - _block_means(values, block)
    is_a = np.arange(len(values)) < len(a)
    observed = float(_studentised(values[None, :], is_a)[0])
    replicates = min(replicates, 100 * comb(len(values), len(a))) if len(values) < 20 else replicates
    extreme, done = 0, 0
    order = np.argsort(block, kind="stable")
    while done < replicates:
        count = min(replicates - done, max(1, _CHUNK_VALUES // len(values)))
        keys = rng.random((count, len(values))) + block
        shuffled = np.empty((count, len(values)))
        shuffled[:, order] = values[np.argsort(keys, axis=1)]
        extreme += int((np.abs(_studentised(shuffled, is_a)) >= abs(observed) - 1e-12).sum())
        done += count
    return PermutationTest(observed, (1 + extreme) / (1 + replicates), replicates)


def _studentised(rows: Floats, is_a: np.ndarray) -> Floats:
    a, b = rows[:, is_a], rows[:, ~is_a]
    error = np.sqrt(a.var(axis=1, ddof=1) / a.shape[1] + b.var(axis=1, ddof=1) / b.shape[1])
    gap = a.mean(axis=1) - b.mean(axis=1)
    without_spread = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    return np.asarray(np.divide(gap, error, out=without_spread, where=error > 0))


def _block_means(values: Floats, block: Codes) -> Floats:
    _, place = np.unique(block, return_inverse=True)
    return np.asarray((np.bincount(place, values) / np.bincount(place))[place])
