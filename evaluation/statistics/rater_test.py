"""Does a rater contradict everybody? Evidence from judging against the other raters' consensus.

Somebody who misread the scale or votes against on purpose is reported, never silently dropped:
their votes stay in every figure until people decide otherwise.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from scipy import sparse

from evaluation.statistics.observations import Choice, Codes, Flags, Floats, PairVotes, Ratings

FLAGGED_FROM = 20.0
BLOCK = 4
_REQUIRED_OTHERS = 2
_TILTS = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
_SCORE_SD = 2.0
_ORDERS = np.array(list(permutations(range(BLOCK))))


@dataclass(frozen=True)
class RaterEvidence:
    """How one rater judged the drafts and pairs that others judged, too.

    `n` judgements were compared with those of `n_others` raters. `correlation` is that of the rater
    with the mean of the others, −1 to 1, None where neither varies. `e_value` is the evidence that the
    rater judges against the others; `flagged` from 20 on.
    """

    rater: int
    n: int
    n_others: int
    correlation: float | None
    e_value: float
    flagged: bool


@dataclass(frozen=True)
class _Judgements:
    """What raters said on one scale whose standard deviation is about 1."""

    unit: Codes
    rater: Codes
    value: Floats
    at: Floats


@dataclass(frozen=True)
class _Blocks:
    """`BLOCK` judgements in a row by one rater: their values, and the others' mean of the same units."""

    rater: Codes
    value: Floats
    consensus: Floats


def contrarian_evidence(ratings: Ratings, votes: PairVotes, n_raters: int) -> tuple[RaterEvidence, ...]:
    """One line a rater: the e-value against "judges independently of the others, or with them".

    A rater's judgements of what somebody else judged, too, are taken in the order of time in blocks of
    4. Whoever does not look at the texts could have given the four values in any order: each of the 24
    assignments to the texts is as likely. With x the rater's values and c the others' means, as far as
    known when the block is complete, the block multiplies the wealth by
    exp(−θ Σxc) / mean over the orders of exp(−θ Σx'c),
    whose mean is 1 then, and at most 1 for a rater who goes with the others. The e-value is the mean wealth
    over θ = ¼, ½, 1, 2, 4: a bet on disagreement. A rater who does not contradict is ever flagged with
    probability .05 at most, however often one looks (Ville 1939; e-values of batches by exchangeability:
    Koning 2023, "Online permutation tests", arXiv 2310.01153). Comparing within a rater's block leaves
    severity, a liking for one side and slow drifts out.

    Scores (divided by 2), thumbs of ratings without a score, and pair votes (+1, −1, 0 for ties and "both
    bad"; by pairs of models where drafts are not known) are blocked apart, and their evidence multiplied.
    The guarantee is for each rater: of 20 who do not look at the texts, one may be flagged.

    Little data: fewer than 4 comparable judgements on a scale give an e-value of 1, which is no evidence.
    Nobody is flagged on the word of one other rater, since nothing says which of the two is odd.
    Cost: n log n, and raters who share a draft squared. Raises ValueError for rater codes out of range.
    """
    log_wealth = np.zeros((len(_TILTS), n_raters))
    sums, counts = np.zeros((3, n_raters)), np.zeros(n_raters, dtype=np.int64)
    met = np.zeros((n_raters, n_raters), dtype=bool)
    for judged in (_from_scores(ratings), _from_thumbs(ratings), _from_votes(votes)):
        if len(judged.rater) == 0:
            continue
        if judged.rater.min() < 0 or judged.rater.max() >= n_raters:
            raise ValueError(f"rater codes must lie in 0 … {n_raters - 1}")
        blocks = _in_blocks(judged)
        log_wealth += _log_wealth(blocks, n_raters)
        sums += _products(blocks, n_raters)
        counts += BLOCK * np.bincount(blocks.rater, minlength=n_raters)
        met |= _meetings(judged, n_raters)
    n_others = met.sum(axis=1) - met.diagonal()
    e_values = np.exp(np.minimum(log_wealth, 700.0)).mean(axis=0)
    return tuple(
        RaterEvidence(
            rater=rater,
            n=int(counts[rater]),
            n_others=int(n_others[rater]),
            correlation=_correlation(*sums[:, rater]),
            e_value=float(e_values[rater]),
            flagged=bool(e_values[rater] >= FLAGGED_FROM and n_others[rater] >= _REQUIRED_OTHERS),
        )
        for rater in range(n_raters)
    )


def _from_scores(ratings: Ratings) -> _Judgements:
    return _select(ratings, ratings.score / _SCORE_SD, ~np.isnan(ratings.score))


def _from_thumbs(ratings: Ratings) -> _Judgements:
    return _select(ratings, ratings.thumb, np.isnan(ratings.score) & ~np.isnan(ratings.thumb))


def _select(ratings: Ratings, value: Floats, chosen: Flags) -> _Judgements:
    return _Judgements(ratings.draft[chosen], ratings.rater[chosen], value[chosen], ratings.at[chosen])


def _from_votes(votes: PairVotes) -> _Judgements:
    """+1 for the text with the lower code, −1 for the other; pairs of models where drafts are unknown."""
    known = votes.left_draft >= 0
    left = np.where(known, votes.left_draft, votes.left_model)
    right = np.where(known, votes.right_draft, votes.right_model)
    pairs = np.stack([known.astype(np.int64), np.minimum(left, right), np.maximum(left, right)], axis=1)
    unit = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    for_left = (votes.choice == Choice.LEFT).astype(float) - (votes.choice == Choice.RIGHT)
    return _Judgements(unit, votes.rater, np.where(left < right, for_left, -for_left), votes.at)


def _in_blocks(judged: _Judgements) -> _Blocks:
    """Complete blocks of each rater's comparable judgements; what is left over waits for more."""
    moment = np.argsort(np.argsort(judged.at, kind="stable"))
    since = _comparable_since(judged, moment)
    order = np.lexsort((since, judged.rater))
    order = order[since[order] < len(since)]
    rater = judged.rater[order]
    place = np.arange(len(rater)) - np.searchsorted(rater, rater)
    starts = np.flatnonzero(place % BLOCK == 0)
    starts = starts[starts + BLOCK <= len(rater)]
    starts = starts[rater[starts] == rater[starts + BLOCK - 1]]
    members = order[starts[:, None] + np.arange(BLOCK)]
    complete = np.broadcast_to(since[members[:, -1:]], members.shape)
    consensus = _consensus(judged, moment, members, complete)
    return _Blocks(rater[starts], judged.value[members], consensus)


def _comparable_since(judged: _Judgements, moment: Codes) -> Codes:
    """The moment at which both this rater and another one had judged the unit; n where nobody else has."""
    order = np.lexsort((moment, judged.unit))
    first = order[np.searchsorted(judged.unit[order], judged.unit)]
    follows = judged.rater != judged.rater[first]
    soonest = np.full(int(judged.unit.max()) + 1, len(moment))
    np.minimum.at(soonest, judged.unit[follows], moment[follows])
    return np.where(follows, moment, np.maximum(moment, soonest[judged.unit]))


def _consensus(judged: _Judgements, moment: Codes, members: Codes, until: Codes) -> Floats:
    """The mean of the others' values on each member's unit, as far as they were known then."""
    own = judged.unit * (int(judged.rater.max()) + 1) + judged.rater
    n_all, total = _sum_until(judged.unit, moment, judged.value, members, until)
    n_own, own_total = _sum_until(own, moment, judged.value, members, until)
    return np.asarray((total - own_total) / (n_all - n_own))


def _sum_until(
    group: Codes, moment: Codes, value: Floats, members: Codes, until: Codes
) -> tuple[Codes, Floats]:
    """How many rows of each member's group there were up to a moment, and the sum of their values."""
    n = len(moment)
    order = np.lexsort((moment, group))
    keys = group[order] * n + moment[order]
    sums = np.concatenate([[0.0], np.cumsum(value[order])])
    begin = np.searchsorted(keys, group[members] * n)
    end = np.searchsorted(keys, group[members] * n + until, side="right")
    return end - begin, sums[end] - sums[begin]


def _log_wealth(blocks: _Blocks, n_raters: int) -> Floats:
    """Logarithms of what each bet (rows) won from each rater (columns)."""
    value = _centred(blocks.value)
    products = np.stack([np.einsum("bi,bi->b", value[:, order], blocks.consensus) for order in _ORDERS])
    gains = np.zeros((len(_TILTS), n_raters))
    for row, tilt in enumerate(_TILTS):
        exponents = -tilt * products
        highest = exponents.max(axis=0)
        mean = np.exp(exponents - highest).mean(axis=0)
        gains[row] = np.bincount(blocks.rater, exponents[0] - highest - np.log(mean), n_raters)
    return gains


def _products(blocks: _Blocks, n_raters: int) -> Floats:
    """Sums over blocks of squares of values, of squares of the consensus, and of products, by rater."""
    value, consensus = _centred(blocks.value), _centred(blocks.consensus)
    parts = (value * value, consensus * consensus, value * consensus)
    return np.stack([np.bincount(blocks.rater, part.sum(axis=1), n_raters) for part in parts])


def _centred(block: Floats) -> Floats:
    return np.asarray(block - block.mean(axis=1, keepdims=True))


def _correlation(values: float, consensus: float, products: float) -> float | None:
    spread = float(np.sqrt(values * consensus))
    return float(np.clip(products / spread, -1, 1)) if spread > 0 else None


def _meetings(judged: _Judgements, n_raters: int) -> Flags:
    """Which raters judged a unit that the other one judged, too."""
    n_units = int(judged.unit.max()) + 1
    ones = np.ones(len(judged.unit))
    incidence = sparse.csr_array((ones, (judged.rater, judged.unit)), shape=(n_raters, n_units))
    return np.asarray((incidence @ incidence.T).toarray() > 0)
