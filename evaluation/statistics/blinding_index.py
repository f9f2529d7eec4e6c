"""Can raters tell which model wrote a draft? Bang's index for each arm, and James' index for all.

On some ratings the rater is asked "which model do you think wrote this?" and may say "no idea".
Only guesses that hit more often than chance tell against the blinding.

    Bang    P(right) − P(wrong)/(k − 1), for one arm of k: 1 everybody knows, 0 chance, below 0 misled
    James   1 everybody says "no idea", ½ guesses at random, 0 everybody is right
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, betaincinv, betaln, ndtri

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_ANSWERS = 5
NO_IDEA = -1
NOT_ASKED = -2


@dataclass(frozen=True)
class BangIndex:
    """One arm: of `n` answers `n_guessed` named a model, `n_correct` the right one.

    `low` and `high` are the two-sided interval. `bound` is the one-sided lower bound, at a confidence that
    holds for all arms together; above 0 it makes `alarm`. `e_value` is the evidence against guessing by
    chance that may be looked at every week.
    """

    arm: int
    n: int
    n_guessed: int
    n_correct: int
    index: float
    standard_error: float
    low: float
    high: float
    bound: float
    alarm: bool
    e_value: float


@dataclass(frozen=True)
class OverallIndex:
    """The plain mean of the arms' indices, which is 0 for raters who know nothing but have a favourite."""

    n_arms: int
    index: float
    standard_error: float
    bound: float


@dataclass(frozen=True)
class JamesIndex:
    """One index for all arms, in [0, 1]; above ½ raters are more ignorant than guessing."""

    n: int
    index: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Blinding:
    """What `n` answers say of the blinding; `bang` has one entry an arm.

    `alarm`: some arm's one-sided bound is above 0. `recognised`: the overall index's bound is, too, so
    raters do tell models apart. An alarm without it can be a favourite name given to every draft.
    `anytime_alarm` is the alarm whose error holds however often one looks.
    """

    n: int
    bang: tuple[BangIndex | NotEnoughData, ...]
    overall: OverallIndex | NotEnoughData
    james: JamesIndex | NotEnoughData
    alarm: bool
    recognised: bool
    anytime_alarm: bool
    confidence: float


def blinding_index(
    arm: Codes, guess: Codes, n_arms: int, *, confidence: float = 0.95
) -> Blinding | NotEnoughData:
    """Bang's and James' indices from parallel codes: who wrote the draft, and who was named.

    `guess` is an arm, −1 for "no idea", −2 where nobody asked (such rows are left out). `n_arms` is
    the number of names a rater could choose from, at least 2.

    Bang, Ni and Davis (2004), "Assessment of blinding in clinical trials", with its variance;
    for more than two arms chance hits 1 time in k, so a wrong guess weighs 1/(k − 1). The intervals
    are not Wald's, which have width 0 for three guesses that agree: the index is the share of guesses
    times a function of the share of hits among them; Wilson's interval of the one and Clopper–Pearson's
    of the other are joined by variance recovery (Donner and Zou 2012). Where the latter lies on one
    side of chance, so does the bound, which thus exceeds 0 exactly where the binomial test against 1/k
    rejects. Bounds are corrected for the number of arms (Bonferroni). `e_value` is a uniform mixture of
    likelihood ratios over shares of hits above 1/k; the anytime alarm is for those who look every week.

    James et al. (1996), "An index for assessing blindness in a multi-centre clinical trial", with weight ½
    for every wrong guess; the variance is the delta method's, for the interval from the table with
    one answer spread evenly over its cells, so that unanimous answers do not have width 0.

    An arm with fewer than 5 answers is NotEnoughData, and so is the whole if no arm has them. Raises
    ValueError for codes out of range and a confidence outside (0, 1). Linear in the answers.
    """
    _check(arm, guess, n_arms, confidence)
    asked = guess != NOT_ASKED
    table = np.zeros((n_arms, n_arms + 1))  # arms × guesses; the last column is "no idea"
    np.add.at(table, (arm[asked], np.where(guess[asked] == NO_IDEA, n_arms, guess[asked])), 1)
    answers = table.sum(axis=1)
    if answers.max() < REQUIRED_ANSWERS:
        return NotEnoughData(n=int(answers.max()), required=REQUIRED_ANSWERS)
    bang = tuple(_bang(table[code], code, confidence) for code in range(n_arms))
    known = [line for line in bang if isinstance(line, BangIndex)]
    overall = _overall(known, n_arms, confidence)
    alarm = any(line.alarm for line in known)
    return Blinding(
        n=int(answers.sum()),
        bang=bang,
        overall=overall,
        james=_james(table, confidence),
        alarm=alarm,
        recognised=alarm and isinstance(overall, OverallIndex) and overall.bound > 0,
        anytime_alarm=any(line.e_value >= n_arms / (1 - confidence) for line in known),
        confidence=confidence,
    )


def _bang(row: Floats, arm: int, confidence: float) -> BangIndex | NotEnoughData:
    n, guessed, correct = int(row.sum()), int(row[:-1].sum()), int(row[arm])
    if n < REQUIRED_ANSWERS:
        return NotEnoughData(n=n, required=REQUIRED_ANSWERS)
    n_arms = len(row) - 1
    right, wrong = correct / n, (guessed - correct) / n / (n_arms - 1)
    index = right - wrong
    variance = (right + wrong / (n_arms - 1) - index**2) / n
    each_tail = (1 - confidence) / 2
    bound = _bound(n, guessed, correct, n_arms, (1 - confidence) / n_arms)
    return BangIndex(
        arm=arm,
        n=n,
        n_guessed=guessed,
        n_correct=correct,
        index=index,
        standard_error=float(np.sqrt(variance)),
        low=_bound(n, guessed, correct, n_arms, each_tail),
        high=_bound(n, guessed, correct, n_arms, 1 - each_tail),
        bound=bound,
        alarm=bound > 0,
        e_value=_evidence(guessed, correct, 1 / n_arms),
    )


def _bound(n: int, guessed: int, correct: int, n_arms: int, tail: float) -> float:
    """The bound of Bang's index below which it lies with probability `tail`; above ½ an upper bound."""
    share, excess = guessed / n, 0.0
    if guessed > 0:
        excess = _excess(correct / guessed, n_arms)
    limit = _excess(_clopper_pearson(correct, guessed, tail), n_arms)
    if guessed == 0:
        return limit * _wilson(share, n, 1 - min(tail, 1 - tail))
    side = 1.0 if tail > 0.5 else -1.0
    share_limit = _wilson(share, n, tail if excess > 0 else 1 - tail)
    distance = np.hypot(share * (limit - excess), excess * (share_limit - share))
    bound = share * excess + side * distance
    if side * limit < 0:  # the hits alone tell on which side of 0 the index lies
        surely = limit * _wilson(share, n, min(tail, 1 - tail))
        bound = min(bound, surely) if side > 0 else max(bound, surely)
    return float(np.clip(bound, -1 / (n_arms - 1), 1))


def _excess(hits: float, n_arms: int) -> float:
    """Bang's index of raters who all guess, of whom the share `hits` is right."""
    return (n_arms * hits - 1) / (n_arms - 1)


def _clopper_pearson(successes: int, n: int, tail: float) -> float:
    if tail <= 0.5:
        return float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    return float(betaincinv(successes + 1, n - successes, tail)) if successes < n else 1.0


def _wilson(share: float, n: int, level: float) -> float:
    z = float(ndtri(level))
    center = share + z * z / (2 * n)
    half_width = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((center + half_width) / (1 + z * z / n))


def _evidence(guessed: int, correct: int, chance: float) -> float:
    """E-value against hits of probability `chance` or less: mixed uniformly over higher ones."""
    hits, misses = correct + 1, guessed - correct + 1
    above = max(float(betaincc(hits, misses, chance)), 1e-300)
    mixed = betaln(hits, misses) + np.log(above) - np.log1p(-chance)
    log_e = mixed - correct * np.log(chance) - (guessed - correct) * np.log1p(-chance)
    return float(np.exp(min(log_e, 700.0)))


def _overall(arms: list[BangIndex], n_arms: int, confidence: float) -> OverallIndex | NotEnoughData:
    if len(arms) < n_arms:
        return NotEnoughData(n=len(arms), required=n_arms)
    index = float(np.mean([line.index for line in arms]))
    error = float(np.sqrt(sum(line.standard_error**2 for line in arms))) / n_arms
    return OverallIndex(n_arms, index, error, index - float(ndtri(confidence)) * error)


def _james(table: Floats, confidence: float) -> JamesIndex | NotEnoughData:
    n = table.sum()
    if n < REQUIRED_ANSWERS:
        return NotEnoughData(n=int(n), required=REQUIRED_ANSWERS)
    guessed_arms = int(np.count_nonzero(table[:, :-1].sum(axis=1) + table[:, :-1].sum(axis=0)))
    if guessed_arms == 1:  # one arm, always right: there is no guess that could have been wrong
        return NotEnoughData(n=1, required=2)
    index, variance = _james_moments(table / n)
    _, smooth = _james_moments((table + 1 / table.size) / (n + 1))
    margin = float(ndtri((1 + confidence) / 2)) * np.sqrt(smooth / n)
    low, high = max(0.0, index - margin), min(1.0, index + margin)
    return JamesIndex(int(n), index, float(np.sqrt(variance / n)), float(low), float(high))


def _james_moments(shares: Floats) -> tuple[float, float]:
    """James' index of a table of shares, and n times its variance.

    With the shares d of "no idea", g = 1 − d of guesses and w of wrong ones, and c the part of g² that would
    be wrong by chance, the index (1 + d + g·(wg/c − 1))/2 is d + g²w/(2c).
    """
    guesses = shares[:, :-1]
    written, named = guesses.sum(axis=1), guesses.sum(axis=0)
    g = guesses.sum()
    if g == 0:
        return 1.0, 0.0
    wrong, chance = g - np.trace(guesses), g * g - written @ named
    index = 1 - g + g * g * wrong / (2 * chance)
    slope = np.ones_like(shares)
    by_chance = 2 * g - named[:, None] - written[None, :]
    slope[:, :-1] = (
        g * wrong / chance
        + g * g / (2 * chance) * (1 - np.eye(len(shares)))
        - g * g * wrong / (2 * chance**2) * by_chance
    )
    variance = (shares * slope**2).sum() - (shares * slope).sum() ** 2
    return float(index), max(0.0, float(variance))


def _check(arm: Codes, guess: Codes, n_arms: int, confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if n_arms < 2:
        raise ValueError("blinding needs at least two arms to choose from")
    if len(arm) != len(guess):
        raise ValueError("give one guess for each arm; −2 where nobody asked")
    if len(arm) and (
        arm.min() < 0 or arm.max() >= n_arms or guess.min() < NOT_ASKED or guess.max() >= n_arms
    ):
        raise ValueError(f"arms must lie in 0 … {n_arms - 1}, and guesses there or be −1 or −2")
