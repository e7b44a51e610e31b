"""Which talker owns a bin, from the direction of its channel vector alone.

At every frequency the unit vectors z = x / |x| are drawn from a mixture of complex angular central
Gaussians (cACG), one for each talker: echoes are part of what the matrices B learn, so no delay
has to be right. Who talks in a frame talks at all frequencies: the weights are a frame's, shared
by all frequencies, which keeps each talker one person throughout.

N. Ito, S. Araki, T. Nakatani, "Complex angular central Gaussian mixture model for directional
statistics in mask-based microphone array signal processing", EUSIPCO 2016, eq. 6 to 12. The shared
weights: N. Ito, S. Araki, T. Nakatani, "Permutation-free convolutive blind source separation via
full-band clustering based on frequency-independent source presence priors", ICASSP 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np

from tdsep.spatial.blocks import blocks
from tdsep.spatial.hermitian import inverse, loaded, outer
from tdsep.workers import Map

#: Added to the diagonal of each B, whose mean is 1: keeps the posteriors from growing too sure.
_LOADING = 2e-2
#: Added to each talker's weight in a frame, lest one be silenced for good.
_PRESENCE = np.float32(1e-4)
#: Iterations until it has settled who talks in frames that were not fitted to.
_SETTLING = 5


@dataclass(frozen=True)
class AngularMixture:
    """A fitted mixture of complex angular central Gaussians, and the history of its fit.

    Attributes
    ----------
    scatter : ndarray [frequency, channel * channel, talker]
        B of each talker.
    log_likelihood : ndarray [iterations]
        Mean over the bins, in nats, before each iteration and after the last, relative to the
        uniform density on the sphere.
    """

    scatter: np.ndarray
    log_likelihood: np.ndarray

    def explain(self, signal: np.ndarray, posteriors: np.ndarray) -> np.ndarray:
        """Posteriors of any frames, fitted to or not, [frequency, talker, frame].

        Parameters
        ----------
        signal : ndarray [frequency, channel, frame]
        posteriors : ndarray [frequency, talker, frame]
            Where the search for who talks in each frame starts.
        """
        likelihood = np.empty_like(posteriors, order="C")
        for block in blocks(signal):
            directions = _directions(signal[block])
            likelihood[block] = _likelihood(directions, self.scatter[block])[0]
        for _ in range(_SETTLING):
            posteriors = likelihood * _presence(posteriors)
            posteriors /= posteriors.sum(axis=1, keepdims=True)
        return posteriors


def fit_angular_mixture(
    signal: np.ndarray, posteriors: np.ndarray, share: Map, *, n_iter: int = 8
) -> tuple[AngularMixture, np.ndarray]:
    """Fit the mixtures of all frequencies together, by EM.

    Parameters
    ----------
    signal : ndarray [frequency, channel, frame], complex
        Whitened.
    posteriors : ndarray [frequency, talker, frame]
        Where EM starts.
    share : Map
        Shares the frequencies out to the processor's cores.
    n_iter : int
        Iterations: few, for what the start knows of each talker's direction fades with them.

    Returns
    -------
    mixture : AngularMixture
    posteriors : ndarray [frequency, talker, frame], float32
        They add up to 1 over the talkers.
    """
    n_frequencies, n_talkers, n_frames = posteriors.shape
    result, scaled = posteriors.copy(order="C"), posteriors.copy(order="C")
    scatter = np.empty((n_frequencies, signal.shape[1] ** 2, n_talkers), np.float32)
    history = np.zeros(n_iter + 1)
    for iteration in range(n_iter + 1):
        presence = _presence(result)

        def update(block: slice, presence: np.ndarray = presence) -> float:
            directions = _directions(signal[block])
            scatter[block] = _scatter(directions, scaled[block])
            likelihood, quadratic = _likelihood(directions, scatter[block])
            likelihood *= presence
            evidence = likelihood.sum(axis=1, keepdims=True)
            np.divide(likelihood, evidence, out=result[block])
            np.divide(result[block], quadratic, out=scaled[block])
            return float(np.log(evidence).sum(dtype=np.float64))

        history[iteration] = sum(share(update, blocks(signal)))
    return AngularMixture(scatter, history / (n_frequencies * n_frames)), result


def _presence(posteriors: np.ndarray) -> np.ndarray:
    """Weight of each talker in each frame, at all frequencies alike, [talker, frame]."""
    presence = posteriors.mean(axis=0) + _PRESENCE
    presence /= presence.sum(axis=0)
    return presence


def _directions(signal: np.ndarray) -> np.ndarray:
    """Products z z^H of the unit vectors, [frequency, channel * channel, frame]."""
    products = outer(signal)
    n_channels = signal.shape[1]
    power = products[:, :n_channels].sum(axis=1, keepdims=True)
    products /= np.maximum(power, np.finfo(np.float32).tiny)
    return products


def _scatter(directions: np.ndarray, scaled: np.ndarray) -> np.ndarray:
    """M-step: B of each talker, [frequency, channel * channel, talker]; its scale does not count.

    `scaled` is the posterior over the quadratic form that the last B gave.
    """
    return loaded(np.matmul(directions, scaled.swapaxes(1, 2)), _LOADING)


def _likelihood(directions: np.ndarray, scatter: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Densities of the unit vectors for each talker, and quadratic forms z^H B^-1 z."""
    inverted, determinant = inverse(scatter)
    quadratic = np.matmul(inverted.swapaxes(1, 2), directions)
    np.maximum(quadratic, np.float32(1e-3), out=quadratic)  # a silent frame has no direction
    likelihood = quadratic ** -isqrt(directions.shape[1])
    likelihood /= determinant.swapaxes(1, 2)
    return likelihood, quadratic
