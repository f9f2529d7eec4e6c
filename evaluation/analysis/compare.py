"""Every pair of models: the difference on the joint scale, and what other tests say of it."""

from itertools import combinations

import numpy as np
from scipy.special import stdtr, stdtrit

from evaluation.analysis.document import Comparison, Interval
from evaluation.statistics.brunner_munzel import BrunnerMunzelTest, brunner_munzel_test
from evaluation.statistics.cliffs_delta import CliffsDelta, cliffs_delta
from evaluation.statistics.equivalence import Equivalence, tost
from evaluation.statistics.joint import JointFit
from evaluation.statistics.mixed_model import ModelComparison, compare_models
from evaluation.statistics.multiplicity import holm
from evaluation.statistics.observations import Codes, Floats, Observations
from evaluation.statistics.permutation import REPLICATES, PermutationTest, permutation_test
from evaluation.statistics.ranking import Ranking, Standing
from evaluation.statistics.rater_level import RaterLevelDifference, rater_level_difference
from evaluation.statistics.welch import WelchTest, welch_test

# For so many scores Welch's test and the permutation test say the same.
MOST_PERMUTED_SCORES = 2000
_MOST_PERMUTED_VALUES = 3_000_000


def compare_pairs(
    observations: Observations,
    fit: JointFit | None,
    ranking: Ranking | None,
    margin: float,
    confidence: float,
    rng: np.random.Generator | None,
) -> tuple[Comparison, ...]:
    """One line for each two models, in the order of their codes. Without `rng` nothing is permuted.

    `p_holm` adjusts the mixed model's p values for all pairs: they take severity out.
    """
    ratings, names = observations.ratings, observations.labels.models
    scored = ~np.isnan(ratings.score)
    score, rater = ratings.score[scored], ratings.rater[scored]
    model = observations.drafts.model[ratings.draft[scored]]
    content_type = observations.drafts.content_type[ratings.draft[scored]]
    mixed = _mixed_p(score, model, rater, content_type)
    n_pairs = max(1, len(names) * (len(names) - 1) // 2)
    lines = []
    for a, b in combinations(range(len(names)), 2):
        line = _two_samples(score, model, rater, (a, b), names, margin, n_pairs, rng)
        line = line.model_copy(update={"p_mixed": mixed.get((a, b))})
        if fit is not None:
            line = line.model_copy(update=_on_joint_scale(fit, ranking, a, b, confidence))
        lines.append(line.model_copy(update={"verdict": _verdict(ranking, a, b, line.anytime_ci, margin)}))
    return _with_holm(lines)


def _mixed_p(score: Floats, model: Codes, rater: Codes, content_type: Codes) -> dict[tuple[int, int], float]:
    comparison = compare_models(score, model, rater, content_type)
    if not isinstance(comparison, ModelComparison):
        return {}
    return {(line.a, line.b): line.p for line in comparison.differences}


def _two_samples(
    score: Floats,
    model: Codes,
    rater: Codes,
    pair: tuple[int, int],
    names: tuple[str, ...],
    margin: float,
    n_pairs: int,
    rng: np.random.Generator | None,
) -> Comparison:
    of_a, of_b = model == pair[0], model == pair[1]
    a, b = score[of_a], score[of_b]
    level = rater_level_difference(score, model, rater, *pair)
    delta, welch, equal = cliffs_delta(a, b), welch_test(a, b), tost(a, b, margin)
    ordinal = brunner_munzel_test(a, b)
    permutation: object = None
    if rng is not None and len(a) + len(b) <= MOST_PERMUTED_SCORES:
        n = len(a) + len(b)
        replicates = min(REPLICATES, max(999, _MOST_PERMUTED_VALUES // max(1, n * n_pairs)))
        permutation = permutation_test(a, b, rng, blocks=(rater[of_a], rater[of_b]), replicates=replicates)
    known_level = level if isinstance(level, RaterLevelDifference) else None
    known_delta = delta if isinstance(delta, CliffsDelta) else None
    return Comparison(
        a=names[pair[0]],
        b=names[pair[1]],
        rater_level_difference=known_level.estimate if known_level else None,
        rater_level_ci=(known_level.low, known_level.high) if known_level else None,
        p_welch=welch.p if isinstance(welch, WelchTest) else None,
        p_permutation=permutation.p if isinstance(permutation, PermutationTest) else None,
        p_brunner_munzel=ordinal.p if isinstance(ordinal, BrunnerMunzelTest) else None,
        cliffs_delta=known_delta.delta if known_delta else None,
        cliffs_delta_ci=(known_delta.low, known_delta.high) if known_delta else None,
        p_equivalence=equal.p if isinstance(equal, Equivalence) else None,
    )


def _on_joint_scale(
    fit: JointFit, ranking: Ranking | None, a: int, b: int, confidence: float
) -> dict[str, object]:
    difference = float(fit.quality[a] - fit.quality[b])
    own = fit.covariance
    variance = max(float(own[a, a] + own[b, b] - 2 * own[a, b]), 0.0)
    reach = float(stdtrit(fit.df_difference, (1 + confidence) / 2)) * variance**0.5
    anytime = None if ranking is None else float(ranking.margin[a, b])
    return {
        "difference": difference,
        "p_a_better": float(stdtr(fit.df_difference, difference / variance**0.5)) if variance else None,
        "ci": (difference - reach, difference + reach),
        "anytime_ci": None if anytime is None else (difference - anytime, difference + anytime),
    }


def _verdict(ranking: Ranking | None, a: int, b: int, anytime: Interval | None, margin: float) -> str:
    """What holds at all looks. Equal is what two one-sided tests show: the interval lies within the margin.

    `p_equivalence` is not asked: looked at every week, and where raters differ in severity or taste, it calls
    models equal that are a margin apart far too often.
    """
    if ranking is None or anytime is None:
        return "undecided"
    if ranking.better[a, b]:
        return "a_better"
    if ranking.better[b, a]:
        return "b_better"
    insufficient = any(ranking.lines[model].standing is Standing.INSUFFICIENT for model in (a, b))
    within = -margin < anytime[0] and anytime[1] < margin
    return "equal" if within and not insufficient else "undecided"


def _with_holm(lines: list[Comparison]) -> tuple[Comparison, ...]:
    known = [place for place, line in enumerate(lines) if line.p_mixed is not None]
    adjusted = holm(np.array([lines[place].p_mixed for place in known], dtype=np.float64))
    by_place = dict(zip(known, adjusted.tolist(), strict=True))
    return tuple(line.model_copy(update={"p_holm": by_place.get(place)}) for place, line in enumerate(lines))
