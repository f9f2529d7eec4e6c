"""Abilities from pair votes: Davidson's model with ties, a position effect, and raters who differ in taste.

Of two texts, by the models i on the left and j on the right, a rater r prefers

    left   with weight  exp(φᵢ + δ)        φ = θ + uᵣ: what is common to raters, and r's own taste
    right  with weight  exp(φⱼ)            δ: advantage of the left side
    tie    with weight  exp(ν + (φᵢ + φⱼ + δ)/2)

(Davidson 1970, "On extending the Bradley–Terry model to accommodate ties"; Davidson and Beaver
1977 for the position effect). Tastes are uᵣ ~ N(0, τ²): without them, many votes by few raters
look like much evidence about people in general, and intervals cover far too rarely.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import stdtrit

from evaluation.statistics.davidson_likelihood import VoteLikelihood
from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Choice, Codes, Floats

REQUIRED_VOTES = 5
_LARGEST_TASTE_SD = 4.0
_SMALLEST_TASTE_SD = 1e-3


@dataclass(frozen=True)
class DavidsonFit:
    """Abilities on the logit scale, centred at 0, with everything a claim about them needs.

    `low` and `high` bound each centred ability; `covariance` (models × models) is theirs, and
    differences have the variance c'Σc. Intervals use Student's t with `df` degrees of freedom. `tie`
    is ν and `position` δ, None where the votes hold no tie or the effect was not asked for.
    `taste_sd` is τ. `deviance` is −2 log-likelihood at the abilities, tastes included, against the
    saturated model of the observed pairs. `n_both_bad` votes say something about the level of both
    texts and nothing about their order, so they are not in `n_votes`.
    """

    n_votes: int
    n_both_bad: int
    n_raters: int
    abilities: Floats
    low: Floats
    high: Floats
    covariance: Floats
    df: float
    tie: float | None
    position: float | None
    taste_sd: float
    deviance: float
    population: str


def fit_davidson(
    left: Codes,
    right: Codes,
    choice: Codes,
    rater: Codes,
    n_models: int,
    *,
    prior_sd: float | None = 1.0,
    position_effect: bool = True,
    tastes: bool = True,
    confidence: float = 0.95,
) -> DavidsonFit | NotEnoughData:
    """Fit abilities of `n_models` models to votes, one row a vote, in any order.

    `choice` holds Choice values. `prior_sd` is the standard deviation of the normal prior on
    abilities (logits); with it a 10–0 sweep has a finite, wide interval. None turns it off: then
    every model needs a win and a loss among connected models, as in maximum likelihood.
    The taste's deviation τ maximises the Laplace approximation of the likelihood with tastes and
    abilities integrated out (Breslow and Clayton 1993), times τ, which keeps it off 0 where few
    raters say little about it (the gamma(2) prior of Chung et al. 2013). Degrees of freedom are
    Satterthwaite's: raters − 1 for the part of the variance that tastes cause, none lost for the rest.

    With one rater, or `tastes=False`, the intervals speak of these raters only, and `population`
    says so. Fewer than 5 votes that prefer a side or tie give NotEnoughData. Raises ValueError for a
    model compared with itself and for codes out of range. Votes are counted once, into raters ×
    models² cells; each step then costs raters × models³, whatever the number of votes.
    """
    counts, n_both_bad = _count(left, right, choice, rater, n_models)
    counts = counts if position_effect else _without_sides(counts)
    n_votes = int(counts.sum())
    if n_votes < REQUIRED_VOTES:
        return NotEnoughData(n=n_votes, required=REQUIRED_VOTES)
    likelihood = VoteLikelihood(counts, prior_sd, position_effect)
    n_raters = len(counts)
    taste_sd = _likeliest_taste_sd(likelihood) if tastes and n_raters > 1 else 0.0
    mode = likelihood.solve(taste_sd)
    covariance = likelihood.ability_covariance(mode)
    df = _degrees_of_freedom(likelihood, covariance, n_raters) if taste_sd > 0 else np.inf
    abilities = mode.shared[:n_models] - mode.shared[:n_models].mean()
    margin = stdtrit(df, (1 + confidence) / 2) * np.sqrt(np.diag(covariance))
    return DavidsonFit(
        n_votes=n_votes,
        n_both_bad=n_both_bad,
        n_raters=n_raters,
        abilities=abilities,
        low=abilities - margin,
        high=abilities + margin,
        covariance=covariance,
        df=float(df),
        tie=float(mode.shared[n_models + 1]) if likelihood.has_ties else None,
        position=float(mode.shared[n_models]) if position_effect else None,
        taste_sd=taste_sd,
        deviance=likelihood.deviance(mode),
        population="raters like these" if tastes and n_raters > 1 else "these raters",
    )


def _count(left: Codes, right: Codes, choice: Codes, rater: Codes, n_models: int) -> tuple[Floats, int]:
    """Votes as counts (raters, left models, right models, left/right/tie), and how many were both bad."""
    if np.any(left == right):
        raise ValueError("a vote compares a model with itself; leave such votes out")
    if len(left) and (min(left.min(), right.min()) < 0 or max(left.max(), right.max()) >= n_models):
        raise ValueError(f"model codes must lie in 0 … {n_models - 1}")
    ordered = choice != Choice.BOTH_BAD
    _, raters = np.unique(rater[ordered], return_inverse=True)
    counts = np.zeros((int(raters.max(initial=-1)) + 1, n_models, n_models, 3))
    np.add.at(counts, (raters, left[ordered], right[ordered], choice[ordered]), 1)
    return counts, int((~ordered).sum())


def _without_sides(counts: Floats) -> Floats:
    """The same votes with the lower code always on the left."""
    turned = counts.transpose(0, 2, 1, 3)[..., [Choice.RIGHT, Choice.LEFT, Choice.TIE]]
    upper: Floats = np.triu(np.ones(counts.shape[1:3]), 1)[..., None]
    return (counts + turned) * upper


def _likeliest_taste_sd(likelihood: VoteLikelihood) -> float:
    bounds = (np.log(_SMALLEST_TASTE_SD), np.log(_LARGEST_TASTE_SD))
    found = minimize_scalar(
        lambda log_sd: -likelihood.log_marginal(float(np.exp(log_sd))) - log_sd,
        bounds=bounds,
        method="bounded",
        options={"xatol": 0.02},
    )
    return float(np.exp(found.x))


def _degrees_of_freedom(likelihood: VoteLikelihood, covariance: Floats, n_raters: int) -> float:
    """Satterthwaite: only what tastes add to the variance is known from raters − 1 deviations."""
    without = likelihood.ability_covariance(likelihood.solve(0.0))
    total = np.trace(covariance)
    added = max(total - np.trace(without), 1e-12)
    return float((n_raters - 1) * (total / added) ** 2)
