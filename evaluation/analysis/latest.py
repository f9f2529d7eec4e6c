"""Of several judgements of one rater about one thing, the latest."""

import numpy as np

from evaluation.statistics.observations import Codes, Flags, Floats


def latest(key: Codes, at: Floats) -> Flags:
    """Which rows are the last of those with the same `key`.

    By `at`; rows without a time (NaN) come before those with one, and rows of one time in the order
    given. n log n.
    """
    kept = np.zeros(len(key), dtype=bool)
    order = np.lexsort((np.nan_to_num(at, nan=-np.inf), key))
    if len(order):
        ends = np.append(np.flatnonzero(np.diff(key[order])), len(order) - 1)
        kept[order[ends]] = True
    return kept
