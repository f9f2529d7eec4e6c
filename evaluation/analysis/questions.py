"""What a statistician may ask for beside the usual figures: an incumbent, a horizon, a guarantee.

All three look at plain scores. Nothing else in the analysis depends on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import isfinite

import numpy as np
from scipy.special import ndtr, stdtrit

from evaluation.analysis.document import (
    Challenger,
    GuaranteedDifference,
    GuaranteedMean,
    Guarantees,
    Horizon,
    HorizonPair,
    Incumbent,
)
from evaluation.analysis.options import Options
from evaluation.analysis.scale import HIGHEST, LOWEST
from evaluation.statistics.betting_sequence import BettingInterval, betting_interval
from evaluation.statistics.confidence_sequence import rater_blocks
from evaluation.statistics.mixed_model import Difference, ModelComparison, compare_models
from evaluation.statistics.multiplicity import DunnettComparison, dunnett
from evaluation.statistics.observations import Codes, Floats, Observations
from evaluation.statistics.spending import obrien_fleming

_REQUIRED_BY_DUNNETT = 2
_SECONDS_A_WEEK = 7 * 86_400
_MONDAY = 3 * 86_400  # the epoch was a Thursday
_LOOKS_AT_MOST = 100


def against_incumbent(observations: Observations, options: Options) -> Incumbent | None:
    """Every model beside `options.incumbent` by Dunnett's test; None where nobody named one.

    Null for models with fewer than two scores. Raises ValueError for a name that no model has.
    """
    if options.incumbent is None:
        return None
    scores, names = _Scores.of(observations), observations.labels.models
    incumbent = names.index(options.incumbent)
    samples = [scores.score[scores.model == code] for code in range(len(names))]
    judged = [code for code in range(len(names)) if len(samples[code]) >= _REQUIRED_BY_DUNNETT]
    others = [code for code in judged if code != incumbent]
    found: dict[int, DunnettComparison] = {}
    if incumbent in judged and others:
        rng = np.random.default_rng(options.seed)
        lines = dunnett(
            [samples[code] for code in others], samples[incumbent], rng, confidence=options.confidence
        )
        found = dict(zip(others, lines, strict=True)) if isinstance(lines, tuple) else {}
    return Incumbent(
        model=options.incumbent,
        challengers=tuple(
            _challenger(name, found.get(code)) for code, name in enumerate(names) if code != incumbent
        ),
    )


def at_horizon(observations: Observations, options: Options) -> Horizon | None:
    """Group-sequential figures for an experiment of `options.horizon` scores a model; None without one.

    Looks are the ends of the weeks (UTC) in which scores came, and now; error is shared among all pairs by
    Bonferroni's correction, or among those with the incumbent where there is one. Scores of a model beyond
    the horizon do not count. Differences are the mixed model's, severity taken out. Raises ValueError for
    scores without a time.
    """
    if options.horizon is None:
        return None
    scores = _Scores.of(observations)
    if np.isnan(scores.at).any():
        raise ValueError("every score needs a time: looks are counted by weeks")
    scores = scores.first(options.horizon)
    comparison = compare_models(scores.score, scores.model, scores.rater, scores.content_type)
    known = comparison.differences if isinstance(comparison, ModelComparison) else ()
    differences = {(line.a, line.b): line for line in known}
    names, pairs = observations.labels.models, _pairs(observations, options)
    alpha = (1 - options.confidence) / max(1, len(pairs))
    return Horizon(
        ratings_per_model=options.horizon,
        pairs=tuple(
            _horizon_pair(
                (names[a], names[b]),
                _information(scores, a, b, options.horizon),
                differences.get((a, b)),
                alpha,
            )
            for a, b in pairs
        ),
    )


def guarantees(observations: Observations, options: Options) -> Guarantees | None:
    """Betting intervals of each mean, and of each difference within raters; None where nobody asked.

    They hold at all looks, and for all models or all pairs together, however few scores there are. Scores
    count in the order of time; without times in the order given. Cost: 1,001 × (models × scores).
    """
    if not options.finite_sample:
        return None
    scores, names = _Scores.of(observations), observations.labels.models
    error = 1 - options.confidence
    pairs = _pairs(observations, options)
    return Guarantees(
        means=tuple(_mean(scores, code, name, error / len(names)) for code, name in enumerate(names)),
        differences=tuple(
            _difference(scores, (a, b), (names[a], names[b]), error / len(pairs)) for a, b in pairs
        ),
    )


@dataclass(frozen=True)
class _Scores:
    """Plain scores in the order of time: what, of which model and type, by whom, when."""

    score: Floats
    model: Codes
    content_type: Codes
    rater: Codes
    at: Floats

    @classmethod
    def of(cls, observations: Observations) -> "_Scores":
        drafts, ratings = observations.drafts, observations.ratings
        rows = np.flatnonzero(~np.isnan(ratings.score))
        rows = rows[np.argsort(ratings.at[rows], kind="stable")]
        of_draft = ratings.draft[rows]
        return cls(
            ratings.score[rows],
            drafts.model[of_draft],
            drafts.content_type[of_draft],
            ratings.rater[rows],
            ratings.at[rows],
        )

    def first(self, n: int) -> "_Scores":
        """The first `n` of each model."""
        kept = np.zeros(len(self.score), dtype=bool)
        for code in np.unique(self.model):
            kept[np.flatnonzero(self.model == code)[:n]] = True
        return _Scores(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))


def _pairs(observations: Observations, options: Options) -> list[tuple[int, int]]:
    """All pairs of models, or those with the incumbent."""
    names = observations.labels.models
    pairs: Iterator[tuple[int, int]] = combinations(range(len(names)), 2)
    if options.incumbent is None:
        return list(pairs)
    return [pair for pair in pairs if names.index(options.incumbent) in pair]


def _challenger(name: str, line: DunnettComparison | None) -> Challenger:
    if line is None or not isfinite(line.p):
        return Challenger(model=name)
    return Challenger(model=name, difference=line.difference, ci=(line.low, line.high), p=line.p)


def _information(scores: _Scores, a: int, b: int, horizon: int) -> Floats:
    """The share of the horizon's information on a − b at each look so far, rising; none without scores.

    The variance of a difference goes with 1/nₐ + 1/n_b. At most one look counts in each hundredth of the
    horizon, its last.
    """
    week = np.floor((scores.at + _MONDAY) / _SECONDS_A_WEEK)
    weeks = np.unique(week)
    n_a, n_b = (
        np.searchsorted(week[scores.model == code], weeks, side="right").astype(np.float64) for code in (a, b)
    )
    both = (n_a > 0) & (n_b > 0)
    shares = 2 / (1 / n_a[both] + 1 / n_b[both]) / horizon
    part = np.ceil(shares * _LOOKS_AT_MOST - 1e-9)
    return np.asarray(shares[np.append(np.diff(part) > 0, True)] if len(shares) else shares)


def _horizon_pair(
    names: tuple[str, str], information: Floats, line: Difference | None, alpha: float
) -> HorizonPair:
    a, b = names
    if not len(information):
        return HorizonPair(a=a, b=b, information=0.0, looks=0)
    boundary = _boundary(tuple(information.tolist()), alpha)
    pair = HorizonPair(
        a=a, b=b, information=float(information[-1]), looks=len(information), boundary=boundary
    )
    if line is None:
        return pair
    pair = pair.model_copy(update={"difference": line.estimate})
    reach = -float(stdtrit(line.df, float(ndtr(-boundary)))) * line.standard_error
    if not isfinite(reach):
        return pair
    low, high = line.estimate - reach, line.estimate + reach
    verdict = "a_better" if low > 0 else "b_better" if high < 0 else "undecided"
    return pair.model_copy(update={"ci": (low, high), "verdict": verdict})


@lru_cache(maxsize=64)
def _boundary(information: tuple[float, ...], alpha: float) -> float:
    """That of the last look. Pairs that are looked at alike share one plan."""
    return float(obrien_fleming(np.array(information), alpha=alpha).boundary[-1])


def _mean(scores: _Scores, code: int, name: str, alpha: float) -> GuaranteedMean:
    values = scores.score[scores.model == code]
    found = betting_interval((values - LOWEST) / (HIGHEST - LOWEST), alpha=alpha)
    if not isinstance(found, BettingInterval):
        return GuaranteedMean(model=name, n=len(values))
    mean, low, high = (LOWEST + (HIGHEST - LOWEST) * end for end in (found.mean, found.low, found.high))
    return GuaranteedMean(model=name, n=found.n, mean=mean, ci=(low, high))


def _difference(
    scores: _Scores, pair: tuple[int, int], names: tuple[str, str], alpha: float
) -> GuaranteedDifference:
    blocks = rater_blocks(scores.score, scores.model, scores.rater, *pair)
    largest = HIGHEST - LOWEST
    found = betting_interval((blocks + largest) / (2 * largest), alpha=alpha)
    a, b = names
    if not isinstance(found, BettingInterval):
        return GuaranteedDifference(a=a, b=b, n=len(blocks))
    mean, low, high = (2 * largest * end - largest for end in (found.mean, found.low, found.high))
    return GuaranteedDifference(a=a, b=b, n=found.n, difference=mean, ci=(low, high))
