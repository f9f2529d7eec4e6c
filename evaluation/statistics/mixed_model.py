"""Models compared with raters' severity taken out: a random intercept for each rater, by REML.

Raters differ in severity, and each judges whatever came their way; a plain t test takes that for
differences of models. Here models and content types are fixed and raters random.
"""

from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import stdtr, stdtrit

from evaluation.statistics.not_enough_data import NotEnoughData
from evaluation.statistics.observations import Codes, Floats

REQUIRED_SCORES = 6
_LOG_RATIO_BOUNDS = (-14.0, 10.0)


@dataclass(frozen=True)
class ModelMean:
    """A model's mean score over content types, all of equal weight, for a rater of mean severity."""

    model: int
    n: int
    n_raters: int
    mean: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Model a less model b in points, its interval and two-sided p, for these raters."""

    a: int
    b: int
    estimate: float
    standard_error: float
    low: float
    high: float
    df: float
    p: float


@dataclass(frozen=True)
class ModelComparison:
    """Means and all differences (of one model none), and the standard deviations between raters and of
    what is left."""

    n: int
    n_raters: int
    means: tuple[ModelMean, ...]
    differences: tuple[Difference, ...]
    rater_sd: float
    residual_sd: float
    population: str = "these raters"


def compare_models(
    score: Floats,
    model: Codes,
    rater: Codes,
    content_type: Codes | None = None,
    *,
    confidence: float = 0.95,
) -> ModelComparison | NotEnoughData:
    """Compare models by scores on any one scale; codes are as in `observations`.

    y = X β + b_rater + ε by restricted maximum likelihood (Patterson and Thompson 1971), profiled to
    one dimension, the ratio λ of the variances: X'V⁻¹X = X'X − Σᵣ λ/(1 + λkᵣ) sᵣsᵣ' needs only sums
    over raters, and cannot fail to converge. Degrees of freedom of differences are scores − raters −
    (models − 1) − (types − 1): those of comparisons within raters. Of means they are raters − 1.

    A rater's own taste for a model is not in this model: `rater_level` answers for "raters like these".
    Fewer than 6 scores, no degree of freedom, or models that wrote different content types only, so that
    neither can be told from the other, give NotEnoughData. Raises ValueError for scores that are not
    finite. Linear in scores, plus raters × parameters² for some dozens of λ.
    """
    if not np.all(np.isfinite(score)):
        raise ValueError("every score must be a finite number; leave missing scores out")
    models, model_place = np.unique(model, return_inverse=True)
    raters, rater_place = np.unique(rater, return_inverse=True)
    types, type_place = np.unique(
        np.zeros_like(model) if content_type is None else content_type, return_inverse=True
    )
    df = len(score) - len(raters) - (len(models) - 1) - (len(types) - 1)
    if len(score) < REQUIRED_SCORES or df < 1:
        return NotEnoughData(n=len(score), required=max(REQUIRED_SCORES, len(score) + 1 - min(df, 0)))
    design = _design(model_place, type_place, len(models), len(types))
    sums = _Sums.of(score, design, rater_place)
    if np.linalg.matrix_rank(sums.xx) < len(sums.xx):
        return NotEnoughData(n=len(score), required=len(score) + 1)
    ratio = _likeliest_ratio(sums)
    beta, covariance, residual_variance = sums.solve(ratio)
    rows = np.concatenate(
        [np.eye(len(models)), np.full((len(models), len(types) - 1), 1 / len(types))], axis=1
    )
    return ModelComparison(
        n=len(score),
        n_raters=len(raters),
        means=_means(rows, beta, covariance, models, model_place, rater_place, confidence),
        differences=_differences(rows, beta, covariance, models, df, confidence),
        rater_sd=sqrt(ratio * residual_variance),
        residual_sd=sqrt(residual_variance),
    )


@dataclass(frozen=True)
class _Sums:
    """All that the likelihood depends on: cross products, and sums over each rater's scores."""

    xx: Floats
    xy: Floats
    yy: float
    n: int
    counts: Floats
    rater_x: Floats
    rater_y: Floats

    @classmethod
    def of(cls, y: Floats, x: Floats, rater: Codes) -> "_Sums":
        counts = np.asarray(np.bincount(rater), dtype=np.float64)
        rater_x = np.stack([np.bincount(rater, column) for column in x.T], axis=1)
        rater_y = np.asarray(np.bincount(rater, y), dtype=np.float64)
        return cls(x.T @ x, x.T @ y, float(y @ y), len(y), counts, np.asarray(rater_x, np.float64), rater_y)

    def solve(self, ratio: float) -> tuple[Floats, Floats, float]:
        """Coefficients, their covariance, and the residual variance at a ratio of variances."""
        xx, xy, yy = self._weighted(ratio)
        beta: Floats = np.asarray(np.linalg.solve(xx, xy))
        residual_variance = max(float(yy - beta @ xy), 1e-12) / (self.n - len(beta))
        return beta, np.asarray(residual_variance * np.linalg.inv(xx)), residual_variance

    def deviance(self, ratio: float) -> float:
        """−2 × the restricted log-likelihood, profiled over everything but the ratio."""
        xx, _, _ = self._weighted(ratio)
        beta, _, residual_variance = self.solve(ratio)
        within = (self.n - len(beta)) * np.log(residual_variance)
        return float(within + np.log1p(ratio * self.counts).sum() + np.linalg.slogdet(xx)[1])

    def _weighted(self, ratio: float) -> tuple[Floats, Floats, float]:
        shrink = ratio / (1 + ratio * self.counts)
        xx = self.xx - (self.rater_x * shrink[:, None]).T @ self.rater_x
        xy = self.xy - self.rater_x.T @ (shrink * self.rater_y)
        return xx, xy, self.yy - float(shrink @ self.rater_y**2)


def _likeliest_ratio(sums: _Sums) -> float:
    found = minimize_scalar(
        lambda log_ratio: sums.deviance(float(np.exp(log_ratio))),
        bounds=_LOG_RATIO_BOUNDS,
        method="bounded",
        options={"xatol": 1e-6},
    )
    ratio = float(np.exp(found.x))
    return ratio if sums.deviance(ratio) < sums.deviance(0.0) else 0.0


def _design(model: Codes, content_type: Codes, n_models: int, n_types: int) -> Floats:
    """One column a model, and one for each content type but the first."""
    return np.concatenate([np.eye(n_models)[model], np.eye(n_types)[content_type][:, 1:]], axis=1)


def _means(
    rows: Floats,
    beta: Floats,
    covariance: Floats,
    models: Codes,
    model: Codes,
    rater: Codes,
    confidence: float,
) -> tuple[ModelMean, ...]:
    factor = float(stdtrit(max(1, int(rater.max())), (1 + confidence) / 2))
    lines = []
    for place, code in enumerate(models):
        mean, error = float(rows[place] @ beta), sqrt(float(rows[place] @ covariance @ rows[place]))
        own, margin = model == place, factor * error
        n_raters = len(np.unique(rater[own]))
        low, high = mean - margin, mean + margin
        lines.append(ModelMean(int(code), int(own.sum()), n_raters, mean, error, low, high))
    return tuple(lines)


def _differences(
    rows: Floats, beta: Floats, covariance: Floats, models: Codes, df: int, confidence: float
) -> tuple[Difference, ...]:
    factor = float(stdtrit(df, (1 + confidence) / 2))
    lines = []
    for a, b in combinations(range(len(models)), 2):
        contrast = rows[a] - rows[b]
        estimate, error = float(contrast @ beta), sqrt(float(contrast @ covariance @ contrast))
        p = 2 * float(stdtr(df, -abs(estimate) / error))
        low, high = estimate - factor * error, estimate + factor * error
        lines.append(Difference(int(models[a]), int(models[b]), estimate, error, low, high, float(df), p))
    return tuple(lines)
