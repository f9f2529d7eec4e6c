"""Whether an automatic measure is worth its name: how it goes along with people's scores."""

from dataclasses import dataclass
from enum import StrEnum
from math import atanh, sqrt, tanh

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_DRAFTS = 10
NEGLIGIBLE = 0.2


class Verdict(StrEnum):
    """What the interval of the correlation allows to say."""

    PREDICTS = "predicts"
    PREDICTS_NOTHING = "predicts_nothing"
    MISLEADS = "misleads"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Validity:
    """Spearman's correlation of a measure with people's scores over `n` drafts, and its interval."""

    n: int
    correlation: float
    low: float
    high: float
    verdict: Verdict


def heuristic_validity(
    human: Floats, heuristic: Floats, *, stratum: Codes | None = None, confidence: float = 0.95
) -> Validity | NotEnoughData:
    """Correlate a measure with the mean human score, one row a scored draft.

    Within `stratum` (content types), whose means are taken out of the ranks first, so that a type
    which is both long and liked does not pass for a merit of length. The interval is Fisher's, with
    the standard error √((1 + ρ²/2)/(n − 3 − (strata − 1))) of Bonett and Wright (2000). It predicts if the
    interval lies above 0, misleads if below, predicts nothing if within ±0.2, else it is undecided. Fewer
    than 10 drafts give NotEnoughData, and so does a side that does not vary. Costs one sort.
    """
    n = len(human)
    strata = np.zeros(n, dtype=np.int64) if stratum is None else np.unique(stratum, return_inverse=True)[1]
    n_strata = int(strata.max(initial=0)) + 1
    if n < REQUIRED_DRAFTS + n_strata - 1:
        return NotEnoughData(n=n, required=REQUIRED_DRAFTS + n_strata - 1)
    a, b = (_centred(rankdata(values), strata) for values in (human, heuristic))
    if a @ a < 1e-9 or b @ b < 1e-9:
        return NotEnoughData(n=n, required=n + 1)
    correlation = float(np.clip(a @ b / sqrt(float(a @ a) * float(b @ b)), -1, 1))
    limited = float(np.clip(correlation, -0.9999, 0.9999))
    error = sqrt((1 + limited**2 / 2) / (n - 3 - (n_strata - 1)))
    reach = float(ndtri((1 + confidence) / 2)) * error
    low, high = tanh(atanh(limited) - reach), tanh(atanh(limited) + reach)
    return Validity(n, correlation, low, high, _verdict(low, high))


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return Verdict.PREDICTS
    if high < 0:
        return Verdict.MISLEADS
    within = low > -NEGLIGIBLE and high < NEGLIGIBLE
    return Verdict.PREDICTS_NOTHING if within else Verdict.UNDECIDED


def _centred(values: Floats, stratum: Codes) -> Floats:
    means = np.bincount(stratum, values) / np.maximum(np.bincount(stratum), 1)
    return np.asarray(values - means[stratum])
