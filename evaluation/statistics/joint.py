"""One quality per model and content type from everything people say: scores, thumbs, pair votes.

`joint_model` states the model, `joint_posterior` inverts its information. All judgements speak of
the same latent quality on the 1–10 scale of scores, so sparse kinds of evidence add up.
"""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from scipy.special import stdtrit

from evaluation.statistics.joint_cells import Cells, gather
from evaluation.statistics.joint_model import JointModel, Layout
from evaluation.statistics.joint_posterior import (
    TYPICAL,
    Posterior,
    Spread,
    invert,
    prior_mean,
    prior_precision,
)
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats, Observations

REQUIRED_JUDGEMENTS = 10
BORROWS_BELOW = 15

_MAX_STEPS = 200
_CONVERGED = 1e-3
_LARGEST_FACTOR = 0.9
_LARGEST_CHANGE = 0.7
_NO_VARIANCE = 1e-12
_RESIDUAL_PRIOR_SD = 1.5
_RESIDUAL_PRIOR_N = 2.0


@dataclass(frozen=True)
class JointFit:
    """Qualities on the 1–10 scale, not clipped to it, with intervals for raters like these.

    `quality`, `low` and `high` have one entry a model: the mean over content types, weighted by
    the drafts of all models alike, so that no model gains by easy work. `covariance` is theirs;
    differences have c'Σc and `df_difference` degrees of freedom (severity of raters cancels),
    levels `df_level`. `covariance_these_raters` is what would be left if all raters judged alike:
    more ratings make that part smaller, while the rest takes more raters.

    The `type_` arrays (models × content types) say the same for each kind of text; `n_own` counts
    the judgements behind each cell, and `borrows` marks those that have fewer than 15, so that other
    types and models say much of what stands there. `severity` has one entry a rater, in points:
    above 0 is generous. `slope` is points of score for one point of heuristics. `spread` holds the
    standard deviations that the data were found to have.
    """

    n_scores: int
    n_thumbs: int
    n_votes: int
    n_raters: int
    quality: Floats
    low: Floats
    high: Floats
    covariance: Floats
    covariance_these_raters: Floats
    df_level: float
    df_difference: float
    type_quality: Floats
    type_low: Floats
    type_high: Floats
    n_own: Codes
    borrows: np.ndarray
    severity: Floats
    slope: float
    position: float
    spread: Spread
    draft_share: float
    population: str = "raters like these"


def fit_joint(observations: Observations, *, confidence: float = 0.95) -> JointFit | NotEnoughData:
    """Fit the joint model to all judgements at once.

    Estimated are the mode of all effects (Fisher scoring) and, between its steps, the logistic
    scales and the deviations of severity, taste, interaction and residuals, at the maximum of
    Laplace's approximation of the marginal likelihood (Breslow and Clayton 1993). Deviations have
    Rayleigh's prior: near 0 it grows with the deviation, which keeps that off 0 where few raters say
    little about it (Chung et al. 2013), and its mode is what is typical of scores in whole points.
    Priors are weak on the 1–10 scale: a model's distance from the mean has SD 2, a content type's
    1.5; the logits of thumbs and votes share the scale that scores suggest, up to a factor of
    about e^±0.2. Degrees of freedom are Satterthwaite's, with raters − 1 for what severity and tastes add.

    Heuristics carry scores over to all drafts of a model, rated or not; that these are a draw from what the
    model would write adds slope² × Var(H̄) to each cell, as in `prediction_powered`.

    With one rater, severity cannot be told from level, and the intervals show it. Fewer than 10
    judgements give NotEnoughData. Judgements are gathered into cells once; each of some dozens of steps
    then costs raters × models³ plus the cells.
    """
    labels = observations.labels
    n = len(observations.ratings) + len(observations.votes)
    if n < REQUIRED_JUDGEMENTS:
        return NotEnoughData(n=n, required=REQUIRED_JUDGEMENTS)
    layout = Layout(len(labels.models), len(labels.content_types), len(labels.raters))
    cells = gather(observations)
    model = JointModel(cells, layout)
    parameters, spread = _fit(model, layout, cells.scores.weight_sum)
    posterior = invert(model.expand(parameters, spread.residual).information, layout, spread)
    return _summary(observations, cells, layout, parameters, spread, posterior, model, confidence)


def _fit(model: JointModel, layout: Layout, n_scores: float) -> tuple[Floats, Spread]:
    """Alternate a step of the effects with one of what they are drawn from, until neither moves."""
    spread, before = TYPICAL, np.zeros(4)
    parameters = prior_mean(layout, spread)
    for _ in range(_MAX_STEPS):
        parameters, posterior, moved = _step(model, layout, parameters, spread)
        parameters, rescaled = _rescale(model, layout, parameters, posterior, spread)
        now = spread.logarithms()
        change = _respread(model, layout, parameters, posterior, spread, n_scores).logarithms() - now
        if max(moved, rescaled, float(np.abs(change).max())) < _CONVERGED:
            break
        spread = Spread.from_logarithms(now + _accelerated(change, before))
        before = change
    return parameters, spread


def _accelerated(change: Floats, before: Floats) -> Floats:
    """Aitken's extrapolation of steps that shrink by a constant factor, with bounds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(before * change > 0, np.clip(change / before, 0, _LARGEST_FACTOR), 0)
    return np.asarray(np.clip(change / (1 - factor), -_LARGEST_CHANGE, _LARGEST_CHANGE))


def _step(
    model: JointModel, layout: Layout, parameters: Floats, spread: Spread
) -> tuple[Floats, Posterior, float]:
    """One Fisher scoring step of everything but the scales, halved until it does not lead downhill."""
    mean, precision = prior_mean(layout, spread), prior_precision(layout, spread)

    def objective(at: Floats) -> float:
        penalty = float(precision @ (at - mean) ** 2) / 2
        return model.log_likelihood(at, spread.residual) - penalty

    here = model.expand(parameters, spread.residual)
    posterior = invert(here.information, layout, spread, scales_known=True)
    value = objective(parameters)
    gradient = here.gradient - precision * (parameters - mean)
    gradient[[layout.log_level_scale, layout.log_vote_scale]] = 0
    direction = posterior.solve(gradient)
    scale = 1.0
    while scale > 1e-3 and objective(parameters + scale * direction) < value - 1e-9:
        scale /= 2
    return parameters + scale * direction, posterior, float(np.abs(scale * direction).max())


def _rescale(
    model: JointModel, layout: Layout, parameters: Floats, posterior: Posterior, spread: Spread
) -> tuple[Floats, float]:
    """One step of the logistic scales uphill on the marginal likelihood.

    At the mode of all effects a smaller scale always seems better, since tastes then explain every vote
    at little cost. What the effects' uncertainty adds to the slope, tr(A⁻¹ × information), sets this right.
    """
    mean, precision = prior_mean(layout, spread), prior_precision(layout, spread)
    slope, curvature = np.zeros(layout.size), precision.copy()
    for place, part in model.expand_scaled(parameters):
        slope[place] += part.gradient[place] + posterior.trace_with(part.information)
        curvature[place] += part.information[place, place]
    scales = [layout.log_level_scale, layout.log_vote_scale]
    slope -= precision * (parameters - mean)
    steps = np.clip(slope[scales] / curvature[scales], -_LARGEST_CHANGE, _LARGEST_CHANGE)
    moved = parameters.copy()
    moved[scales] += steps
    return moved, float(np.abs(steps).max())


def _respread(
    model: JointModel,
    layout: Layout,
    parameters: Floats,
    posterior: Posterior,
    spread: Spread,
    n_scores: float,
) -> Spread:
    """The deviations that fit best to the effects found and to how uncertain these still are."""
    own = parameters[layout.n_shared :].reshape(layout.n_raters, layout.block)
    own_variance = posterior.own_variances()
    interaction = slice(layout.interaction, layout.slope)
    shared_variance = np.diag(posterior.shared)
    fitted = model.residual_sum(parameters) + model.score_uncertainty(posterior)
    return Spread(
        severity=_deviation(own[:, 0], own_variance[:, 0], spread.severity, TYPICAL.severity),
        taste=_deviation(own[:, 1:], own_variance[:, 1:], spread.taste, TYPICAL.taste),
        interaction=_deviation(
            parameters[interaction], shared_variance[interaction], spread.interaction, TYPICAL.interaction
        ),
        residual=float(
            np.sqrt((fitted + _RESIDUAL_PRIOR_N * _RESIDUAL_PRIOR_SD**2) / (n_scores + _RESIDUAL_PRIOR_N))
        ),
    )


def _deviation(effects: Floats, variances: Floats, now: float, typical: float) -> float:
    """One step to where qτ² + τ⁴/a² = Σu² + ΣVar(u) + τ², for q effects u and a prior with mode a."""
    found = (effects**2).sum() + variances.sum() + now**2
    return float(np.sqrt(found / (effects.size + (now / typical) ** 2)))


def _summary(
    observations: Observations,
    cells: Cells,
    layout: Layout,
    parameters: Floats,
    spread: Spread,
    posterior: Posterior,
    model: JointModel,
    confidence: float,
) -> JointFit:
    shared = parameters[: layout.n_shared]
    by_type = layout.quality_rows()
    overall = _overall_rows(observations, layout, by_type)
    calm = invert(model.expand(parameters, spread.residual).information, layout, spread.without_raters())
    drawn = posterior.shared_error(
        model.score_pulls(spread.residual), cells.drawn.ravel() * shared[layout.slope] ** 2
    )
    posterior, calm = (replace(each, shared=each.shared + drawn) for each in (posterior, calm))
    centre = overall - overall.mean(axis=0)
    df_level = _degrees_of_freedom(overall, posterior, calm, layout.n_raters)
    df_difference = _degrees_of_freedom(centre, posterior, calm, layout.n_raters)
    factor = stdtrit(df_level, (1 + confidence) / 2)
    margin = factor * np.sqrt(np.diag(overall @ posterior.shared @ overall.T))
    type_margin = factor * np.sqrt(np.einsum("qs,st,qt->q", by_type, posterior.shared, by_type))
    shape = (layout.n_models, layout.n_types)
    quality, type_quality = overall @ shared, (by_type @ shared).reshape(shape)
    n_own = _own_judgements(observations, shape)
    return JointFit(
        n_scores=int((~np.isnan(observations.ratings.score)).sum()),
        n_thumbs=round(float(cells.thumbs.n.sum())),
        n_votes=len(observations.votes),
        n_raters=layout.n_raters,
        quality=quality,
        low=quality - margin,
        high=quality + margin,
        covariance=overall @ posterior.shared @ overall.T,
        covariance_these_raters=overall @ calm.shared @ overall.T,
        df_level=df_level,
        df_difference=df_difference,
        type_quality=type_quality,
        type_low=type_quality - type_margin.reshape(shape),
        type_high=type_quality + type_margin.reshape(shape),
        n_own=n_own,
        borrows=n_own < BORROWS_BELOW,
        severity=parameters[layout.n_shared :: layout.block],
        slope=float(shared[layout.slope]),
        position=float(shared[layout.position]),
        spread=spread,
        draft_share=cells.draft_share,
    )


def _overall_rows(observations: Observations, layout: Layout, by_type: Floats) -> Floats:
    """Quality of each model over the mix of content types that all drafts together have."""
    n = np.bincount(observations.drafts.content_type, minlength=layout.n_types).astype(float)
    if not n.any():
        n = np.bincount(observations.votes.content_type, minlength=layout.n_types).astype(float)
    rows = by_type.reshape(layout.n_models, layout.n_types, -1)
    mixed: Floats = np.einsum("mts,t->ms", rows, n / n.sum())
    return mixed


def _degrees_of_freedom(rows: Floats, posterior: Posterior, calm: Posterior, n_raters: int) -> float:
    """Satterthwaite: what raters add to the variance is known from raters − 1 of them."""
    total = np.einsum("qs,st,qt->q", rows, posterior.shared, rows).sum()
    if total <= _NO_VARIANCE:
        return inf  # the differences of a single model
    added = max(total - np.einsum("qs,st,qt->q", rows, calm.shared, rows).sum(), _NO_VARIANCE)
    return float(max(n_raters - 1, 1) * (total / added) ** 2)


def _own_judgements(observations: Observations, shape: tuple[int, int]) -> Codes:
    drafts, ratings, votes = observations.drafts, observations.ratings, observations.votes
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, (drafts.model[ratings.draft], drafts.content_type[ratings.draft]), 1)
    np.add.at(counts, (votes.left_model, votes.content_type), 1)
    np.add.at(counts, (votes.right_model, votes.content_type), 1)
    return counts
