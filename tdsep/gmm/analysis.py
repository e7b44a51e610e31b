"""What one window shows of the talkers: the lecture's steps up to the posteriors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.mixture import GaussianMixture, fit_gaussian_mixture
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.wrapped_phase import PhaseMixture, fit_phase_mixture
from tdsep.stft import frequencies, stft


@dataclass(frozen=True)
class Analysis:
    """A recording under one window, explained by time differences.

    Attributes
    ----------
    n_fft, hop_length : int
        Window and hop in samples.
    spectrum : ndarray [channel, frequency, frame], complex64
    observed : TimeDifferences
        Of the two microphones compared.
    max_delay : float
        The histogram of time differences reaches this far to both sides, in seconds.
    mixture : GaussianMixture
        The Gaussians over the time differences that cannot be ambiguous.
    phase_mixture : PhaseMixture or None
        The mixture over the phases of all bins; None by the lecture's method.
    """

    n_fft: int
    hop_length: int
    spectrum: np.ndarray
    observed: TimeDifferences
    max_delay: float
    mixture: GaussianMixture
    phase_mixture: PhaseMixture | None

    @property
    def delays(self) -> np.ndarray:
        """Time difference of each talker in seconds, increasing, [talkers]."""
        return self.mixture.means if self.phase_mixture is None else self.phase_mixture.delays

    def posteriors(self) -> np.ndarray:
        """Whose each bin is, by its time difference or phase, [talkers, frequency, frame]."""
        if self.phase_mixture is None:
            return self.mixture.responsibilities(self.observed.delay).astype(np.float32)
        return self.phase_mixture.responsibilities(self.observed)


def analyse(
    recording: np.ndarray,
    rate: int,
    n_fft: int,
    hop_length: int,
    delays: np.ndarray,
    *,
    pair: tuple[int, int],
    method: str,
) -> Analysis:
    """Compare two microphones in every bin and fit the mixtures.

    Parameters
    ----------
    recording : ndarray [channel, samples]
    rate : int
    n_fft, hop_length : int
    delays : ndarray [talkers]
        Where the talkers' time differences start, in seconds.
    pair : (int, int)
        The channels compared.
    method : {"wrapped-phase", "lecture"}

    Returns
    -------
    Analysis
    """
    spectrum = stft(recording, n_fft, hop_length)
    observed = TimeDifferences.from_spectrum(spectrum[list(pair)], frequencies(rate, n_fft))
    # A little beyond the outermost talker: the flanks of the Gaussians, and no more of the rest.
    max_delay = 1.2 * float(np.abs(delays).max()) + 30e-6
    positions, weights = observed.histogram(max_delay)
    gaussians = fit_gaussian_mixture(positions, delays.size, sample_weight=weights, means=delays)
    phases = None
    if method != "lecture":
        phases = fit_phase_mixture(observed, delays)
    return Analysis(n_fft, hop_length, spectrum, observed, max_delay, gaussians, phases)
