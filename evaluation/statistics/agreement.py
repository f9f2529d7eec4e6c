"""Krippendorff's α: how far raters agree beyond what chance would bring."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_UNITS = 5
REPLICATES = 1000
_MOST_GROUPS = 1000


class Level(StrEnum):
    """What the differences between values mean."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True)
class Agreement:
    """α is 1 for perfect agreement and 0 for chance; `n_units` drafts have two or more of the values."""

    level: Level
    alpha: float
    low: float
    high: float
    n_units: int
    n_values: int


def krippendorff_alpha(
    unit: Codes,
    value: Floats,
    level: Level,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
) -> Agreement | NotEnoughData:
    """Agreement of values, one row for each (rater, unit); who gave which does not matter.

    α = 1 − D_observed/D_expected over coincidences within units (Krippendorff 2011, "Computing
    Krippendorff's alpha-reliability"). Values of units with one value are not pairable and left out. The
    interval is the percentile bootstrap over units; with more than 1,000 units, over 1,000 random groups of
    them, so that its cost does not grow with the data. Fewer than 5 units with two values, or no
    variation at all, where α is not defined, give NotEnoughData. Linear in rows, plus 1,000 × values².
    Raises ValueError for values that are not finite, and for negative ones at the ratio level.
    """
    if not np.all(np.isfinite(value)):
        raise ValueError("every value must be finite; leave missing ones out")
    if level is Level.RATIO and np.any(value < 0):
        raise ValueError("ratios need values of 0 or more")
    counts, values = _count(unit, value)
    n_units = len(counts)
    if n_units < REQUIRED_UNITS or np.count_nonzero(counts.sum(axis=0)) < 2:
        return NotEnoughData(n=n_units, required=max(REQUIRED_UNITS, n_units + 1))
    coincidences = _coincidences(counts)
    alpha = _alpha(coincidences.sum(axis=0)[None], values, level)[0]
    groups = _grouped(coincidences, rng)
    weights = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=replicates)
    resampled = np.tensordot(weights.astype(np.float64), groups, axes=1)
    spread = _alpha(resampled, values, level)
    low, high = np.nanquantile(spread, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Agreement(level, float(alpha), float(low), float(high), n_units, int(counts.sum()))


def _count(unit: Codes, value: Floats) -> tuple[Floats, Floats]:
    """How often each value stands in each unit that has at least two, (units, values)."""
    values, column = np.unique(value, return_inverse=True)
    _, row = np.unique(unit, return_inverse=True)
    counts = np.zeros((int(row.max(initial=-1)) + 1, len(values)))
    np.add.at(counts, (row, column), 1)
    return counts[counts.sum(axis=1) >= 2], values


def _coincidences(counts: Floats) -> Floats:
    """Each unit's pairs of values, every value counting once, (units, values, values)."""
    pairs = counts[:, :, None] * counts[:, None, :]
    places = np.arange(counts.shape[1])
    pairs[:, places, places] -= counts
    return np.asarray(pairs / (counts.sum(axis=1) - 1)[:, None, None])


def _grouped(coincidences: Floats, rng: np.random.Generator) -> Floats:
    if len(coincidences) <= _MOST_GROUPS:
        return coincidences
    group = rng.permutation(len(coincidences)) % _MOST_GROUPS
    sums = np.zeros((_MOST_GROUPS, *coincidences.shape[1:]))
    np.add.at(sums, group, coincidences)
    return sums


def _alpha(coincidences: Floats, values: Floats, level: Level) -> Floats:
    """α of each coincidence matrix, (matrices,); NaN where nothing varies."""
    marginal = coincidences.sum(axis=2)
    n = marginal.sum(axis=1)
    distance = _squared_distance(marginal, values, level)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = np.einsum("bc,bk,bck->b", marginal, marginal, distance, optimize=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - np.where(expected > 0, (n - 1) * observed / expected, np.nan))


def _squared_distance(marginal: Floats, values: Floats, level: Level) -> Floats:
    """δ² between any two values, (matrices or 1, values, values)."""
    a, b = values[:, None], values[None, :]
    match level:
        case Level.NOMINAL:
            return np.asarray((a != b)[None].astype(np.float64))
        case Level.INTERVAL:
            return np.asarray(((a - b) ** 2)[None])
        case Level.RATIO:
            return np.asarray((np.divide(a - b, a + b, out=np.zeros_like(a - b), where=a + b > 0) ** 2)[None])
    # Ordinal: how many values lie between, half of the two ends counted.
    middle = np.cumsum(marginal, axis=1) - marginal / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
