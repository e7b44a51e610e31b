"""Noise, which belongs to no talker: how much there is, and parts that do not spread it.

Close microphones hear nearly the same at low frequencies, so the matrices that take talkers apart
there are large, and raise noise with them. A multichannel Wiener filter that knows of the noise
weighs the one against the other. Without noise it is the demixing itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from tdsep.spatial.demixing import Demixing
from tdsep.spatial.hermitian import inverse, multiply, outer
from tdsep.stft import stft
from tdsep.workers import Map

#: The quietest frames of each frequency, which hold little but noise.
_QUIETEST = 0.02
#: Frames at both ends that see the padding.
_EDGE = 4
#: Least power, where the mixture's peak is 1.
_LEAST = np.float32(1e-12)
#: Numbers handled at a time, few enough to stay in the cache.
_BLOCK = 2**16


def noise_floor(recording: np.ndarray, n_fft: int) -> np.ndarray:
    """Power of the noise at each frequency, mean over the channels, [frequency].

    Taken from the quietest frames, which of noise alone are this much below the mean; so voices
    that never pause are not all noise.

    Parameters
    ----------
    recording : ndarray [channel, samples]
        At a peak of 1.
    n_fft : int
        A short window in samples: there are pauses between syllables.

    References
    ----------
    R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum
    statistics", IEEE Trans. Speech and Audio Processing 9 (5), 2001, sec. II.
    """
    n_channels = len(recording)
    power = (np.abs(stft(recording, n_fft)) ** 2).mean(axis=0)
    if power.shape[1] > 4 * _EDGE:
        power = power[:, _EDGE:-_EDGE]
    of_noise_alone = gammaincinv(n_channels, _QUIETEST) / n_channels
    return np.quantile(power, _QUIETEST, axis=1) / of_noise_alone


def at_window(noise: np.ndarray, n_fft: int) -> np.ndarray:
    """Convert `noise_floor` to what a longer window sees of it, [frequency]."""
    own, longer = (np.linspace(0, 1, size) for size in (noise.size, n_fft // 2 + 1))
    return np.interp(longer, own, noise) * n_fft / (2 * (noise.size - 1))


@dataclass(frozen=True)
class NoiseFilter:
    """The talkers' images by demixing, as far as the noise lets it.

    Attributes
    ----------
    columns : ndarray [frequency, channel, talker], complex64
        How each talker arrives.
    variances : ndarray [frequency, talker, frame], float32
    filtered : ndarray [frequency, channel, frame], complex64
        The whitened mixture times the inverse of its covariance.
    noise : ndarray [frequency, channel, frame], complex64
        What belongs to no talker.
    """

    columns: np.ndarray
    variances: np.ndarray
    filtered: np.ndarray
    noise: np.ndarray

    def image(self, talker: int) -> np.ndarray:
        """Image of a talker, with an equal share of the noise, [frequency, channel, frame]."""
        share = self.noise / np.float32(self.variances.shape[1])
        return _image(self.columns, self.variances, self.filtered, talker) + share


def filter_noise(demixed: Demixing, noise: np.ndarray, share: Map) -> NoiseFilter:
    """Filter what was demixed by how much noise there is.

    Parameters
    ----------
    demixed : Demixing
    noise : ndarray [frequency, channel]
        Its power in the whitened channels, where it is uncorrelated.
    share : Map
        Shares the frequencies out to the processor's cores.

    Returns
    -------
    NoiseFilter
    """
    signal = demixed.signal
    n_frequencies, n_channels, n_frames = signal.shape
    columns = np.linalg.inv(demixed.demixing).astype(np.complex64)
    variances = np.empty((n_frequencies, columns.shape[2], n_frames), np.float32)
    filtered, rest = np.empty_like(signal), np.empty_like(signal)
    noise = noise.astype(np.float32)

    def run(block: slice) -> None:
        own, x = variances[block], signal[block]
        rows = demixed.demixing[block]
        power = np.abs(np.matmul(rows.astype(np.complex64), x)) ** 2 + _LEAST
        spilt = np.matmul(np.abs(rows) ** 2, noise[block, :, None]).astype(np.float32)
        own[:] = power * power / (power + spilt)
        covariance = np.matmul(outer(columns[block]), own)
        covariance[:, :n_channels] += noise[block, :, None]
        filtered[block] = multiply(inverse(covariance)[0], x)
        rest[block] = x
        for talker in range(own.shape[1]):
            rest[block] -= _image(columns[block], own, filtered[block], talker)

    size = max(1, _BLOCK // (n_channels**2 * n_frames))
    share(run, (slice(start, start + size) for start in range(0, n_frequencies, size)))
    return NoiseFilter(columns, variances, filtered, rest)


def _image(
    columns: np.ndarray, variances: np.ndarray, filtered: np.ndarray, talker: int
) -> np.ndarray:
    column = columns[:, :, talker, None]
    amplitude = np.matmul(column.conj().swapaxes(1, 2), filtered) * variances[:, talker, None]
    return column * amplitude
