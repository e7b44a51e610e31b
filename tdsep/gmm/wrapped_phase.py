"""A mixture over the inter-channel phase of all bins, wrapped or not.

The lecture's mixture reads a time difference off each bin, which is right only where the phase
cannot wrap. Here the phase itself is modelled: talker k, whose sound reaches microphone 2 later by
tau_k, is a Gaussian around 2 pi f tau_k on the circle, with a variance of its own in each band of
frequencies; echoes and noise are a uniform background. Who is heard changes from frame to frame,
so the mixture's weights do too: a frame's sure bins settle its unsure ones.

M. I. Mandel, R. J. Weiss, D. P. W. Ellis, "Model-based expectation-maximization source separation
and localization", IEEE TASLP 18 (2), 2010, is the model's root (phase residuals, variances that
depend on frequency). The weights per frame follow N. Ito, S. Araki, T. Nakatani,
"Permutation-free convolutive blind source separation via full-band clustering based on
frequency-independent source presence priors", ICASSP 2013.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.gmm.time_difference import TimeDifferences

#: Bands of frequencies that share a variance, in Hz.
VARIANCE_BAND = 250.0
#: Least standard deviation of a talker's phase, as a share of the distance on the unit circle to
#: the nearest other talker. Where two talkers are equally loud the phase lies between theirs,
#: however sharp each alone would be; less than this and the masks grow too sure.
SHARPNESS_LIMIT = 0.2
#: Bounds of the variances, in rad^2.
VARIANCE_RANGE = (1e-5, 4.0)
#: Pseudo-observations that pull a frame's weights to equality, as a share of a mean frame.
FRAME_PRIOR = 0.3
#: Iterations until the weights of frames that were not in the fit have settled.
_SETTLING = 8
#: Frames handled at a time: enough for quick array work, few enough to stay in the cache.
_BLOCK = 64


@dataclass(frozen=True)
class PhaseMixture:
    """The fitted mixture of wrapped phases and the history of its fit.

    Attributes
    ----------
    delays : ndarray [talkers]
        Time differences in seconds; positive when microphone 2 hears the talker later.
    frame_weights : ndarray [talkers + 1, frame]
        Weight of each talker, and last of the background, in each frame; they add up to 1.
    variances : ndarray [talkers, frequency]
        Of the phase around each talker's, in rad^2.
    log_likelihood : ndarray [iterations]
        Mean log-likelihood of a bin's phase (in nats, bins weighted), with the logarithm of the
        prior on the frame weights, before each iteration and after the last. It never decreases.
    prior : float
        Pseudo-observations that pull a frame's weights to equality.
    """

    delays: np.ndarray
    frame_weights: np.ndarray
    variances: np.ndarray
    log_likelihood: np.ndarray
    prior: float

    @property
    def weights(self) -> np.ndarray:
        """Mean weight of each talker over the frames, [talkers]; the background has the rest."""
        return self.frame_weights[:-1].mean(axis=1)

    def responsibilities(self, observed: TimeDifferences) -> np.ndarray:
        """Posterior probability of each talker in each bin, [talkers, frequency, frame], float32.

        Of any frames, heard in the fit or not: who is heard in each is found from it alone, by EM
        with the delays and variances held. The background's share is given to the talkers in
        proportion: every bin belongs to someone.
        """
        posterior = np.empty((self.delays.size, *observed.phase.shape), np.float32)
        model = _Parameters(self.delays, self.frame_weights, self.variances)
        for block in _blocks(observed.phase.shape[1]):
            log_density = model.log_density(model.residual(observed, block))
            posterior[..., block] = self._settled(log_density, observed.weight[:, block])
        return posterior

    def _settled(self, log_density: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Posteriors once the frames' weights have settled."""
        nearest = log_density.max(axis=0)
        density = np.exp(log_density - nearest)
        uniform = np.float32(-np.log(2 * np.pi))
        peak = np.maximum(nearest, uniform)
        density_sum, background = np.exp(nearest - peak), np.exp(uniform - peak)
        n_talkers, n_frames = len(density), weight.shape[1]
        frame_weights = np.full((n_talkers + 1, n_frames), 1 / (n_talkers + 1), np.float32)
        for _ in range(_SETTLING):
            joint = density * frame_weights[:-1, None]
            joint *= density_sum
            rest = background * frame_weights[-1]
            ratio = weight / (joint.sum(axis=0) + rest)
            frame_weights[:-1] = np.einsum("kft,ft->kt", joint, ratio)
            frame_weights[-1] = (rest * ratio).sum(axis=0)
            frame_weights += np.float32(self.prior)
            frame_weights /= frame_weights.sum(axis=0)
        density *= frame_weights[:-1, None]
        density /= density.sum(axis=0)
        return density


def fit_phase_mixture(
    observed: TimeDifferences,
    delays: np.ndarray,
    *,
    max_iter: int = 30,
    tol: float = 1e-4,
) -> PhaseMixture:
    """Fit the mixture of wrapped phases by EM, started from rough delays.

    Parameters
    ----------
    observed : TimeDifferences
    delays : ndarray [talkers]
        Where the talkers' time differences start, in seconds.
    max_iter : int
        Iterations at most.
    tol : float
        Stop when an iteration gains less than this in log-likelihood.

    Returns
    -------
    PhaseMixture
        Its talkers are in the order of their delays.
    """
    model = _Parameters.start(observed, np.asarray(delays, np.float64))
    bands = _Bands(observed.frequencies, model.delays)
    prior = FRAME_PRIOR / len(model.frame_weights) * observed.weight.sum(axis=0).mean()
    total_weight = float(observed.weight.sum(dtype=np.float64))
    history: list[float] = []
    for iteration in range(max_iter + 1):
        statistics = _Statistics(model, observed)
        log_prior = prior * np.log(model.frame_weights).sum(dtype=np.float64)
        history.append((statistics.log_likelihood + log_prior) / total_weight)
        if iteration == max_iter or (iteration and history[-1] - history[-2] < tol):
            break
        model = statistics.maximise(model, bands, prior)
    order = np.argsort(model.delays, kind="stable")
    frame_weights = model.frame_weights[[*order, -1]]
    return PhaseMixture(
        model.delays[order], frame_weights, model.variances[order], np.array(history), float(prior)
    )


@dataclass(frozen=True)
class _Parameters:
    """What EM estimates; the attributes are PhaseMixture's."""

    delays: np.ndarray
    frame_weights: np.ndarray
    variances: np.ndarray

    @classmethod
    def start(cls, observed: TimeDifferences, delays: np.ndarray) -> _Parameters:
        n_bands, n_frames = observed.phase.shape
        frame_weights = np.full((delays.size + 1, n_frames), 1 / (delays.size + 1), np.float32)
        return cls(delays, frame_weights, np.full((delays.size, n_bands), 0.3))

    def residual(self, observed: TimeDifferences, block: slice) -> np.ndarray:
        """Phase minus each talker's, on the circle, [talkers, frequency, frame], float32."""
        expected = 2 * np.pi * np.outer(self.delays, observed.frequencies)
        expected = (expected - 2 * np.pi * np.round(expected / (2 * np.pi))).astype(np.float32)
        residual = observed.phase[:, block] - expected[:, :, None]
        turn = np.float32(2 * np.pi)
        residual -= turn * np.rint(residual * (1 / turn))
        return residual

    def log_density(self, residual: np.ndarray) -> np.ndarray:
        """Log of each talker's density, [talkers, frequency, frame], float32."""
        precision = (-0.5 / self.variances).astype(np.float32)[:, :, None]
        constant = (-0.5 * np.log(2 * np.pi * self.variances)).astype(np.float32)[:, :, None]
        log_density = residual * residual
        log_density *= precision
        log_density += constant
        return log_density


class _Bands:
    """Neighbouring frequencies that share a variance, and how small it may become."""

    def __init__(self, frequencies: np.ndarray, delays: np.ndarray) -> None:
        width = max(1, round(VARIANCE_BAND / frequencies[1]))
        self.edges = np.arange(0, frequencies.size, width)
        self.sizes = np.diff(np.append(self.edges, frequencies.size))
        self.floor = np.maximum(self._least_variance(frequencies, delays), VARIANCE_RANGE[0])

    def _least_variance(self, frequencies: np.ndarray, delays: np.ndarray) -> np.ndarray:
        """From the distance between the talkers on the unit circle, [talkers, bands]."""
        if delays.size == 1:
            return np.zeros((1, self.edges.size))
        angle = 2 * np.pi * (delays[:, None, None] - delays[:, None]) * frequencies
        squared_distance = 2 - 2 * np.cos(angle)
        squared_distance[np.diag_indices(delays.size)] = np.inf
        nearest = squared_distance.min(axis=1)
        return SHARPNESS_LIMIT**2 * self.pool(nearest) / self.sizes

    def pool(self, values: np.ndarray) -> np.ndarray:
        """Sum over each band, [..., frequency] to [..., bands]."""
        return np.add.reduceat(values, self.edges, axis=-1)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each frequency its band's value, [..., bands] to [..., frequency]."""
        return np.repeat(values, self.sizes, axis=-1)


class _Statistics:
    """E-step: the sums over bins, weighted by responsibilities, from which the M-step follows."""

    def __init__(self, model: _Parameters, observed: TimeDifferences) -> None:
        shape = (model.delays.size, observed.frequencies.size)
        self.omega = 2 * np.pi * observed.frequencies
        self.log_likelihood = 0.0
        self.mass, self.moment, self.square = np.zeros((3, *shape))
        self.frame_mass = np.empty_like(model.frame_weights)
        for block in _blocks(observed.phase.shape[1]):
            weight = observed.weight[:, block]
            residual = model.residual(observed, block)
            log_joint = model.log_density(residual)
            log_joint += np.log(model.frame_weights[:-1, None, block])
            background = np.log(model.frame_weights[-1, block] / np.float32(2 * np.pi))
            peak = np.maximum(log_joint.max(axis=0), background)
            posterior = np.exp(log_joint - peak)
            background = np.exp(background - peak)
            evidence = posterior.sum(axis=0) + background
            peak += np.log(evidence)
            self.log_likelihood += float(np.vdot(weight, peak))
            weight = weight / evidence
            posterior *= weight
            self.frame_mass[:-1, block] = posterior.sum(axis=1)
            self.frame_mass[-1, block] = (background * weight).sum(axis=0)
            self.mass += posterior.sum(axis=2)
            posterior *= residual
            self.moment += posterior.sum(axis=2)
            posterior *= residual
            self.square += posterior.sum(axis=2)

    def maximise(self, model: _Parameters, bands: _Bands, prior: float) -> _Parameters:
        """M-step: each parameter in turn at its best with the others held."""
        frame_weights = self.frame_mass + np.float32(prior)
        frame_weights /= frame_weights.sum(axis=0)
        mass = bands.pool(self.mass)
        variances = bands.pool(self.square) / np.maximum(mass, np.finfo(float).tiny)
        variances = bands.spread(np.clip(variances, bands.floor, VARIANCE_RANGE[1]))
        # The delay that fits the residuals best: a line through zero, over the frequencies.
        slope = (self.moment * self.omega / variances).sum(axis=1)
        stiffness = (self.mass * self.omega**2 / variances).sum(axis=1)
        delays = model.delays + slope / np.maximum(stiffness, np.finfo(float).tiny)
        return _Parameters(delays, frame_weights, variances)


def _blocks(n_frames: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n_frames, _BLOCK))
