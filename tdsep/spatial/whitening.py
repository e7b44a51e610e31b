"""The channels made uncorrelated and equally loud at every frequency, and no more than needed.

Close microphones hear nearly the same at low frequencies. There the little that differs, which
alone tells of direction, would drown in the regularisation of any spatial model; once whitened it
stands as high as the rest, and single precision is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Added to each frequency's covariance: a share of its own trace, and of the mean over all.
_LOADING = 1e-6
_SILENCE = 1e-12


@dataclass(frozen=True)
class Whitening:
    """How a spectrum is whitened, and the way back.

    Attributes
    ----------
    forward : ndarray [frequency, component, channel], complex64
    back : ndarray [frequency, channel, component], complex128
        `back @ forward @ x` is x again, or as much of it as the components hold.
    """

    forward: np.ndarray
    back: np.ndarray

    def signal(self, spectrum: np.ndarray) -> np.ndarray:
        """Whiten [channel, frequency, frame] to [frequency, component, frame], complex64."""
        return np.matmul(self.forward, spectrum.transpose(1, 0, 2))

    def uncorrelated(self, power: np.ndarray) -> np.ndarray:
        """Power of each component, [frequency, component], of noise alike in all channels.

        `power` [frequency] is that in a channel. The components of such noise are uncorrelated,
        for the columns of `back` are orthogonal.
        """
        return power[:, None] / (np.abs(self.back) ** 2).sum(axis=1)


def fit_whitening(spectrum: np.ndarray, n_components: int) -> Whitening:
    """Find how to whiten a spectrum.

    Parameters
    ----------
    spectrum : ndarray [channel, frequency, frame], complex
    n_components : int
        Principal components kept at each frequency; more than there are talkers would raise noise
        to the level of voices.

    Returns
    -------
    Whitened

    References
    ----------
    H. Sawada, S. Araki, S. Makino, "Underdetermined convolutive blind source separation via
    frequency bin-wise clustering and permutation alignment", IEEE TASLP 19 (3), 2011, sec. III-B.
    """
    x = np.ascontiguousarray(spectrum.transpose(1, 0, 2))
    n_channels = x.shape[1]
    covariance = np.matmul(x, x.conj().swapaxes(1, 2)).astype(complex) / x.shape[2]
    trace = np.trace(covariance, axis1=1, axis2=2).real
    load = _LOADING * trace + _SILENCE * trace.mean() + np.finfo(float).tiny
    covariance += load[:, None, None] / n_channels * np.eye(n_channels)
    values, vectors = (part[..., -n_components:] for part in np.linalg.eigh(covariance))
    root = np.sqrt(values)[:, None, :]
    forward = (vectors / root).conj().swapaxes(1, 2)
    return Whitening(forward.astype(np.complex64), vectors * root)
