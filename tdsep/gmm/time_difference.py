"""Inter-channel phase and time difference of every time-frequency bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.mixture import binned

#: Below this, in Hz, stand hum, wind and the offset of the converter, not voices.
LOWEST_FREQUENCY = 50.0


def phase_difference(spectrum: np.ndarray) -> np.ndarray:
    """arg(X1 X2*) in radians of two channels, [2, ...] to [...]."""
    return np.angle(spectrum[0] * spectrum[1].conj())


@dataclass(frozen=True)
class TimeDifferences:
    """What two channels say of the direction of every time-frequency bin.

    Attributes
    ----------
    phase : ndarray [frequency, frame], float32
        arg(X1 X2*) in radians, within +-pi.
    weight : ndarray [frequency, frame], float32
        How much a bin counts: sqrt(abs(X1 X2)), its amplitude.
    frequencies : ndarray [frequency]
        Centre of each band in Hz.
    """

    phase: np.ndarray
    weight: np.ndarray
    frequencies: np.ndarray

    @classmethod
    def from_spectrum(cls, spectrum: np.ndarray, frequencies: np.ndarray) -> TimeDifferences:
        """Compare the two channels of a spectrum [2, frequency, frame]."""
        weight = np.sqrt(np.abs(spectrum[0]) * np.abs(spectrum[1]))
        weight[frequencies < LOWEST_FREQUENCY] = 0
        return cls(phase_difference(spectrum), weight, frequencies)

    @property
    def delay(self) -> np.ndarray:
        """Time difference in seconds, [frequency, frame], right where the phase does not wrap.

        Positive when microphone 2 hears the sound later. Zero at 0 Hz, where nothing can be told.
        """
        omega = 2 * np.pi * self.frequencies
        scale = np.divide(1, omega, out=np.zeros_like(omega), where=omega > 0)
        return self.phase * scale[:, None].astype(np.float32)

    def unambiguous(self, max_delay: float) -> np.ndarray:
        """Bands in which no delay within +-max_delay wraps the phase, [frequency] of bool.

        The lowest band that counts is always among them.
        """
        bands = 2 * self.frequencies * max_delay < 1
        bands[np.argmax(self.frequencies >= LOWEST_FREQUENCY)] = True
        return bands

    def histogram(self, max_delay: float, n_bins: int = 1024) -> tuple[np.ndarray, np.ndarray]:
        """Weighted histogram of the unambiguous time differences within +-max_delay.

        Returns
        -------
        positions : ndarray [filled bins]
            Mean time difference of each bin, in seconds.
        weights : ndarray [filled bins]
        """
        bands = self.unambiguous(max_delay)
        return binned(self.delay[bands], self.weight[bands], n_bins, (-max_delay, max_delay))

    def density(self, max_delay: float, n_bins: int = 128) -> np.ndarray:
        """Density of the unambiguous time differences, as a histogram for the eye.

        Returns
        -------
        ndarray [n_bins]
            Of as many equal steps from -max_delay to max_delay, per second; its integral is 1.
        """
        positions, weights = self.histogram(max_delay)
        limits = (-max_delay, max_delay)
        return np.histogram(positions, n_bins, limits, weights=weights, density=True)[0]
