"""Intraclass correlations: what share of the spread of scores lies between drafts."""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import fdtri

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_DRAFTS = 5


@dataclass(frozen=True)
class ShroutFleiss:
    """The six coefficients of a complete table, by the names of Shrout and Fleiss (1979)."""

    icc_1_1: float
    icc_2_1: float
    icc_3_1: float
    icc_1_k: float
    icc_2_k: float
    icc_3_k: float


@dataclass(frozen=True)
class Reliability:
    """`single` is the reliability of one rater's score, with its interval; of k raters' mean it is
    k·single/(1 + (k − 1)·single). Severity of raters is taken out."""

    single: float
    low: float
    high: float
    n_drafts: int
    n_scores: int


def shrout_fleiss(table: Floats) -> ShroutFleiss | NotEnoughData:
    """Coefficients of a complete table (drafts, raters), at least 2 × 2.

    Shrout and Fleiss (1979), "Intraclass correlations: uses in assessing rater reliability": (1, ·)
    for raters who differ from draft to draft, (2, ·) for raters drawn from many, (3, ·) for these
    raters; (·, 1) for one score and (·, k) for the mean of all. Linear in the table.
    """
    n, k = table.shape
    if n < 2 or k < 2:
        return NotEnoughData(n=min(n, k), required=2)
    drafts, raters = table.mean(axis=1) - table.mean(), table.mean(axis=0) - table.mean()
    rest = table - table.mean() - drafts[:, None] - raters[None, :]
    between = k * float(drafts @ drafts) / (n - 1)
    judges = n * float(raters @ raters) / (k - 1)
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    within = (n * float(raters @ raters) + float((rest**2).sum())) / (n * (k - 1))
    return ShroutFleiss(
        icc_1_1=(between - within) / (between + (k - 1) * within),
        icc_2_1=(between - error) / (between + (k - 1) * error + k * (judges - error) / n),
        icc_3_1=(between - error) / (between + (k - 1) * error),
        icc_1_k=(between - within) / between,
        icc_2_k=(between - error) / (between + (judges - error) / n),
        icc_3_k=(between - error) / between,
    )


def draft_reliability(
    score: Floats, draft: Codes, rater: Codes, *, confidence: float = 0.95
) -> Reliability | NotEnoughData:
    """The reliability of one score when not everybody scored everything.

    Raters' means are taken out, then the one-way analysis of variance estimator for unequal numbers of
    scores a draft, with its F interval (Donner and Koval 1980; Shrout and Fleiss 1979, with the typical
    number of scores in place of k). Only drafts with two scores or more count. Fewer than 5 of them, or
    no spread, give NotEnoughData. Linear in the number of scores.
    """
    _, place, counts = np.unique(draft, return_inverse=True, return_counts=True)
    several = counts[place] > 1
    _, place, counts = np.unique(draft[several], return_inverse=True, return_counts=True)
    n, n_drafts = int(several.sum()), len(counts)
    if n_drafts < REQUIRED_DRAFTS:
        return NotEnoughData(n=n_drafts, required=REQUIRED_DRAFTS)
    own = score[several] - _means(score[several], rater[several])
    mean = np.bincount(place, own) / counts
    df_within = n - n_drafts - len(np.unique(rater[several])) + 1
    within = float(((own - mean[place]) ** 2).sum()) / max(df_within, 1)
    between = float((counts * (mean - own.mean()) ** 2).sum()) / (n_drafts - 1)
    if df_within < 1 or within + between == 0:
        return NotEnoughData(n=n_drafts, required=n_drafts + 1)
    typical = (n - float((counts**2).sum()) / n) / (n_drafts - 1)
    ratio = between / within if within > 0 else inf
    upper = float(fdtri(n_drafts - 1, df_within, (1 + confidence) / 2))
    lower = float(fdtri(n_drafts - 1, df_within, (1 - confidence) / 2))
    single, low, high = (_correlation(f, typical) for f in (ratio, ratio / upper, ratio / lower))
    return Reliability(single, low, high, n_drafts, n)


def _correlation(f: float, k: float) -> float:
    return 1.0 if f == inf else float((f - 1) / (f - 1 + k))


def _means(values: Floats, code: Codes) -> Floats:
    """The mean of each row's group."""
    _, place = np.unique(code, return_inverse=True)
    return np.asarray((np.bincount(place, values) / np.bincount(place))[place])
