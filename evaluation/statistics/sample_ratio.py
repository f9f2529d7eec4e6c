"""Did every model get its share? A skewed share means that something lost drafts, ratings or sides.

A comparison is fair only if chance alone decided who was assigned, shown or rated. Counts that
chance does not explain (a sample-ratio mismatch) put every other figure in doubt, so the bar is
strict, .001: an alarm should mean a fault, not bad luck.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, chdtrc, gammaln, xlogy

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_EXPECTED = 5
REQUIRED_PAIRS = 5
CONCENTRATION = 20.0
ALPHA = 0.001


@dataclass(frozen=True)
class SampleRatio:
    """Counts beside what was expected of them.

    `p` is for one look at a size fixed in advance, `anytime_p` for looking whenever one likes;
    `e_value` is the evidence behind the latter. `mismatch` and `anytime_mismatch` compare them
    with `alpha`.
    """

    n: int
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    chi_square: float
    df: int
    p: float
    e_value: float
    anytime_p: float
    alpha: float
    mismatch: bool
    anytime_mismatch: bool


@dataclass(frozen=True)
class SideBalance:
    """How often each model stood on the left of the `shown` pairs that had it.

    `p_values` belong to the models (None for a model never shown); `p` is the smallest of them, corrected
    for their number.
    """

    n: int
    left: tuple[int, ...]
    shown: tuple[int, ...]
    p_values: tuple[float | None, ...]
    p: float
    alpha: float
    mismatch: bool


def sample_ratio_test(
    observed: Codes, expected: ArrayLike, *, alpha: float = ALPHA, concentration: float = CONCENTRATION
) -> SampleRatio | NotEnoughData:
    """Compare counts `observed` (one for each arm) with their `expected` shares, in any positive unit.

    `p` is Pearson's χ² with k − 1 degrees of freedom (Pearson 1900). `anytime_p` is 1/E, where E is the
    Dirichlet–multinomial mixture of Lindon and Malek (2022), "Anytime-valid inference for multinomial
    count data":
    E = [B(κθ + counts) / B(κθ)] / ∏ θᵢ^countᵢ with the concentration κ = `concentration`. If the shares
    are true, E exceeds 1/α ever with probability α at most, however often one looks (Ville 1939), and
    it depends on the counts alone, so no history need be kept. κ = 20 is a compromise for tens to
    thousands of counts; a larger one sees smaller skews in more data.

    Where assignments come in permuted blocks the counts spread less than the tests allow for, so both
    are conservative; so they are for ratings received against shares of what was assigned. Counts
    must be of independent units: several ratings of one draft are one unit.

    Less than 5 expected in an arm gives NotEnoughData, whose `required` is the total that would do.
    Raises ValueError for counts below 0, shares that are not positive, unequal lengths and fewer than
    two arms. Cost: the number of arms.
    """
    counts, shares = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    _check(counts, shares)
    shares = shares / shares.sum()
    n = int(counts.sum())
    if n * shares.min() < REQUIRED_EXPECTED:
        return NotEnoughData(n=n, required=int(np.ceil(REQUIRED_EXPECTED / shares.min())))
    chi_square = float(((counts - n * shares) ** 2 / (n * shares)).sum())
    df = len(counts) - 1
    p = float(chdtrc(df, chi_square))
    log_e = float(log_mixture(counts, shares, concentration))
    anytime_p = exp(-max(log_e, 0.0))
    return SampleRatio(
        n=n,
        observed=tuple(int(count) for count in counts),
        expected=tuple(float(n * share) for share in shares),
        chi_square=chi_square,
        df=df,
        p=p,
        e_value=float(np.exp(min(log_e, 700.0))),
        anytime_p=anytime_p,
        alpha=alpha,
        mismatch=p < alpha,
        anytime_mismatch=anytime_p <= alpha,
    )


def log_mixture(counts: Floats, shares: Floats, concentration: float = CONCENTRATION) -> Floats:
    """ln E of `sample_ratio_test` for counts of the shape (…, arms): one value for each leading index."""
    weights = concentration * shares
    marginal = (gammaln(weights + counts) - gammaln(weights)).sum(axis=-1)
    marginal = marginal + gammaln(concentration) - gammaln(concentration + counts.sum(axis=-1))
    return np.asarray(marginal - xlogy(counts, shares).sum(axis=-1))


def side_balance(
    left: Codes, right: Codes, n_models: int, *, alpha: float = ALPHA
) -> SideBalance | NotEnoughData:
    """Is each model as often on the left as on the right? One row a pair shown, not a row a vote.

    For each model an exact two-sided binomial test against one half. The p-values are corrected by
    Bonferroni over the models; with two models there is only one test. Fewer than 5 pairs give
    NotEnoughData: then no order, however one-sided, is as unlikely as 1 in 20. Raises ValueError for codes
    out of range. Linear in the number of pairs.
    """
    if len(left) != len(right):
        raise ValueError("every pair has a left and a right side")
    if len(left) and (min(left.min(), right.min()) < 0 or max(left.max(), right.max()) >= n_models):
        raise ValueError(f"model codes must lie in 0 … {n_models - 1}")
    if len(left) < REQUIRED_PAIRS:
        return NotEnoughData(n=len(left), required=REQUIRED_PAIRS)
    lefts = np.bincount(left, minlength=n_models)
    shown = lefts + np.bincount(right, minlength=n_models)
    rarer = np.minimum(lefts, shown - lefts)
    p_values = np.minimum(1.0, 2 * bdtr(rarer, shown, 0.5))
    seen = shown > 0
    tests = 1 if seen.sum() == 2 else int(seen.sum())
    p = min(1.0, tests * float(p_values[seen].min()))
    return SideBalance(
        n=len(left),
        left=tuple(int(count) for count in lefts),
        shown=tuple(int(count) for count in shown),
        p_values=tuple(float(value) if known else None for value, known in zip(p_values, seen, strict=True)),
        p=p,
        alpha=alpha,
        mismatch=p < alpha,
    )


def _check(counts: Floats, shares: Floats) -> None:
    if counts.ndim != 1 or counts.shape != shares.shape or len(counts) < 2:
        raise ValueError("give one count and one expected share for each of at least two arms")
    if not np.all(np.isfinite(counts)) or np.any(counts < 0) or np.any(counts != np.floor(counts)):
        raise ValueError("counts must be whole numbers of at least 0")
    if not np.all(np.isfinite(shares)) or np.any(shares <= 0):
        raise ValueError("expected shares must be positive; leave out an arm that expects nothing")
