"""The model behind `joint`: which judgements depend on which parameters, and how likely they are.

A rater r judges a draft of model m and type c to have, on the scale of scores,

    η = μ + αₘ + γ꜀ + (αγ)ₘ꜀ + sᵣ + uᵣₘ          s: severity, u: own taste for a model

    score     y = η + β(h − H̄ₘ꜀) + ε              ε ~ N(0, σ²); h: heuristic, H̄ its mean over all drafts
    thumb     logit P(up) = (η − κ) / λ₁
    vote      Davidson's model in a = (ηₗ − ηᵣ)/λ₂ + δ: log-weights a (left), 0 (right), ν + a/2 (tie)
    both bad  logit P = (κ′ − (ηₗ + ηᵣ)/2) / λ₁

Every predictor is linear in all parameters but the two scales, whose logarithms are parameters
too; so one Fisher scoring step needs only predictors, their Jacobian and their information.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.special import expit, logsumexp

from evaluation.statistics.joint_cells import Cells
from evaluation.statistics.observations import Choice, Codes, Floats

if TYPE_CHECKING:
    from evaluation.statistics.joint_posterior import Posterior


@dataclass(frozen=True)
class Layout:
    """Where each parameter stands: shared ones first, then for each rater severity and tastes."""

    n_models: int
    n_types: int
    n_raters: int

    @property
    def model(self) -> int:
        return 1

    @property
    def content_type(self) -> int:
        return 1 + self.n_models

    @property
    def interaction(self) -> int:
        return self.content_type + self.n_types

    @property
    def slope(self) -> int:
        return self.interaction + self.n_models * self.n_types

    @property
    def thumb_cut(self) -> int:
        return self.slope + 1

    @property
    def bad_cut(self) -> int:
        return self.slope + 2

    @property
    def position(self) -> int:
        return self.slope + 3

    @property
    def tie(self) -> int:
        return self.slope + 4

    @property
    def log_level_scale(self) -> int:
        return self.slope + 5

    @property
    def log_vote_scale(self) -> int:
        return self.slope + 6

    @property
    def n_shared(self) -> int:
        return self.slope + 7

    @property
    def block(self) -> int:
        """Parameters of one rater."""
        return 1 + self.n_models

    @property
    def size(self) -> int:
        return self.n_shared + self.n_raters * self.block

    def quality_rows(self) -> Floats:
        """Linear maps (models × types, shared) from parameters to the quality of each model and type."""
        rows = np.zeros((self.n_models, self.n_types, self.n_shared))
        models, types = np.arange(self.n_models)[:, None], np.arange(self.n_types)[None, :]
        rows[..., 0] = 1
        rows[models, types, self.model + models] = 1
        rows[models, types, self.content_type + types] = 1
        rows[models, types, self.interaction + models * self.n_types + types] = 1
        return rows.reshape(-1, self.n_shared)

    def design(self, model: Codes, content_type: Codes, rater: Codes) -> sparse.csr_array:
        """One row of η for each triple of codes."""
        own = self.n_shared + rater * self.block
        columns = np.stack(
            [
                np.zeros_like(model),
                self.model + model,
                self.content_type + content_type,
                self.interaction + model * self.n_types + content_type,
                own,
                own + 1 + model,
            ],
            axis=1,
        )
        start = np.arange(len(model) + 1) * columns.shape[1]
        return sparse.csr_array(
            (np.ones(columns.size), columns.ravel(), start), shape=(len(model), self.size)
        )


@dataclass(frozen=True)
class Expansion:
    """The gradient of the log-likelihood at one point, and its Fisher information (sparse)."""

    gradient: Floats
    information: sparse.csr_array


class JointModel:
    """Counted judgements with their designs; `expand` is all that fitting needs."""

    def __init__(self, cells: Cells, layout: Layout) -> None:
        self.layout = layout
        self._cells = cells
        scores, thumbs, votes = cells.scores, cells.thumbs, cells.votes
        slope = sparse.csr_array(
            (scores.heuristic, (np.arange(len(scores.mean)), np.full(len(scores.mean), layout.slope))),
            shape=(len(scores.mean), layout.size),
        )
        self._scores = layout.design(scores.model, scores.content_type, scores.rater) + slope
        left = layout.design(votes.left, votes.content_type, votes.rater)
        right = layout.design(votes.right, votes.content_type, votes.rater)
        self._difference = (left - right).tocsr()
        self._ordered = votes.counts[:, : Choice.BOTH_BAD]
        up = _Levels(
            design=layout.design(thumbs.model, thumbs.content_type, thumbs.rater),
            cut=layout.thumb_cut,
            log_scale=layout.log_level_scale,
            sign=1.0,
            hits=thumbs.up,
            n=thumbs.n,
        )
        both_bad = _Levels(
            design=((left + right) / 2).tocsr(),
            cut=layout.bad_cut,
            log_scale=layout.log_level_scale,
            sign=-1.0,
            hits=votes.counts[:, Choice.BOTH_BAD],
            n=votes.counts.sum(axis=1),
        )
        self._levels = [levels for levels in (up, both_bad) if levels.hits.any() or levels is up]

    def expand(self, parameters: Floats, residual_sd: float) -> Expansion:
        """Everything a Fisher scoring step needs at `parameters`, for scores with this spread."""
        parts = [
            self._expand_scores(parameters, residual_sd),
            *(self._expand_levels(parameters, levels) for levels in self._levels),
            self._expand_votes(parameters),
        ]
        information = parts[0].information
        for part in parts[1:]:
            information = information + part.information
        gradient = np.sum([part.gradient for part in parts], axis=0)
        return Expansion(gradient, information.tocsr())

    def expand_scaled(self, parameters: Floats) -> list[tuple[int, Expansion]]:
        """The parts of the likelihood that depend on a logistic scale, with its place among parameters."""
        levels = [(self.layout.log_level_scale, self._expand_levels(parameters, one)) for one in self._levels]
        return [*levels, (self.layout.log_vote_scale, self._expand_votes(parameters))]

    def log_likelihood(self, parameters: Floats, residual_sd: float) -> float:
        """The logarithm of the likelihood, but for a constant."""
        spread = self._cells.scores.weight_sum * np.log(residual_sd)
        total = -self.residual_sum(parameters) / 2 / residual_sd**2 - spread
        for levels in self._levels:
            z = levels.predictor(parameters)
            total -= levels.hits @ np.logaddexp(0, -z) + (levels.n - levels.hits) @ np.logaddexp(0, z)
        log_shares = self._log_shares(parameters, self._vote_predictor(parameters))
        return float(total + (self._ordered * log_shares).sum())

    def residual_sum(self, parameters: Floats) -> float:
        """The weighted sum of squared residuals of all scores."""
        scores = self._cells.scores
        between = scores.weight @ (scores.mean - self._scores @ parameters) ** 2
        slope = float(parameters[self.layout.slope])
        within = scores.within_yy - 2 * slope * scores.within_hy + slope**2 * scores.within_hh
        return float(between + within)

    def score_uncertainty(self, posterior: "Posterior") -> float:
        """The weighted sum of the variances of all scores' predictors."""
        scores, layout = self._cells.scores, self.layout
        shared = self._scores[:, : layout.n_shared].toarray()
        own = np.zeros((len(scores.mean), layout.block))
        own[:, 0] = 1
        own[np.arange(len(own)), 1 + scores.model] = 1
        between = scores.weight @ posterior.row_variances(shared, own, scores.rater)
        return float(between + scores.within_hh * posterior.shared[layout.slope, layout.slope])

    def score_pulls(self, residual_sd: float) -> Floats:
        """How a rise of all scores of one model and type pulls: gradients (models × types, parameters)."""
        scores, layout = self._cells.scores, self.layout
        cell = scores.model * layout.n_types + scores.content_type
        shape = (layout.n_models * layout.n_types, len(cell))
        weights = (scores.weight / residual_sd**2, (cell, np.arange(len(cell))))
        return np.asarray((sparse.csr_array(weights, shape=shape) @ self._scores).toarray())

    def _expand_scores(self, parameters: Floats, residual_sd: float) -> Expansion:
        scores, slope = self._cells.scores, self.layout.slope
        gap = scores.mean - self._scores @ parameters
        weight = scores.weight / residual_sd**2
        gradient = self._scores.T @ (weight * gap)
        gradient[slope] += (scores.within_hy - parameters[slope] * scores.within_hh) / residual_sd**2
        within = sparse.csr_array(
            ([scores.within_hh / residual_sd**2], ([slope], [slope])), shape=(self.layout.size,) * 2
        )
        return Expansion(gradient, self._scores.T @ self._scores.multiply(weight[:, None]) + within)

    def _expand_levels(self, parameters: Floats, levels: "_Levels") -> Expansion:
        z = levels.predictor(parameters)
        scale = levels.sign * np.exp(-parameters[levels.log_scale])
        columns = {levels.cut: np.full(len(z), -scale), levels.log_scale: -z}
        jacobian = scale * levels.design + self._columns(columns, len(z))
        share = expit(z)
        information = jacobian.T @ jacobian.multiply((levels.n * share * (1 - share))[:, None])
        return Expansion(jacobian.T @ (levels.hits - levels.n * share), information)

    def _expand_votes(self, parameters: Floats) -> Expansion:
        layout, z = self.layout, self._vote_predictor(parameters)
        shares, n = np.exp(self._log_shares(parameters, z)), self._ordered.sum(axis=1)
        features = np.array([[1.0, 0], [0, 0], [0.5, 1]])
        mean = shares @ features
        gap = self._ordered @ features - n[:, None] * mean
        second = np.einsum("vk,ka,kb->vab", shares, features, features)
        weight = n[:, None, None] * (second - mean[:, :, None] * mean[:, None, :])
        ones = np.ones(len(z))
        by_a = np.exp(-parameters[layout.log_vote_scale]) * self._difference
        by_a = by_a + self._columns({layout.position: ones, layout.log_vote_scale: -z}, len(z))
        by_tie = self._columns({layout.tie: ones}, len(z))
        mixed = by_a.T @ by_tie.multiply(weight[:, 0, 1][:, None])
        own = by_a.T @ by_a.multiply(weight[:, 0, 0][:, None])
        ties = by_tie.T @ by_tie.multiply(weight[:, 1, 1][:, None])
        return Expansion(by_a.T @ gap[:, 0] + by_tie.T @ gap[:, 1], own + ties + mixed + mixed.T)

    def _vote_predictor(self, parameters: Floats) -> Floats:
        """How much better the left text is, in logits, its side apart."""
        z: Floats = self._difference @ parameters * np.exp(-parameters[self.layout.log_vote_scale])
        return z

    def _log_shares(self, parameters: Floats, z: Floats) -> Floats:
        a = z + parameters[self.layout.position]
        log_weights = np.stack([a, np.zeros_like(a), parameters[self.layout.tie] + a / 2], axis=1)
        return np.asarray(log_weights - logsumexp(log_weights, axis=1, keepdims=True))

    def _columns(self, values: dict[int, Floats], n_rows: int) -> sparse.csr_array:
        """A matrix that is zero but for a few whole columns."""
        rows = np.tile(np.arange(n_rows), len(values))
        columns = np.repeat(list(values), n_rows)
        return sparse.csr_array(
            (np.concatenate(list(values.values())), (rows, columns)), shape=(n_rows, self.layout.size)
        )


@dataclass(frozen=True)
class _Levels:
    """Judgements of a level: how often it was above (sign 1) or below (sign −1) a cut."""

    design: sparse.csr_array
    cut: int
    log_scale: int
    sign: float
    hits: Floats
    n: Floats

    def predictor(self, parameters: Floats) -> Floats:
        """The logit of a hit."""
        distance = self.design @ parameters - parameters[self.cut]
        return np.asarray(self.sign * np.exp(-parameters[self.log_scale]) * distance)
