"""Priors of the joint model, and the inverse of its information by raters' blocks.

Given the shared parameters, raters are independent: so only blocks of one rater's parameters and one matrix
of the shared ones (the Schur complement) are ever inverted.
"""

from dataclasses import astuple, dataclass
from math import log, pi, sqrt

import numpy as np
from scipy import sparse

from evaluation.statistics.joint_model import Layout
from evaluation.statistics.observations import Floats

_LEVEL = 5.5
_LEVEL_SD, _MODEL_SD, _TYPE_SD, _CUT_SD = 3.0, 2.0, 1.5, 2.0
_BAD_LEVEL = 4.0
_SLOPE_SD, _POSITION_SD, _TIE_SD, _LOG_SCALE_SD = 1.0, 0.5, 3.0, 0.1
_NONE = 1e-6
_KNOWN = 1e12


@dataclass(frozen=True)
class Spread:
    """Standard deviations in points: between raters, of their tastes, of a model by type, of one score."""

    severity: float
    taste: float
    interaction: float
    residual: float

    def logarithms(self) -> Floats:
        return np.log(astuple(self))

    @classmethod
    def from_logarithms(cls, logarithms: Floats) -> "Spread":
        return cls(*(float(value) for value in np.exp(logarithms)))

    def without_raters(self) -> "Spread":
        """The same, if all raters judged alike."""
        return Spread(_NONE, _NONE, self.interaction, self.residual)


TYPICAL = Spread(severity=0.8, taste=0.5, interaction=0.4, residual=1.5)
"""Where the search begins, and the modes of the priors."""


def prior_mean(layout: Layout, spread: Spread) -> Floats:
    """Where each parameter is expected. Logistic scales follow from the spread of scores: a logistic
    variable with scale λ has SD πλ/√3, and a difference of two judgements √2 times the SD of one."""
    mean = np.zeros(layout.size)
    mean[0] = mean[layout.thumb_cut] = _LEVEL
    mean[layout.bad_cut] = _BAD_LEVEL
    mean[layout.log_level_scale] = log(spread.residual * sqrt(3) / pi)
    mean[layout.log_vote_scale] = log(spread.residual * sqrt(6) / pi)
    return mean


def prior_precision(layout: Layout, spread: Spread) -> Floats:
    """One over the variance of each parameter."""
    sd = np.empty(layout.size)
    sd[0] = _LEVEL_SD
    sd[layout.model : layout.content_type] = _MODEL_SD
    sd[layout.content_type : layout.interaction] = _TYPE_SD
    sd[layout.interaction : layout.slope] = spread.interaction
    sd[layout.slope] = _SLOPE_SD
    sd[[layout.thumb_cut, layout.bad_cut]] = _CUT_SD
    sd[layout.position], sd[layout.tie] = _POSITION_SD, _TIE_SD
    sd[[layout.log_level_scale, layout.log_vote_scale]] = _LOG_SCALE_SD
    own = sd[layout.n_shared :].reshape(layout.n_raters, layout.block)
    own[:, 0], own[:, 1:] = spread.severity, spread.taste
    return np.asarray(1 / sd**2)


@dataclass(frozen=True)
class Posterior:
    """The inverse of information plus prior, in parts.

    `shared` is the covariance of the shared parameters, `own` (raters, block, block) that of a
    rater's given the shared ones, `gain` (raters, shared, block) how a rater's follow them.
    """

    layout: Layout
    shared: Floats
    own: Floats
    gain: Floats

    def solve(self, gradient: Floats) -> Floats:
        """The product of the whole inverse with a vector of all parameters."""
        shared, own = self._split(gradient)
        step = self.shared @ (shared - np.einsum("rsb,rb->s", self.gain, own))
        local = np.einsum("rab,rb->ra", self.own, own) - np.einsum("rsb,s->rb", self.gain, step)
        return np.concatenate([step, local.ravel()])

    def trace_with(self, information: sparse.csr_array) -> float:
        """The trace of the whole inverse times some part of the information."""
        parts = _Parts.of(information, self.layout)
        carried = self.shared @ self.gain  # (raters, shared, block): how raters' errors go along
        own = self.own + self.gain.transpose(0, 2, 1) @ carried
        return float(
            (self.shared * parts.shared).sum() - 2 * (carried * parts.cross).sum() + (own * parts.own).sum()
        )

    def own_variances(self) -> Floats:
        """The variance of each rater's parameters, (raters, block)."""
        carried = np.einsum("rsb,st,rtb->rb", self.gain, self.shared, self.gain, optimize=True)
        return np.asarray(np.einsum("rbb->rb", self.own) + carried)

    def row_variances(self, shared: Floats, own: Floats, rater: np.ndarray) -> Floats:
        """The variance of linear predictors with coefficients `shared` (n, shared) and `own` (n, block)."""
        free = shared - np.einsum("nsb,nb->ns", self.gain[rater], own)
        local = np.einsum("nb,nbc,nc->n", own, self.own[rater], own, optimize=True)
        return np.asarray(local + np.einsum("ns,st,nt->n", free, self.shared, free, optimize=True))

    def shared_error(self, pulls: Floats, variances: Floats) -> Floats:
        """The covariance that errors common to many judgements add to the shared parameters.

        `pulls` (errors, all parameters) are the gradients of the log-likelihood for an error of 1.
        """
        moved = np.array([self.solve(pull)[: self.layout.n_shared] for pull in pulls])
        return np.asarray((moved.T * variances) @ moved)

    def _split(self, vector: Floats) -> tuple[Floats, Floats]:
        n, layout = self.layout.n_shared, self.layout
        return vector[:n], vector[n:].reshape(layout.n_raters, layout.block)


@dataclass(frozen=True)
class _Parts:
    """Information as dense parts: `shared`, `cross` (raters, shared, block), `own` (raters, block, block)."""

    shared: Floats
    cross: Floats
    own: Floats

    @classmethod
    def of(cls, information: sparse.csr_array, layout: Layout) -> "_Parts":
        n, block, n_raters = layout.n_shared, layout.block, layout.n_raters
        cross = information[:n, n:].toarray().reshape(n, n_raters, block).transpose(1, 0, 2)
        own = np.zeros((n_raters, block, block))
        local = information[n:, n:].tocoo()
        own[local.row // block, local.row % block, local.col % block] = local.data
        return cls(information[:n, :n].toarray(), cross, own)


def invert(
    information: sparse.csr_array, layout: Layout, spread: Spread, *, scales_known: bool = False
) -> Posterior:
    """Invert information + prior precision. `information` couples no two raters directly.

    With `scales_known` the logistic scales count as given: nothing is uncertain about them.
    """
    precision = prior_precision(layout, spread)
    if scales_known:
        precision[[layout.log_level_scale, layout.log_vote_scale]] = _KNOWN
    n, parts = layout.n_shared, _Parts.of(information, layout)
    shared = parts.shared + np.diag(precision[:n])
    own = parts.own + precision[n:].reshape(layout.n_raters, layout.block)[:, :, None] * np.eye(layout.block)
    inverse = np.linalg.inv(own)
    gain = parts.cross @ inverse
    schur = shared - np.einsum("rsb,rtb->st", gain, parts.cross, optimize=True)
    return Posterior(layout, np.asarray(np.linalg.inv(schur)), np.asarray(inverse), gain)
