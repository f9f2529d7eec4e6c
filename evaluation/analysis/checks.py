"""Whether the judgements can be trusted: assignment, sides, blinding, raters, heuristics."""

import numpy as np

from evaluation.analysis.assigned import shares_by_time
from evaluation.analysis.document import (
    AgreementFigures,
    Blinding,
    CalibrationBin,
    Checks,
    FlaggedRater,
    HeuristicFigures,
    LevelAgreement,
    RaterFigures,
)
from evaluation.analysis.scale import interval_on_scale
from evaluation.statistics.agreement import Agreement, Level, krippendorff_alpha
from evaluation.statistics.blinding_index import BangIndex, JamesIndex, blinding_index
from evaluation.statistics.heuristic_validity import Validity, heuristic_validity
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import AssignedShares, Flags, Floats, Observations
from evaluation.statistics.rater_test import contrarian_evidence
from evaluation.statistics.reliability import Reliability, draft_reliability
from evaluation.statistics.sample_ratio import SampleRatio, SideBalance, sample_ratio_test, side_balance
from evaluation.statistics.severity import rater_severity

COMPOSITE = "composite"
MOST_BINS = 5
REQUIRED_IN_BIN = 10
_NOT_ASKED = -2


def check(observations: Observations) -> Checks:
    """The checks of assignments, sides, blinding and raters."""
    names = observations.labels
    ratio = _ratio(observations.assigned or shares_by_time(observations))
    drawn = _ratio(observations.drawn) if observations.drawn else None
    sides = _side_balance(observations)
    evidence = contrarian_evidence(observations.ratings, observations.votes, len(names.raters))
    return Checks(
        assignment_srm_p=ratio.p if ratio else None,
        assignment_srm_anytime_p=ratio.anytime_p if ratio else None,
        drawn_srm_p=drawn.p if drawn else None,
        drawn_srm_anytime_p=drawn.anytime_p if drawn else None,
        left_right_p=sides.p if sides else None,
        blinding=_blinding(observations),
        flagged_raters=tuple(
            FlaggedRater(rater=names.raters[line.rater], e_value=line.e_value)
            for line in evidence
            if line.flagged
        ),
    )


def agreement_figures(observations: Observations, rng: np.random.Generator) -> AgreementFigures:
    """Agreement on scores; on thumbs where nobody gave scores."""
    ratings = observations.ratings
    scored = ~np.isnan(ratings.score)
    score, draft, rater = ratings.score[scored], ratings.draft[scored], ratings.rater[scored]
    alpha = {}
    for level in Level:
        found = krippendorff_alpha(draft, score, level, rng)
        if isinstance(found, Agreement):
            alpha[level.value] = LevelAgreement(alpha=found.alpha, ci=(found.low, found.high))
    reliability = draft_reliability(score, draft, rater)
    known = reliability if isinstance(reliability, Reliability) else None
    return AgreementFigures(
        alpha=alpha,
        icc=known.single if known else None,
        icc_ci=(known.low, known.high) if known else None,
        raters=rater_figures(observations),
    )


def rater_figures(observations: Observations) -> tuple[RaterFigures, ...]:
    """Every rater who gave a score, beside the others."""
    ratings, names = observations.ratings, observations.labels.raters
    scored = ~np.isnan(ratings.score)
    lines = rater_severity(ratings.score[scored], ratings.draft[scored], ratings.rater[scored])
    return tuple(
        RaterFigures(
            rater=names[line.rater],
            n=line.n,
            n_shared=line.n_shared,
            severity=line.severity,
            severity_ci=None
            if line.severity_low is None or line.severity_high is None
            else (line.severity_low, line.severity_high),
            consistency=line.consistency,
        )
        for line in lines
    )


def heuristic_figures(observations: Observations) -> tuple[HeuristicFigures, ...]:
    """The composite and each dimension against the mean score of a draft, overall and by type."""
    drafts, ratings, names = observations.drafts, observations.ratings, observations.labels
    scored = ~np.isnan(ratings.score)
    n = np.bincount(ratings.draft[scored], minlength=len(drafts))
    total = np.bincount(ratings.draft[scored], ratings.score[scored], len(drafts))
    rated = n > 0
    human: Floats = np.divide(total, n, out=np.full(len(drafts), np.nan), where=rated)
    lines = []
    for dimension, values in {COMPOSITE: drafts.heuristic, **drafts.dimensions}.items():
        usable = rated & ~np.isnan(values)
        lines.append(_validity(dimension, None, human, values, usable, drafts.content_type))
        for code, name in enumerate(names.content_types if len(names.content_types) > 1 else ()):
            lines.append(
                _validity(dimension, name, human, values, usable & (drafts.content_type == code), None)
            )
    return tuple(line for line in lines if line is not None)


def _validity(
    dimension: str,
    content_type: str | None,
    human: Floats,
    values: Floats,
    chosen: Flags,
    stratum: np.ndarray | None,
) -> HeuristicFigures | None:
    found = heuristic_validity(
        human[chosen], values[chosen], stratum=None if stratum is None else stratum[chosen]
    )
    if not isinstance(found, Validity):
        return None
    bins = _calibration(human[chosen], values[chosen]) if content_type is None else ()
    return HeuristicFigures(
        dimension=dimension,
        content_type=content_type,
        n=found.n,
        correlation=found.correlation,
        ci=(found.low, found.high),
        verdict=found.verdict.value,
        bins=bins,
    )


def _calibration(human: Floats, values: Floats) -> tuple[CalibrationBin, ...]:
    """Up to five parts of equal size, each of at least ten drafts."""
    order = np.argsort(values, kind="stable")
    lines = []
    for part in np.array_split(order, max(1, min(MOST_BINS, len(order) // REQUIRED_IN_BIN))):
        interval = mean_interval(human[part].tolist())
        lines.append(
            CalibrationBin(
                n=len(part),
                heuristic=float(values[part].mean()),
                human=float(human[part].mean()),
                human_ci=interval_on_scale(interval.low, interval.high)
                if isinstance(interval, MeanInterval)
                else None,
            )
        )
    return tuple(lines)


def _ratio(shares: AssignedShares) -> SampleRatio | None:
    """Whether tasks, or the ratings that came of them, fell on models as chance had it. None with too few."""
    possible = shares.expected > 0
    if possible.sum() < 2:
        return None
    found = sample_ratio_test(shares.observed[possible], shares.expected[possible])
    return found if isinstance(found, SampleRatio) else None


def _side_balance(observations: Observations) -> SideBalance | None:
    """Whether each model stood left as often as right, a pair counting once however many voted.

    None where nobody drew the sides: then there is nothing to be balanced.
    """
    votes = observations.votes
    if not observations.sides_drawn:
        return None
    pairs = np.stack([votes.left_draft, votes.right_draft], axis=1)
    # Where drafts are not known, every vote is taken for a pair of its own.
    pairs[votes.left_draft < 0, 0] = -1 - np.flatnonzero(votes.left_draft < 0)
    _, first = np.unique(pairs, axis=0, return_index=True)
    found = side_balance(votes.left_model[first], votes.right_model[first], len(observations.labels.models))
    return found if isinstance(found, SideBalance) else None


def _blinding(observations: Observations) -> Blinding | None:
    ratings, names = observations.ratings, observations.labels.models
    asked = ratings.model_guess > _NOT_ASKED
    if not asked.any() or len(names) < 2:
        return None
    arm = observations.drafts.model[ratings.draft[asked]]
    found = blinding_index(arm, ratings.model_guess[asked], len(names))
    if isinstance(found, NotEnoughData):
        return None
    bang = [line for line in found.bang if isinstance(line, BangIndex)]
    james = found.james if isinstance(found.james, JamesIndex) else None
    return Blinding(
        n=found.n,
        bang={names[line.arm]: line.index for line in bang},
        bang_ci={names[line.arm]: (line.low, line.high) for line in bang},
        james=james.index if james else None,
        james_ci=(james.low, james.high) if james else None,
        alarm=found.alarm,
        anytime_alarm=found.anytime_alarm,
        recognised=found.recognised,
    )
