"""Two microphones, several talkers: one part of the mixture for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.gmm import MASKS, MAX_TALKERS, METHODS
from tdsep.gmm.geometry import SPEED_OF_SOUND, angle_of_delay
from tdsep.gmm.mixture import GaussianMixture, fit_gaussian_mixture
from tdsep.gmm.talkers import SEARCH_WINDOW, TalkerSearch, find_talkers
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.wrapped_phase import PhaseMixture, fit_phase_mixture
from tdsep.masks import apply_mask, binary_masks
from tdsep.stft import checked_hop, frequencies, istft, stft, window_length

#: Default window in seconds: long enough to part voices, short enough for them to stand still.
WINDOW = 0.128
#: Lowest sampling rate in Hz: below it nothing is left of a voice.
LOWEST_RATE = 2000
#: A channel this much weaker than the other (in amplitude) holds nothing.
_SILENT = 1e-4
#: Channels that differ by less than this (in amplitude) are one recording twice.
_SAME = 1e-3


@dataclass(frozen=True)
class Separation:
    """The parts of a mixture and how they were found.

    Talkers are in the order of their delays: the first is the nearest to microphone 2.

    Attributes
    ----------
    sources : ndarray [talkers, 2, samples]
        Each talker as both microphones hear that talker; they add up to the mixture.
    masks : ndarray [talkers, frequency, frame]
        They add up to 1.
    spectrum : ndarray [2, frequency, frame], complex
        Of the mixture, at a peak of 1.
    observed : TimeDifferences
        Phase, delay and weight of every bin.
    search : TalkerSearch
        The number of talkers, with the evidence for it.
    mixture : GaussianMixture
        The Gaussians over the time differences that cannot be ambiguous.
    phase_mixture : PhaseMixture or None
        The mixture over the phases of all bins; None by the lecture's method.
    max_delay : float
        The histogram of time differences reaches this far to both sides, in seconds.
    rate : int
        Sampling rate in Hz.
    n_fft, hop_length : int
        Window and hop in samples.
    spacing : float or None
        Distance between the microphones in metres, if it was given.
    """

    sources: np.ndarray
    masks: np.ndarray
    spectrum: np.ndarray
    observed: TimeDifferences
    search: TalkerSearch
    mixture: GaussianMixture
    phase_mixture: PhaseMixture | None
    max_delay: float
    rate: int
    n_fft: int
    hop_length: int
    spacing: float | None

    @property
    def delays(self) -> np.ndarray:
        """Time difference of each talker in seconds, increasing, [talkers]."""
        return self.mixture.means if self.phase_mixture is None else self.phase_mixture.delays

    @property
    def angles(self) -> np.ndarray | None:
        """Direction of each talker in degrees; None without the microphones' spacing."""
        return None if self.spacing is None else angle_of_delay(self.delays, self.spacing)


def separate_talkers(
    mixture: np.ndarray,
    rate: int,
    n_talkers: int | None = None,
    *,
    method: str = METHODS[0],
    mask: str = MASKS[0],
    spacing: float | None = None,
    n_fft: int | None = None,
    hop_length: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Separation:
    """Separate people who talk at the same time into two microphones.

    Parameters
    ----------
    mixture : ndarray [2, samples]
        What the two microphones recorded.
    rate : int
        Sampling rate in Hz.
    n_talkers : int, optional
        1 to 6; by default found from the recording, up to 4.
    method : {"wrapped-phase", "lecture"}
        The mixture over the phases of all bins, or the textbook's over the time differences.
    mask : {"soft", "binary"}
        Share each bin out by the talkers' responsibilities, or give it to the likeliest.
    spacing : float, optional
        Distance between the microphones in metres. It bounds the delays and gives angles.
    n_fft : int, optional
        Window length in samples; 128 ms by default.
    hop_length : int, optional
        Samples between windows; a quarter of the window by default.
    progress : callable, optional
        Called with the share of the work done, 0 to 1.

    Returns
    -------
    Separation

    Raises
    ------
    UnsuitableInputError
        If the recording is mono or has more than two channels, is shorter than one window, or a
        channel is silent, or both hold the same sound.
    ParameterError
        If an option has a value that cannot work.

    References
    ----------
    O. Yilmaz, S. Rickard, "Blind separation of speech mixtures via time-frequency masking",
    IEEE Trans. Signal Processing 52 (7), 2004 (masks from time differences). The mixtures' own
    references stand in `tdsep.gmm.mixture`, `tdsep.gmm.wrapped_phase` and `tdsep.gmm.talkers`.

    Examples
    --------
    >>> import soundfile, tdsep
    >>> mixture, rate = soundfile.read("data/two_talkers.wav", always_2d=True)
    >>> separation = tdsep.separate_talkers(mixture.T, rate)
    >>> separation.sources.shape
    (2, 2, 160000)
    """
    report = progress or (lambda share: None)
    mixture = np.asarray(mixture)
    if rate < LOWEST_RATE:
        raise UnsuitableInputError(
            f"has {rate} samples a second, too few for voices: record at {LOWEST_RATE} Hz or more"
        )
    n_fft = window_length(rate, WINDOW) if n_fft is None else n_fft
    hop_length = checked_hop(n_fft, hop_length)
    _check_options(n_talkers, method, mask, spacing)
    _check_shape(mixture)
    peak = _checked_peak(mixture, n_fft, rate)
    scaled = np.divide(mixture, peak, dtype=np.float64).astype(np.float32)

    search = find_talkers(scaled, rate, n_talkers, max_delay=_bound(spacing))
    report(0.3)
    spectrum = stft(scaled, n_fft, hop_length)
    observed = TimeDifferences.from_spectrum(spectrum, frequencies(rate, n_fft))
    # A little beyond the outermost talker: the flanks of the Gaussians, and no more of the rest.
    max_delay = 1.2 * float(np.abs(search.delays).max()) + 30e-6
    positions, weights = observed.histogram(max_delay)
    gaussians = fit_gaussian_mixture(
        positions, search.n_talkers, sample_weight=weights, means=search.delays
    )
    report(0.4)
    if method == "lecture":
        phase_mixture = None
        masks = gaussians.responsibilities(observed.delay).astype(np.float32)
    else:
        phase_mixture = fit_phase_mixture(
            observed, search.delays, progress=lambda share: report(0.4 + 0.4 * share)
        )
        masks = phase_mixture.responsibilities(observed)
    report(0.8)
    if mask == "binary":
        masks = binary_masks(masks)
    sources = np.empty((search.n_talkers, *mixture.shape), np.result_type(mixture, np.float32))
    for source, talker_mask in zip(sources, masks, strict=True):
        source[:] = istft(apply_mask(talker_mask, spectrum), mixture.shape[1], n_fft, hop_length)
    sources *= peak
    report(1.0)
    return Separation(
        sources, masks, spectrum, observed, search, gaussians, phase_mixture,
        max_delay, rate, n_fft, hop_length, spacing,
    )  # fmt: skip


def _bound(spacing: float | None) -> float | None:
    """Longest possible delay; a tenth more than sound needs, for spacings are measured roughly."""
    return None if spacing is None else 1.1 * spacing / SPEED_OF_SOUND


def _check_options(n_talkers: int | None, method: str, mask: str, spacing: float | None) -> None:
    if n_talkers is not None and not 1 <= n_talkers <= MAX_TALKERS:
        raise ParameterError(f"{n_talkers} talkers were asked for: give 1 to {MAX_TALKERS}")
    for name, value, choices in (("method", method, METHODS), ("mask", mask, MASKS)):
        if value not in choices:
            raise ParameterError(f"{name} is {value!r}: choose from {', '.join(choices)}")
    if spacing is not None and not 0.001 <= spacing <= 2.0:
        raise ParameterError(
            f"the spacing is {spacing:g} m: give the distance between the microphones, "
            "0.001 to 2 metres"
        )


def _check_shape(mixture: np.ndarray) -> None:
    if mixture.dtype.kind not in "fiu" or mixture.ndim not in (1, 2):
        raise ParameterError(
            f"the mixture is a {mixture.ndim}-dimensional array of {mixture.dtype}: "
            "give real samples, channels by samples"
        )
    n_channels, n_samples = np.atleast_2d(mixture).shape
    if n_samples < n_channels and n_samples > 0:
        raise ParameterError(
            f"the mixture has the shape {mixture.shape}: give channels by samples (transpose)"
        )
    if n_channels == 1:
        raise UnsuitableInputError(
            "has one channel, and a time difference needs two: record with two microphones"
        )
    if n_channels > 2:
        raise UnsuitableInputError(
            f"has {n_channels} channels: choose the two microphones to compare"
        )


def _checked_peak(mixture: np.ndarray, n_fft: int, rate: int) -> float:
    """Return the largest magnitude of a recording that suits the method; raise on any other."""
    n_samples = mixture.shape[1]
    shortest = max(n_fft, window_length(rate, SEARCH_WINDOW))
    if n_samples < shortest:
        raise UnsuitableInputError(
            f"its length of {n_samples} is shorter than one window of {shortest} samples: "
            "give a longer recording or a smaller window (n_fft)"
        )
    if not np.isfinite(mixture).all():
        raise UnsuitableInputError("holds samples that are not numbers (NaN or infinite)")
    peak = float(np.abs(mixture).max())
    sound = np.divide(mixture, peak or 1.0, dtype=np.float64)
    sound -= sound.mean(axis=1, keepdims=True)
    level = np.linalg.norm(sound, axis=1)
    if level.max() <= 1e-7 * np.sqrt(n_samples):
        raise UnsuitableInputError("is silent: check the recording")
    if level.min() < _SILENT * level.max():
        raise UnsuitableInputError(
            f"channel {1 + int(level.argmin())} is silent: check that microphone or its cable"
        )
    first, second = sound / level[:, None]
    if np.linalg.norm(first - np.sign(first @ second) * second) < _SAME:
        raise UnsuitableInputError(
            "both channels hold the same sound, a mono recording stored twice: "
            "record with two microphones"
        )
    return peak
