"""Group-sequential boundaries for an experiment that declared its horizon: O'Brien–Fleming spending."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from evaluation.statistics.observations import Floats

_GRID_STEP = 0.02
_GRID_REACH = 9.0


@dataclass(frozen=True)
class SpendingPlan:
    """For each look: the share of information, the error spent so far, and the |z| that is a claim."""

    information: Floats
    spent: Floats
    boundary: Floats


def obrien_fleming(information: Floats, *, alpha: float = 0.05) -> SpendingPlan:
    """Boundaries for looks at the given shares of the declared horizon, rising, in (0, 1].

    Two-sided error is spent as α(t) = 4 − 4Φ(z_{1−α/4}/√t) (Lan and DeMets 1983, after O'Brien and
    Fleming 1979, on each side): almost nothing early, almost all at the end. The boundary of each
    look makes the probability of crossing there for the first time what is newly spent, by recursive
    integration (Armitage, McPherson and Rowe 1969) on a grid of 0.02. Looks not planned at first may
    be added, the shares seen so far staying as they were; looking beyond the horizon is not allowed. Raises
    ValueError for shares that do not rise or leave (0, 1]. Cost: looks × grid².
    """
    if (
        not len(information)
        or np.any(np.diff(information) <= 0)
        or information[0] <= 0
        or information[-1] > 1
    ):
        raise ValueError("shares of information must rise and lie in (0, 1]")
    spent = 4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(information))
    boundary = np.empty(len(information))
    grid = np.arange(-_GRID_REACH, _GRID_REACH + _GRID_STEP / 2, _GRID_STEP)
    density = np.zeros(len(grid))
    density[len(grid) // 2] = 1 / _GRID_STEP
    before = 0.0
    for look, (share, new) in enumerate(zip(information, np.diff(spent, prepend=0.0), strict=True)):
        density = _advance(density, grid, float(share - before))
        boundary[look] = _crossing(density, grid, float(share), float(new))
        density = np.where(np.abs(grid) < boundary[look] * np.sqrt(share), density, 0.0)
        before = float(share)
    return SpendingPlan(information, np.asarray(spent), boundary)


def _advance(density: Floats, grid: Floats, step: float) -> Floats:
    """The density of Brownian motion a time `step` later, given its sub-density now."""
    kernel = np.exp(-(grid**2) / 2 / step)
    kernel = kernel / kernel.sum()
    return np.asarray(np.convolve(density, kernel, mode="same"))


def _crossing(density: Floats, grid: Floats, share: float, new: float) -> float:
    """The z beyond which, on both sides, lies so much of the density."""
    upper = np.cumsum(density[::-1])[::-1] * _GRID_STEP

    def excess(z: float) -> float:
        return 2 * float(np.interp(z * np.sqrt(share), grid - _GRID_STEP / 2, upper)) - new

    return float(brentq(excess, 0.0, _GRID_REACH / np.sqrt(share) * 0.999))
