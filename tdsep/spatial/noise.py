"""Noise, which belongs to no talker: how much there is, and parts that do not spread it.

Close microphones hear nearly the same at low frequencies, so the matrices that take talkers apart
there are large, and raise noise with them. A multichannel Wiener filter that knows of the noise
weighs the one against the other. Without noise it is the demixing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from tdsep.spatial.blocks import blocks
from tdsep.spatial.hermitian import inverse, multiply, outer
from tdsep.stft import stft

#: The quietest frames of each frequency, which hold little but noise.
_QUIETEST = 0.02
#: Frames at both ends that see the padding.
_EDGE = 4
#: Least power, where the mixture's peak is 1.
_LEAST = np.float32(1e-12)


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
    """Demixing as far as the noise lets it.

    Attributes
    ----------
    demixing : ndarray [frequency, talker, channel]
    noise : ndarray [frequency, channel], float32
        Its power in the whitened channels, where it is uncorrelated.
    """

    demixing: np.ndarray
    noise: np.ndarray

    def images(self, signal: np.ndarray, posteriors: np.ndarray) -> Iterator[np.ndarray]:
        """Yield each talker's image: the talker's column times the talker's part.

        Parameters
        ----------
        signal : ndarray [frequency, channel, frame], complex64
            The whitened mixture; what belongs to no talker is shared out equally.
        posteriors : ndarray
            Not needed: a bin's own powers tell.
        """
        n_frequencies, n_channels, n_frames = signal.shape
        columns = np.linalg.inv(self.demixing).astype(np.complex64)
        n_talkers = columns.shape[2]
        parts = np.empty((n_frequencies, n_talkers, n_frames), np.complex64)
        rows, spill = self.demixing.astype(np.complex64), np.abs(self.demixing) ** 2
        for block in blocks(signal):
            own, power = columns[block], self.noise[block, :, None]
            demixed_power = np.abs(np.matmul(rows[block], signal[block])) ** 2 + _LEAST
            spilt = np.matmul(spill[block], power).astype(np.float32)
            variances = demixed_power * demixed_power / (demixed_power + spilt)
            covariance = np.matmul(outer(own), variances)
            covariance[:, :n_channels] += power
            filtered = multiply(inverse(covariance)[0], signal[block])
            parts[block] = np.matmul(own.conj().swapaxes(1, 2), filtered) * variances
        nobody = signal - np.matmul(columns, parts)
        nobody /= np.float32(n_talkers)
        for talker in range(n_talkers):
            yield nobody + columns[:, :, talker, None] * parts[:, talker, None]
