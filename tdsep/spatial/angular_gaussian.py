"""Which talker owns a bin, from the direction of its channel vector alone.

At every frequency the unit vectors z = x / |x| are drawn from a mixture of complex angular central
Gaussians (cACG), one for each talker: echoes are part of what the matrices B learn, so no delay
has to be right.

N. Ito, S. Araki, T. Nakatani, "Complex angular central Gaussian mixture model for directional
statistics in mask-based microphone array signal processing", EUSIPCO 2016, eq. 6 to 12. The
weights per frame that all frequencies share, with which many talkers begin: N. Ito, S. Araki,
T. Nakatani, "Permutation-free convolutive blind source separation via full-band clustering based
on frequency-independent source presence priors", ICASSP 2013.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.spatial.hermitian import inverse, loaded, outer

#: Added to the diagonal of each B, whose mean is 1.
_LOADING = 2e-4
#: Added to each talker's weight in a frame, lest one be silenced for good.
_PRESENCE = 1e-4
#: Numbers handled at a time, few enough to stay in the cache.
_BLOCK = 2**17


@dataclass(frozen=True)
class AngularMixture:
    """Posteriors of a mixture of complex angular central Gaussians, and the history of its fit.

    Attributes
    ----------
    posteriors : ndarray [frequency, talker, frame], float32
        They add up to 1 over the talkers, whose order is each frequency's own.
    log_likelihood : ndarray [iterations]
        Mean over the bins, in nats, before each iteration and after the last, relative to the
        uniform density on the sphere.
    """

    posteriors: np.ndarray
    log_likelihood: np.ndarray


def fit_angular_mixture(
    signal: np.ndarray, posteriors: np.ndarray, *, n_iter: int = 20
) -> AngularMixture:
    """Fit a mixture to every frequency by itself, by EM.

    Parameters
    ----------
    signal : ndarray [frequency, channel, frame], complex
        Whitened.
    posteriors : ndarray [frequency, talker, frame]
        Where EM starts.
    n_iter : int
        Iterations.

    Returns
    -------
    AngularMixture
    """
    result = np.empty_like(posteriors)
    history = np.zeros(n_iter + 1)
    for block in _blocks(signal):
        directions = _directions(signal[block])
        posterior = posteriors[block]
        scatter = _scatter(directions, posterior)
        for iteration in range(n_iter + 1):
            weights = posterior.mean(axis=2, keepdims=True)
            posterior, quadratic, log_likelihood = _expect(directions, scatter, weights)
            history[iteration] += log_likelihood
            if iteration < n_iter:
                scatter = _scatter(directions, posterior / quadratic)
        result[block] = posterior
    return AngularMixture(result, history / (result.shape[0] * result.shape[2]))


def fit_shared_presence(
    signal: np.ndarray, posteriors: np.ndarray, *, n_iter: int = 15
) -> AngularMixture:
    """Fit the mixtures of all frequencies together: who talks in a frame talks at all of them.

    This aligns most of the frequencies. The parameters are those of `fit_angular_mixture`.
    """
    result = posteriors
    share = posteriors
    history = np.zeros(n_iter + 1)
    for iteration in range(n_iter + 1):
        weights = result[1:].mean(axis=0) + np.float32(_PRESENCE)
        weights /= weights.sum(axis=0)
        following, shares = np.empty_like(posteriors), np.empty_like(posteriors)
        for block in _blocks(signal):
            directions = _directions(signal[block])
            scatter = _scatter(directions, share[block])
            following[block], quadratic, log_likelihood = _expect(directions, scatter, weights)
            np.divide(following[block], quadratic, out=shares[block])
            history[iteration] += log_likelihood
        result, share = following, shares
    return AngularMixture(result, history / (result.shape[0] * result.shape[2]))


def _directions(signal: np.ndarray) -> np.ndarray:
    """z z^H of the unit vectors, [frequency, channel * channel, frame]."""
    products = outer(signal)
    n_channels = signal.shape[1]
    power = products[:, :n_channels].sum(axis=1, keepdims=True)
    products /= np.maximum(power, np.finfo(np.float32).tiny)
    return products


def _scatter(directions: np.ndarray, share: np.ndarray) -> np.ndarray:
    """M-step: B of each talker up to a scale that does not count, [.., channel * channel, talker].

    `share` is the posterior over the quadratic form that the last B gave.
    """
    return loaded(np.matmul(directions, share.swapaxes(1, 2)), _LOADING)


def _expect(
    directions: np.ndarray, scatter: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """E-step: posteriors, quadratic forms z^H B^-1 z, and the log-likelihood summed."""
    inverted, determinant = inverse(scatter)
    quadratic = np.matmul(inverted.swapaxes(1, 2), directions)
    np.maximum(quadratic, np.float32(1e-3), out=quadratic)  # a silent frame has no direction
    posterior = quadratic ** -int(np.sqrt(directions.shape[1]))
    posterior *= weights / determinant.swapaxes(1, 2)
    evidence = posterior.sum(axis=1, keepdims=True)
    posterior /= evidence
    return posterior, quadratic, float(np.log(evidence).sum(dtype=np.float64))


def _blocks(signal: np.ndarray) -> Iterator[slice]:
    """Frequencies handled at a time."""
    n_frequencies, n_channels, n_frames = signal.shape
    size = max(1, _BLOCK // (n_channels**2 * n_frames))
    return (slice(start, start + size) for start in range(0, n_frequencies, size))
