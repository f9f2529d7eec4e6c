"""The penalised likelihood of counted pair votes, its derivatives and its maximum. See `davidson`."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, xlogy

from evaluation.statistics.observations import Choice, Floats

_TIE_PRIOR_SD = 3.0
_POSITION_PRIOR_SD = 0.5
_MAX_STEPS = 100
_CONVERGED = 1e-9


@dataclass(frozen=True)
class Mode:
    """The maximum: shared parameters (abilities, position, tie) and tastes (raters, models)."""

    shared: Floats
    tastes: Floats
    taste_sd: float


@dataclass(frozen=True)
class _Curvature:
    """Derivatives at one point; information is the negative second derivative, prior included.

    `gradient` is that of the likelihood by shared parameters, `own_gradient` (raters, models) by
    own abilities. `blocks` (raters, models, models) is the information on each rater's taste, `cross`
    (raters, shared, models) what ties it to the shared ones, `schur` what is known of the
    shared parameters when tastes are not.
    """

    gradient: Floats
    own_gradient: Floats
    blocks: Floats
    cross: Floats
    schur: Floats


class VoteLikelihood:
    """The penalised likelihood of counted votes, its derivatives and its maximum."""

    def __init__(self, counts: Floats, prior_sd: float | None, position_effect: bool) -> None:
        self.counts = counts
        self.has_ties = bool(counts[..., Choice.TIE].any())
        self.n_models = counts.shape[1]
        # Without a prior, centring keeps the abilities determined; differences do not feel it.
        ones = np.ones((self.n_models, self.n_models)) / self.n_models
        ability_precision = ones if prior_sd is None else np.eye(self.n_models) / prior_sd**2
        self.precision = np.zeros((self.n_models + 2, self.n_models + 2))
        self.precision[: self.n_models, : self.n_models] = ability_precision
        # Parameters that are not there get any precision: they stay at 0.
        self.precision[-2, -2] = _precision(prior_sd, _POSITION_PRIOR_SD) if position_effect else 1.0
        self.precision[-1, -1] = _precision(prior_sd, _TIE_PRIOR_SD) if self.has_ties else 1.0
        self._free = np.array([*[True] * self.n_models, position_effect, self.has_ties])
        self._start: Mode | None = None

    def solve(self, taste_sd: float) -> Mode:
        """The mode by Newton's method with halved steps; the objective is concave, so there is one."""
        n_raters = len(self.counts)
        shared, tastes = np.zeros(self.n_models + 2), np.zeros((n_raters, self.n_models))
        if self._start is not None and taste_sd > 0:
            shared, tastes = self._start.shared.copy(), self._start.tastes.copy()
        value = self._objective(shared, tastes, taste_sd)
        for _ in range(_MAX_STEPS):
            step_shared, step_tastes = self._newton_step(shared, tastes, taste_sd)
            scale = 1.0
            while (
                new := self._objective(shared + scale * step_shared, tastes + scale * step_tastes, taste_sd)
            ) < value - 1e-12 and scale > 1e-6:
                scale /= 2
            shared, tastes = shared + scale * step_shared, tastes + scale * step_tastes
            gain, value = new - value, new
            if abs(gain) < _CONVERGED and np.abs(step_shared).max() < 1e-6:
                break
        self._start = Mode(shared, tastes, taste_sd)
        return self._start

    def log_marginal(self, taste_sd: float) -> float:
        """Laplace's approximation of the log-likelihood with tastes and shared parameters integrated out."""
        mode = self.solve(taste_sd)
        curvature = self._curvature(mode.shared, mode.tastes, taste_sd)
        log_determinant = np.linalg.slogdet(curvature.blocks)[1].sum() + np.linalg.slogdet(curvature.schur)[1]
        log_prior = -mode.tastes.size * np.log(taste_sd)
        return float(self._objective(mode.shared, mode.tastes, taste_sd) + log_prior - log_determinant / 2)

    def ability_covariance(self, mode: Mode) -> Floats:
        """The covariance of the centred abilities, (models, models)."""
        schur = self._curvature(mode.shared, mode.tastes, mode.taste_sd).schur
        inverse = np.linalg.inv(schur)[: self.n_models, : self.n_models]
        centre = np.eye(self.n_models) - 1 / self.n_models
        return np.asarray(centre @ inverse @ centre, dtype=np.float64)

    def deviance(self, mode: Mode) -> float:
        """−2 (log-likelihood − that of the observed shares of each rater's pairs)."""
        n = self.counts.sum(axis=-1, keepdims=True)
        saturated = (xlogy(self.counts, self.counts) - xlogy(self.counts, np.where(n > 0, n, 1))).sum()
        return float(2 * (saturated - self._log_likelihood(mode.shared, mode.tastes)))

    def _log_weights(self, shared: Floats, tastes: Floats) -> Floats:
        """Log of the three weights of each pair, (raters, models, models, 3)."""
        own = shared[: self.n_models] + tastes
        left, right = own[:, :, None] + shared[-2], own[:, None, :]
        tie = shared[-1] + (left + right) / 2 if self.has_ties else np.full_like(left + right, -np.inf)
        return np.stack(np.broadcast_arrays(left, right, tie), axis=-1)

    def _log_likelihood(self, shared: Floats, tastes: Floats) -> float:
        log_weights = self._log_weights(shared, tastes)
        log_shares = log_weights - logsumexp(log_weights, axis=-1, keepdims=True)
        return float(
            np.where(self.counts > 0, self.counts * np.where(self.counts > 0, log_shares, 0), 0).sum()
        )

    def _objective(self, shared: Floats, tastes: Floats, taste_sd: float) -> float:
        penalty = float(shared @ self.precision @ shared)
        penalty += float((tastes**2).sum()) / taste_sd**2 if taste_sd > 0 else 0.0
        return self._log_likelihood(shared, tastes) - penalty / 2

    def _newton_step(self, shared: Floats, tastes: Floats, taste_sd: float) -> tuple[Floats, Floats]:
        at = self._curvature(shared, tastes, taste_sd)
        gradient = at.gradient - self.precision @ shared
        if taste_sd == 0:
            return np.asarray(np.linalg.solve(at.schur, gradient)), np.zeros_like(tastes)
        own = at.own_gradient - tastes / taste_sd**2
        solved = np.linalg.solve(at.blocks, own[..., None])[..., 0]
        step = np.linalg.solve(at.schur, gradient - np.einsum("rsm,rm->s", at.cross, solved))
        coupled = np.einsum("rsm,s->rm", at.cross, step)
        return step, np.linalg.solve(at.blocks, (own - coupled)[..., None])[..., 0]

    def _curvature(self, shared: Floats, tastes: Floats, taste_sd: float) -> _Curvature:
        """Derivatives at one point.

        A choice takes the features (1, 0, 1, 0), (0, 1, 0, 0) or (½, ½, ½, 1) of (left's own ability,
        right's, position, tie): all derivatives follow from the features' mean and covariance.
        """
        features = np.array([[1.0, 0, 1, 0], [0, 1, 0, 0], [0.5, 0.5, 0.5, 1]])
        log_weights = self._log_weights(shared, tastes)
        shares = np.exp(log_weights - logsumexp(log_weights, axis=-1, keepdims=True))
        n = self.counts.sum(axis=-1)
        mean = shares @ features
        gap = (self.counts @ features) - n[..., None] * mean
        second = np.einsum("rijk,ka,kb->rijab", shares, features, features)
        information = n[..., None, None] * (second - mean[..., :, None] * mean[..., None, :])
        own_gradient, own, pairs = self._gather(gap, information)
        gradient = np.concatenate([own_gradient.sum(axis=0), gap[..., 2:].sum(axis=(0, 1, 2))]) * self._free
        rest = information[..., 2:, 2:].sum(axis=(0, 1, 2))
        cross = np.concatenate([own, pairs.transpose(0, 2, 1)], axis=1) * self._free[:, None]
        total = np.concatenate([cross.sum(axis=0), np.vstack([pairs.sum(axis=0), rest])], axis=1)
        schur = total * np.outer(self._free, self._free) + self.precision
        if taste_sd == 0:
            return _Curvature(gradient, own_gradient, own, cross, schur)
        blocks = own + np.eye(self.n_models) / taste_sd**2
        explained = np.einsum("rsm,rmt->st", cross, np.linalg.solve(blocks, cross.transpose(0, 2, 1)))
        return _Curvature(gradient, own_gradient, blocks, cross, schur - explained)

    def _gather(self, gap: Floats, information: Floats) -> tuple[Floats, Floats, Floats]:
        """Sums over pairs: gradient (r, m), information (r, m, m) and (r, m, position/tie)."""
        gradient = gap[..., 0].sum(axis=2) + gap[..., 1].sum(axis=1)
        own = information[..., 0, 1] + information[..., 0, 1].transpose(0, 2, 1)
        diagonal = information[..., 0, 0].sum(axis=2) + information[..., 1, 1].sum(axis=1)
        own = own + diagonal[:, :, None] * np.eye(self.n_models)
        cross = information[..., 0, 2:].sum(axis=2) + information[..., 1, 2:].sum(axis=1)
        return gradient, own, cross


def _precision(prior_sd: float | None, own_sd: float) -> float:
    """Of a nuisance parameter's prior: none at all where priors are turned off."""
    return 0.0 if prior_sd is None else 1 / own_sd**2
