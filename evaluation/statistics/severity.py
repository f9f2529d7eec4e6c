"""Raters one by one: how generous each is beside the others, and how well they agree with them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from evaluation.statistics.observations import Codes, Floats

REQUIRED_SHARED = 5


@dataclass(frozen=True)
class RaterLine:
    """One rater beside the others.

    `severity` is the mean of their scores less the others' mean of the same draft, in points: above 0 is
    generous. `consistency` is the correlation of their scores with the others' means, severity
    apart. Both come from `n_shared` drafts that others scored too, and are None below 5.
    """

    rater: int
    n: int
    n_shared: int
    severity: float | None
    severity_low: float | None
    severity_high: float | None
    consistency: float | None


def rater_severity(
    score: Floats, draft: Codes, rater: Codes, *, confidence: float = 0.95
) -> tuple[RaterLine, ...]:
    """A line for each rater who scored anything, in the order of their codes.

    Student's interval of the differences to the leave-one-out means. Consistency is Pearson's
    correlation, None where either side does not vary. Linear in the number of scores.
    """
    _, place = np.unique(draft, return_inverse=True)
    n = np.bincount(place)
    total = np.bincount(place, score)
    shared = n[place] > 1
    others = np.divide(total[place] - score, n[place] - 1, out=np.zeros_like(score), where=shared)
    return tuple(
        _line(int(code), score, others, rater == code, shared, confidence) for code in np.unique(rater)
    )


def _line(
    code: int, score: Floats, others: Floats, own: np.ndarray, shared: np.ndarray, confidence: float
) -> RaterLine:
    mine, theirs = score[own & shared], others[own & shared]
    n = len(mine)
    if n < REQUIRED_SHARED:
        return RaterLine(code, int(own.sum()), n, None, None, None, None)
    gap = mine - theirs
    severity = float(gap.mean())
    margin = float(stdtrit(n - 1, (1 + confidence) / 2)) * float(gap.std(ddof=1)) / sqrt(n)
    varies = np.ptp(mine) > 0 and np.ptp(theirs) > 0
    consistency = float(np.corrcoef(mine, theirs)[0, 1]) if varies else None
    return RaterLine(code, int(own.sum()), n, severity, severity - margin, severity + margin, consistency)
