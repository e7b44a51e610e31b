"""More talkers than microphones: full-rank spatial covariances and a multichannel Wiener filter.

In each bin a talker's image is a Gaussian vector with covariance v R: v is how loud the talker is
in that bin, R, of full rank, how the room carries the talker to the microphones at that frequency.

N. Q. K. Duong, E. Vincent, R. Gribonval, "Under-determined reverberant audio source separation
using a full-rank spatial covariance model", IEEE TASLP 18 (7), 2010, sec. IV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.spatial.blocks import blocks
from tdsep.spatial.hermitian import coordinates, inverse, loaded, matrices, multiply, outer, trace
from tdsep.workers import Map

#: Added to the diagonals of R, whose mean is 1: at the start, and in each iteration.
_FIRST_LOADING, _LOADING = 1e-2, 1e-3
#: Iterations for frames that were not fitted to.
_SETTLING = 10
#: Least variance of a talker in a bin, as a share of the bin's power.
_LEAST = np.float32(1e-10)


@dataclass(frozen=True)
class FullRankModel:
    """The fitted model and the history of its fit.

    Attributes
    ----------
    scatter : ndarray [frequency, channel * channel, talker]
        R in the coordinates of `tdsep.spatial.hermitian`, trace M.
    log_likelihood : ndarray [iterations]
        Mean of a bin, in nats, up to a constant, before each iteration and after the last.
    """

    scatter: np.ndarray
    log_likelihood: np.ndarray

    def images(self, signal: np.ndarray, posteriors: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the Wiener estimate of each talker's image (eq. 30), whitened.

        Of any frames, fitted to or not: how loud each talker is in them is found by EM with R
        held.

        Parameters
        ----------
        signal : ndarray [frequency, channel, frame]
        posteriors : ndarray [frequency, talker, frame]
            Where EM starts.
        """
        variances, filtered = np.empty_like(posteriors, order="C"), np.empty_like(signal)
        for block in blocks(signal):
            state = _Block(signal[block], posteriors[block], self.scatter[block])
            for _ in range(_SETTLING):
                state.expect()
                state.maximise()
            state.expect()
            variances[block], filtered[block] = state.variances, state.filtered
        full = matrices(self.scatter).astype(np.complex64)
        for talker in range(posteriors.shape[1]):
            image = np.matmul(full[:, talker], filtered)
            image *= variances[:, talker, None]
            yield image


def fit_full_rank(
    signal: np.ndarray,
    posteriors: np.ndarray,
    share: Map,
    *,
    n_iter: int = 20,
) -> FullRankModel:
    """Fit the model by EM, started from posteriors.

    Parameters
    ----------
    signal : ndarray [frequency, channel, frame], complex64
        Whitened.
    posteriors : ndarray [frequency, talker, frame]
        Aligned over frequency.
    share : Map
        Shares the frequencies out to the processor's cores.
    n_iter : int
        Iterations: the model is rich, and stopping early keeps it near its start.

    Returns
    -------
    FullRankModel
    """
    n_frequencies, n_channels, n_frames = signal.shape
    n_talkers = posteriors.shape[1]
    scatter = np.empty((n_frequencies, n_channels**2, n_talkers))

    def fit(block: slice) -> np.ndarray:
        state = _Block(signal[block], posteriors[block])
        history = np.empty(n_iter + 1)
        for iteration in range(n_iter):
            history[iteration] = state.expect()
            state.maximise(learn=True)
        history[n_iter] = state.expect()
        scatter[block] = state.scatter
        return history

    history = np.sum(share(fit, blocks(signal)), axis=0)
    return FullRankModel(scatter, history / (n_frequencies * n_frames))


class _Block:
    """EM at a few frequencies.

    S_k, the posterior second moment of a talker's image, is v R + v^2 R G R with
    G = u u^H - Sigma^-1 and u = Sigma^-1 x, so it never has to be formed: the updates of v and R
    need inner products and sums of G alone.
    """

    def __init__(
        self, signal: np.ndarray, posteriors: np.ndarray, scatter: np.ndarray | None = None
    ) -> None:
        products = outer(signal)
        power = trace(products) / signal.shape[1]
        power = np.maximum(power, np.float32(1e-10))
        self.signal = signal
        self.least = _LEAST * power
        self.variances = np.maximum(posteriors * power, self.least)
        if scatter is None:
            share = (posteriors / power).swapaxes(1, 2)
            scatter = loaded(np.matmul(products, share).astype(float), _FIRST_LOADING)
        self.scatter = scatter

    def expect(self) -> float:
        """Filter the mixture by the model; return the log-likelihood, summed."""
        covariance = np.matmul(self.scatter.astype(np.float32), self.variances)
        self.inverse, determinant = inverse(covariance)
        self.filtered = multiply(self.inverse, self.signal)
        energy = np.vdot(self.signal, self.filtered).real
        return -float(energy + np.log(determinant).sum(dtype=np.float64))

    def maximise(self, *, learn: bool = False) -> None:
        """Update v (eq. 32), then R (eq. 33) if it is to be learned, by what `expect` found."""
        n_channels = self.signal.shape[1]
        surplus = outer(self.filtered) - self.inverse
        before = self.variances
        after = np.matmul(self.scatter.swapaxes(1, 2).astype(np.float32), surplus)
        after *= before * before / n_channels
        after += before
        self.variances = np.maximum(after, self.least)
        if not learn:
            return
        ratio = before / self.variances
        kept = ratio.mean(axis=2)[:, None, :]
        moved = np.matmul(surplus, (ratio * before).swapaxes(1, 2)) / self.signal.shape[2]
        full = matrices(self.scatter)
        sandwich = coordinates(full @ matrices(moved) @ full)
        self.scatter = loaded(kept * self.scatter + sandwich, _LOADING)
