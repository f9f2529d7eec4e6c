"""What may be said of several models together: rank sets, who qualifies, who leads, what is missing.

All decisions use anytime intervals (`confidence_sequence`), shared among models and pairs by
Bonferroni's correction, because somebody looks every week and looks at all of them.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, inf, sqrt

import numpy as np
from scipy.optimize import brentq

from evaluation.statistics.confidence_sequence import anytime_factor
from evaluation.statistics.observations import Codes, Flags, Floats
from evaluation.statistics.requirements import REQUIRED_RATERS, REQUIRED_RATINGS, THRESHOLD

_DRAWS = 20_000
_OUT_OF_REACH = 100.0


class Standing(StrEnum):
    """What the threshold says of a model."""

    QUALIFIED = "qualified"
    UNDECIDED = "undecided"
    BELOW = "below"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True)
class Missing:
    """What would separate a model from `model`: about so many more ratings of the two together.

    `ratings` is None where not even a hundred times as many by the same people would do: it
    takes more raters, or there is next to no difference.
    """

    model: int
    ratings: int | None


@dataclass(frozen=True)
class RankLine:
    """One model. `rank_low` to `rank_high` are the ranks it may have, 1 the best; None if insufficient.

    `low` and `high` bound its quality at all looks together, for all models together. `p_best` is
    the probability, as the judgements stand, that it is the best of those with enough ratings.
    """

    model: int
    standing: Standing
    low: float
    high: float
    rank_low: int | None = None
    rank_high: int | None = None
    p_best: float | None = None
    missing: Missing | None = None


@dataclass(frozen=True)
class Ranking:
    """Lines in the order of models' codes. `leader` is the model that surely leads, if one does.

    `better[a, b]` says that a is better than b, at all looks and for all pairs together with
    error α; `margin[a, b]` is the half width of the anytime interval of that difference.
    """

    lines: tuple[RankLine, ...]
    leader: int | None
    better: Flags
    margin: Floats


@dataclass(frozen=True)
class Evidence:
    """What is known of each model's quality on the 1–10 scale, as `joint` gives it.

    `covariance_these_raters` is the part of `covariance` that more ratings by the same people make
    smaller. Counts have one entry a model.
    """

    quality: Floats
    covariance: Floats
    covariance_these_raters: Floats
    n_ratings: Codes
    n_raters: Codes
    df_level: float = inf
    df_difference: float = inf


def rank_models(
    evidence: Evidence,
    rng: np.random.Generator,
    *,
    threshold: float = THRESHOLD,
    alpha: float = 0.05,
    required_ratings: int = REQUIRED_RATINGS,
    required_raters: int = REQUIRED_RATERS,
) -> Ranking:
    """Rank models by what is known of them.

    A model with fewer than `required_ratings` ratings or `required_raters` raters is insufficient:
    it has no rank, cannot lead, and nobody has to beat it. A model qualifies when the lower bound of
    its anytime interval reaches `threshold`, and is below when the upper bound does not. Rank sets
    come from simultaneous intervals of all differences (Mohamad, Goeman and van Zwet 2022,
    "Simultaneous confidence intervals for ranks"). The leader must qualify and be better than every
    other sufficient model. `p_best` comes from 20,000 draws of the multivariate t distribution with
    `rng`. Cost: models², and draws × models².
    """
    enough = (evidence.n_ratings >= required_ratings) & (evidence.n_raters >= required_raters)
    share = alpha / max(1, int(enough.sum()) * int(enough.sum() - 1) // 2)
    margin = _pair_margins(evidence, share)
    gap = evidence.quality[:, None] - evidence.quality[None, :]
    better = (gap > margin) & enough[:, None] & enough[None, :]
    chances = _p_best(evidence, enough, rng)
    lines = []
    for model, (low, high) in enumerate(_level_bounds(evidence, alpha)):
        if not enough[model]:
            lines.append(RankLine(model, Standing.INSUFFICIENT, low, high))
            continue
        lines.append(
            RankLine(
                model,
                _standing(low, high, threshold),
                low,
                high,
                rank_low=1 + int(better[:, model].sum()),
                rank_high=int(enough.sum() - better[model].sum()),
                p_best=chances[model],
                missing=_missing(model, evidence, enough, better, share),
            )
        )
    return Ranking(tuple(lines), _leader(lines, better), better, margin)


def _standing(low: float, high: float, threshold: float) -> Standing:
    if low >= threshold:
        return Standing.QUALIFIED
    return Standing.BELOW if high < threshold else Standing.UNDECIDED


def _leader(lines: list[RankLine], better: Flags) -> int | None:
    n_judged = sum(line.standing is not Standing.INSUFFICIENT for line in lines)
    qualified = [line.model for line in lines if line.standing is Standing.QUALIFIED]
    return next((model for model in qualified if better[model].sum() == n_judged - 1), None)


def _level_bounds(evidence: Evidence, alpha: float) -> list[tuple[float, float]]:
    share = alpha / len(evidence.quality)
    factors = [_factor(n, evidence.df_level, share) for n in evidence.n_ratings]
    margins = np.array(factors) * np.sqrt(np.diag(evidence.covariance))
    return [
        (float(quality - margin), float(quality + margin))
        for quality, margin in zip(evidence.quality, margins, strict=True)
    ]


def _pair_margins(evidence: Evidence, alpha: float) -> Floats:
    """Half widths (models, models) of the anytime intervals of all differences."""
    n = np.minimum(evidence.n_ratings[:, None], evidence.n_ratings[None, :])
    factors = np.array([[_factor(count, evidence.df_difference, alpha) for count in row] for row in n])
    own = np.diag(evidence.covariance)
    return np.asarray(factors * np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * evidence.covariance, 0)))


def _factor(n: float, df: float, alpha: float) -> float:
    return anytime_factor(max(float(n), 1.0), df, alpha=alpha)


def _p_best(evidence: Evidence, enough: Flags, rng: np.random.Generator) -> dict[int, float]:
    judged = np.flatnonzero(enough)
    if not len(judged):
        return {}
    covariance = evidence.covariance[np.ix_(judged, judged)]
    drawn = rng.multivariate_normal(np.zeros(len(judged)), covariance, _DRAWS, method="eigh")
    df = evidence.df_difference
    scale = np.sqrt(df / rng.chisquare(df, (_DRAWS, 1))) if np.isfinite(df) else 1.0
    best = (evidence.quality[judged] + drawn * scale).argmax(axis=1)
    shares = np.bincount(best, minlength=len(judged)) / _DRAWS
    return dict(zip(judged.tolist(), shares.tolist(), strict=True))


def _missing(model: int, evidence: Evidence, enough: Flags, better: Flags, alpha: float) -> Missing | None:
    """How far it is to the best model from which this one is not yet separated; None if there is none."""
    open_ones = [
        other
        for other in np.flatnonzero(enough)
        if other != model and not better[model, other] and not better[other, model]
    ]
    if not open_ones:
        return None
    rival = int(max(open_ones, key=lambda other: evidence.quality[other]))
    return Missing(rival, _more_ratings(model, rival, evidence, alpha))


def _more_ratings(a: int, b: int, evidence: Evidence, alpha: float) -> int | None:
    """How many more ratings of the two would separate them, if their qualities are as they look now."""
    gap = abs(float(evidence.quality[a] - evidence.quality[b]))
    shrinking = _variance(evidence.covariance_these_raters, a, b)
    lasting = max(_variance(evidence.covariance, a, b) - shrinking, 0.0)
    n = float(min(evidence.n_ratings[a], evidence.n_ratings[b]))

    def excess(times: float) -> float:
        margin = _factor(n * times, evidence.df_difference, alpha) * sqrt(lasting + shrinking / times)
        return margin - gap

    if excess(_OUT_OF_REACH) > 0:
        return None
    return ceil(2 * n * (float(brentq(excess, 1.0, _OUT_OF_REACH)) - 1))


def _variance(covariance: Floats, a: int, b: int) -> float:
    return float(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b])
