"""Does the blended interval cover when heuristics are biased, and is it sharper when they are good?

200 drafts with scores N(6.5, 1) in the mean of their raters and heuristics of correlation ρ that are 0.8 too
high; n drafts drawn at random are scored. Beside it stands a fixed mixture, 0.7 human + 0.3 heuristic.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.prediction_powered import BlendedMean, blended_mean
from tests.simulations.study import FULL, SMALL, Share, generators, share

N_DRAFTS, TRUTH, SHIFT = 200, 6.5, 0.8


@dataclass(frozen=True)
class Cell:
    n: int
    correlation: float


CELLS = [Cell(n, correlation) for n in (10, 30, 100) for correlation in (0.3, 0.6)]


@dataclass(frozen=True)
class Result:
    covered: Share
    fixed_mixture_covered: Share
    width: float
    human_only_width: float


def measure(cell: Cell, replicates: int) -> Result:
    outcomes = [_replicate(cell, rng) for rng in generators(51, replicates)]
    blended, mixture, width, human = zip(*outcomes, strict=True)
    return Result(share(list(blended)), share(list(mixture)), float(np.mean(width)), float(np.mean(human)))


def _replicate(cell: Cell, rng: np.random.Generator) -> tuple[bool, bool, float, float]:
    score = rng.normal(TRUTH, 1, N_DRAFTS)
    noise = rng.normal(0, 1, N_DRAFTS)
    heuristic = TRUTH + SHIFT + cell.correlation * (score - TRUTH)
    heuristic = heuristic + np.sqrt(1 - cell.correlation**2) * noise
    rated = rng.permutation(N_DRAFTS)[: cell.n]
    blend = blended_mean(score[rated], heuristic[rated], heuristic)
    human = mean_interval(score[rated].tolist())
    mixture = mean_interval((0.7 * score[rated] + 0.3 * heuristic[rated]).tolist())
    assert isinstance(blend, BlendedMean)
    assert isinstance(human, MeanInterval)
    assert isinstance(mixture, MeanInterval)
    return (
        blend.low <= TRUTH <= blend.high,
        mixture.low <= TRUTH <= mixture.high,
        blend.high - blend.low,
        human.high - human.low,
    )


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_blended_interval_covers_despite_the_shift(cell: Cell) -> None:
    result = measure(cell, 5 * SMALL)
    assert result.covered.at_least(0.95)
    assert result.covered.at_most(0.95)


@pytest.mark.parametrize("n", [30, 100])
def test_blended_interval_is_sharper_where_heuristics_are_good(n: int) -> None:
    result = measure(Cell(n, 0.6), SMALL)
    assert result.width < result.human_only_width


def test_fixed_mixture_does_not_cover() -> None:
    assert measure(Cell(100, 0.6), SMALL).fixed_mixture_covered.value < 0.6


def study(replicates: int = FULL) -> str:
    """The table of docs/statistics.md."""
    lines = [
        "| n of 200 | ρ | coverage | coverage of 0.7/0.3 | width | width, human only |",
        "|---|---|---|---|---|---|",
    ]
    for cell in CELLS:
        result = measure(cell, replicates)
        lines.append(
            f"| {cell.n} | {cell.correlation} | {result.covered} | {result.fixed_mixture_covered} "
            f"| {result.width:.2f} | {result.human_only_width:.2f} |"
        )
    return "\n".join(lines)
