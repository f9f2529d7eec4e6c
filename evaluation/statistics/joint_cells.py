"""Judgements gathered into cells of equal rater, model and content type: all that `joint` looks at.

However many judgements there are, there are at most raters × models × types cells of scores and
of thumbs, and raters × models² × types cells of votes.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.statistics.observations import Codes, Drafts, Floats, Observations, PairVotes, Ratings


@dataclass(frozen=True)
class ScoreCells:
    """Scores of one rater for one model and type: their weight, mean, and mean centred heuristic.

    What varies within cells is kept in three sums over all of them, for the slope of scores on
    heuristics. `weight_sum` counts scores, those of one draft by several raters less than fully.
    """

    rater: Codes
    model: Codes
    content_type: Codes
    weight: Floats
    mean: Floats
    heuristic: Floats
    within_hh: float
    within_hy: float
    within_yy: float
    weight_sum: float


@dataclass(frozen=True)
class ThumbCells:
    """Thumbs of one rater for one model and type: `up` out of `n`, both weighted."""

    rater: Codes
    model: Codes
    content_type: Codes
    up: Floats
    n: Floats


@dataclass(frozen=True)
class VoteCells:
    """Votes of one rater between two models in one type: weighted counts (cells, 4) by Choice."""

    rater: Codes
    left: Codes
    right: Codes
    content_type: Codes
    counts: Floats


@dataclass(frozen=True)
class Cells:
    """All cells. `draft_share` is the share of the spread of scores that lies between drafts, `drawn`
    (models, types) the variance of the mean heuristic of a model's drafts, which chance drew, too."""

    scores: ScoreCells
    thumbs: ThumbCells
    votes: VoteCells
    draft_share: float
    drawn: Floats


def gather(observations: Observations) -> Cells:
    """Count judgements into cells. A thumb beside the same rater's score for the draft is left out.

    Judgements of one draft by k raters share what is good or bad about that draft, so each counts
    1 / (1 + (k − 1)ρ), where ρ is the share of the spread that lies between drafts (Kish's design
    effect); ρ is estimated from drafts that several raters scored, and 0 where there are none. What
    heuristics explain is no part of it: the slope takes that out.
    """
    drafts, ratings, votes, labels = (
        observations.drafts,
        observations.ratings,
        observations.votes,
        observations.labels,
    )
    scored = ~np.isnan(ratings.score)
    heuristic = _centred_heuristic(drafts)
    share = _draft_share(drafts, ratings, scored, heuristic, len(labels.raters))
    thumbed = ~np.isnan(ratings.thumb) & ~scored
    return Cells(
        scores=_score_cells(drafts, ratings, scored, heuristic, share),
        thumbs=_thumb_cells(drafts, ratings, thumbed, share),
        votes=_vote_cells(votes, share),
        draft_share=share,
        drawn=_drawn(drafts, heuristic, (len(labels.models), len(labels.content_types))),
    )


def _score_cells(
    drafts: Drafts, ratings: Ratings, scored: np.ndarray, heuristic: Floats, share: float
) -> ScoreCells:
    draft, rater, y = ratings.draft[scored], ratings.rater[scored], ratings.score[scored]
    h = heuristic[draft]
    weight = _weights(draft, share)
    (rater, model, content_type), cell = _cells(rater, drafts.model[draft], drafts.content_type[draft])
    total: Floats = np.bincount(cell, weight, len(rater)).astype(np.float64)
    mean_y = np.bincount(cell, weight * y, len(rater)) / total
    mean_h = np.bincount(cell, weight * h, len(rater)) / total
    gap_y, gap_h = y - mean_y[cell], h - mean_h[cell]
    return ScoreCells(
        rater,
        model,
        content_type,
        weight=total,
        mean=mean_y,
        heuristic=mean_h,
        within_hh=float(weight @ gap_h**2),
        within_hy=float(weight @ (gap_h * gap_y)),
        within_yy=float(weight @ gap_y**2),
        weight_sum=float(total.sum()),
    )


def _thumb_cells(drafts: Drafts, ratings: Ratings, thumbed: np.ndarray, share: float) -> ThumbCells:
    draft, rater = ratings.draft[thumbed], ratings.rater[thumbed]
    weight = _weights(draft, share)
    (rater, model, content_type), cell = _cells(rater, drafts.model[draft], drafts.content_type[draft])
    up = np.bincount(cell, weight * (ratings.thumb[thumbed] > 0), len(rater)).astype(np.float64)
    n = np.bincount(cell, weight, len(rater)).astype(np.float64)
    return ThumbCells(rater, model, content_type, up=up, n=n)


def _vote_cells(votes: PairVotes, share: float) -> VoteCells:
    known = votes.left_draft >= 0
    pair = np.where(known, votes.left_draft, -1 - np.arange(len(votes)))
    weight = _weights(pair, share)
    keys = (votes.rater, votes.left_model, votes.right_model, votes.content_type)
    (rater, left, right, content_type), cell = _cells(*keys)
    counts = np.zeros((len(rater), 4))
    np.add.at(counts, (cell, votes.choice), weight)
    return VoteCells(rater, left, right, content_type, counts)


def _cells(*keys: Codes) -> tuple[tuple[Codes, ...], Codes]:
    """The distinct combinations of codes, and which of them each row belongs to."""
    if not len(keys[0]):
        return tuple(np.zeros(0, dtype=np.int64) for _ in keys), np.zeros(0, dtype=np.int64)
    sizes = [int(key.max()) + 1 for key in keys]
    distinct, cell = np.unique(np.ravel_multi_index(keys, sizes), return_inverse=True)
    return tuple(np.asarray(code, dtype=np.int64) for code in np.unravel_index(distinct, sizes)), cell


def _weights(draft: Codes, share: float) -> Floats:
    _, place, k = np.unique(draft, return_inverse=True, return_counts=True)
    weights: Floats = 1 / (1 + (k[place] - 1) * share)
    return weights


def _centred_heuristic(drafts: Drafts) -> Floats:
    """Heuristics less their mean over all drafts of the same model and type; 0 where unknown."""
    known = ~np.isnan(drafts.heuristic)
    (models, *_), cell = _cells(drafts.model, drafts.content_type)
    n = np.bincount(cell[known], minlength=len(models))
    mean = np.bincount(cell[known], drafts.heuristic[known], len(models)) / np.maximum(n, 1)
    return np.where(known, drafts.heuristic - mean[cell], 0.0)


def _drawn(drafts: Drafts, heuristic: Floats, shape: tuple[int, int]) -> Floats:
    """The variance of each cell's mean heuristic, from their common spread within cells; 0 without any."""
    n = np.zeros(shape)
    known = ~np.isnan(drafts.heuristic)
    np.add.at(n, (drafts.model[known], drafts.content_type[known]), 1)
    df = max(float(n.sum()) - np.count_nonzero(n), 1.0)
    return np.divide(float(heuristic @ heuristic) / df, n, out=np.zeros(shape), where=n > 0)


def _draft_share(
    drafts: Drafts, ratings: Ratings, scored: np.ndarray, heuristic: Floats, n_raters: int
) -> float:
    """The intraclass correlation of scores of one draft; raters, models and heuristics taken out.

    The one-way analysis of variance estimator (Donner and Koval 1980), between 0 and 1.
    """
    draft, rater, y = ratings.draft[scored], ratings.rater[scored], ratings.score[scored]
    _, place, k = np.unique(draft, return_inverse=True, return_counts=True)
    n, n_drafts = len(y), len(k)
    model = drafts.model[draft]
    h = heuristic[draft]
    df_between = n_drafts - len(np.unique(model)) - bool(h.any())
    df_within = n - n_drafts - len(np.unique(rater)) + 1
    if df_between < 1 or df_within < 1:
        return 0.0
    residual = y - _means(y, model)[model]
    residual = residual - _means(residual, rater, n_raters)[rater]
    residual = residual - (h @ residual / (h @ h) * h if h.any() else 0)
    mean = np.bincount(place, residual) / k
    within = ((residual - mean[place]) ** 2).sum() / df_within
    between = (k * mean**2).sum() / df_between
    typical = (n - (k**2).sum() / n) / (n_drafts - 1)
    total = between + (typical - 1) * within
    return float(np.clip((between - within) / total, 0, 1)) if total > 0 else 0.0


def _means(values: Floats, code: Codes, size: int = 0) -> Floats:
    n = np.bincount(code, minlength=size)
    means: Floats = np.bincount(code, values, size) / np.maximum(n, 1)
    return means
