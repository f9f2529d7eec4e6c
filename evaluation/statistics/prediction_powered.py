"""The mean human score over all drafts, sharpened by heuristics that are known for every draft.

People score few drafts, heuristics all of them. A fixed mixture of both is wrong by as much as the
heuristics are; here they only carry what people said over to the drafts that nobody scored, and are
dropped where they do not help.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Flags, Floats

REQUIRED_HUMAN = 5
REQUIRED_FOR_REGRESSION = 10
SMALL_STRATUM = 5


class BlendMethod(StrEnum):
    """Whether heuristics were used."""

    REGRESSION = "regression"
    HUMAN_ONLY = "human_only"


@dataclass(frozen=True)
class BlendedMean:
    """The mean on the scale of the human scores and its interval; `n` drafts of `n_all` were scored.

    `slope` is points of human score for one point of heuristics, `correlation` theirs within strata, both
    None where it could not be computed. `reason` says in words why the method was chosen.
    """

    n: int
    n_all: int
    mean: float
    low: float
    high: float
    method: BlendMethod
    slope: float | None
    correlation: float | None
    reason: str


def blended_mean(
    human: Floats,
    heuristic_rated: Floats,
    heuristic_all: Floats,
    *,
    stratum_rated: Codes | None = None,
    stratum_all: Codes | None = None,
    confidence: float = 0.95,
) -> BlendedMean | NotEnoughData:
    """The regression estimate of the mean over all drafts, or the mean of the scored ones.

    `human` and `heuristic_rated` have one entry a scored draft (its mean score), `heuristic_all` and
    `stratum_all` one for every draft, the scored ones among them; strata are codes, as content types.

        θ̂ = Σ Wₛ [ȳₛ + b (H̄ₛ,all − H̄ₛ,rated)]      Wₛ: the stratum's share of all drafts
        Var = s²ₑ [Σ Wₛ²/nₛ + (Σ Wₛ ΔH̄ₛ)² / Sxx] + b² Var(H) / N,   t with n − strata − 1

    The generalised regression estimator (Särndal, Swensson and Wretman 1992, section 6), which for one
    predictor is prediction-powered inference with its best weight (Angelopoulos, Duchi and Zrnic
    2023, "PPI++"). Strata with fewer than 5 scored drafts are merged. With fewer than 10 scored drafts, or
    a correlation of at most 1/√(n − 2), which is what chance brings, the estimate is human-only:
    Student's interval of the scored drafts' mean, and `reason` says so.

    The scored drafts must be drawn at random, within strata at least: where people score what they like,
    no estimate is right. Fewer than 5 scored drafts give NotEnoughData. Raises ValueError for scores or
    heuristics that are not finite. Linear in the number of drafts.
    """
    n = len(human)
    if not (np.all(np.isfinite(human)) and np.all(np.isfinite(heuristic_rated))):
        raise ValueError("every scored draft needs a finite score and a finite heuristic")
    if not np.all(np.isfinite(heuristic_all)):
        raise ValueError("every draft needs a finite heuristic; leave out those that have none")
    if n < REQUIRED_HUMAN:
        return NotEnoughData(n=n, required=REQUIRED_HUMAN)
    if n < REQUIRED_FOR_REGRESSION:
        reason = f"{n} scored drafts are too few to learn from heuristics; it takes {REQUIRED_FOR_REGRESSION}"
        return _human_only(human, len(heuristic_all), None, None, reason, confidence)
    rated, every = _merged(stratum_rated, stratum_all, n, len(heuristic_all))
    line = _within(human, heuristic_rated, rated)
    if line is None or abs(line.correlation) <= 1 / sqrt(n - 2):
        reason = "heuristics say nothing about people's scores here"
        slope, correlation = (line.slope, line.correlation) if line else (None, None)
        return _human_only(human, len(heuristic_all), slope, correlation, reason, confidence)
    return _regression(human, heuristic_rated, heuristic_all, rated, every, line, confidence)


@dataclass(frozen=True)
class _Line:
    """The common slope within strata, with what its precision depends on."""

    slope: float
    correlation: float
    sxx: float
    residual_variance: float
    df: int


def _within(y: Floats, x: Floats, stratum: Codes) -> _Line | None:
    """None where the heuristics or the scores do not vary within strata."""
    n_strata = int(stratum.max()) + 1
    gap_y, gap_x = y - _means(y, stratum)[stratum], x - _means(x, stratum)[stratum]
    sxx, syy, sxy = float(gap_x @ gap_x), float(gap_y @ gap_y), float(gap_x @ gap_y)
    df = len(y) - n_strata - 1
    if sxx <= 1e-12 or syy <= 1e-12 or df < 1:
        return None
    slope = sxy / sxx
    return _Line(slope, sxy / sqrt(sxx * syy), sxx, (syy - slope * sxy) / df, df)


def _regression(
    human: Floats,
    heuristic_rated: Floats,
    heuristic_all: Floats,
    rated: Codes,
    every: Codes,
    line: _Line,
    confidence: float,
) -> BlendedMean:
    n, n_all = len(human), len(heuristic_all)
    weight = np.bincount(every) / n_all
    mean_all = _means(heuristic_all, every)
    shift = mean_all - _means(heuristic_rated, rated)
    mean = float(weight @ (_means(human, rated) + line.slope * shift))
    spread = float(np.sum((heuristic_all - mean_all[every]) ** 2)) / max(1, n_all - len(weight))
    variance = line.residual_variance * (
        float(np.sum(weight**2 / np.bincount(rated))) + float(weight @ shift) ** 2 / line.sxx
    )
    variance += line.slope**2 * spread / n_all
    margin = float(stdtrit(line.df, (1 + confidence) / 2)) * sqrt(variance)
    reason = f"heuristics of {n_all} drafts sharpen the scores of {n} (correlation {line.correlation:.2f})"
    return BlendedMean(
        n,
        n_all,
        mean,
        mean - margin,
        mean + margin,
        BlendMethod.REGRESSION,
        line.slope,
        line.correlation,
        reason,
    )


def _human_only(
    human: Floats,
    n_all: int,
    slope: float | None,
    correlation: float | None,
    reason: str,
    confidence: float,
) -> BlendedMean:
    n, mean = len(human), float(np.mean(human))
    error = float(np.std(human, ddof=1)) / sqrt(n)
    margin = float(stdtrit(n - 1, (1 + confidence) / 2)) * error
    return BlendedMean(
        n, n_all, mean, mean - margin, mean + margin, BlendMethod.HUMAN_ONLY, slope, correlation, reason
    )


def _merged(rated: Codes | None, every: Codes | None, n: int, n_all: int) -> tuple[Codes, Codes]:
    """Strata as codes 0, 1, …: those with few scored drafts become one, if need be with the next smallest."""
    if rated is None or every is None:
        return np.zeros(n, dtype=np.int64), np.zeros(n_all, dtype=np.int64)
    size = int(every.max()) + 1
    counts = np.bincount(rated, minlength=size)
    by_size = np.argsort(counts, kind="stable")
    small: Flags = counts < SMALL_STRATUM
    total = np.cumsum(counts[by_size])
    if small.any() and counts[small].sum() < SMALL_STRATUM:
        small[by_size[: int(np.searchsorted(total, SMALL_STRATUM)) + 1]] = True
    code = np.where(small, -1, np.arange(size))
    _, merged = np.unique(code, return_inverse=True)
    return merged[rated], merged[every]


def _means(values: Floats, stratum: Codes) -> Floats:
    n = np.bincount(stratum)
    return np.asarray(np.bincount(stratum, values) / np.maximum(n, 1))
