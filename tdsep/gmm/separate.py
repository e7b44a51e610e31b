"""Several talkers and two microphones or more: one part of the mixture for each talker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.gmm import MASKS, METHODS, OUTPUTS
from tdsep.gmm.analysis import Analysis, analyse
from tdsep.gmm.arrays import delays_at_microphones, find_in_array
from tdsep.gmm.checks import check_options, check_shape, checked_peak
from tdsep.gmm.geometry import SPEED_OF_SOUND, angle_of_delay
from tdsep.gmm.parts import Parts, make_parts
from tdsep.gmm.talkers import LONGEST_DELAY, TalkerSearch
from tdsep.gmm.windows import candidate_windows, overlap
from tdsep.spatial.noise import noise_floor
from tdsep.spatial.separate import Refinement
from tdsep.stft import checked_hop, stft, window_length

#: What is learned of the room needs this much sound, in seconds, to be better than a mask, and a
#: demixing to be better than a Wiener filter.
LEAST_SECONDS = {"wiener": 2.0, "demix": 4.0}
#: Window in seconds in which noise is heard between syllables.
NOISE_WINDOW = 0.064
#: Lowest sampling rate in Hz: below it nothing is left of a voice.
LOWEST_RATE = 2000


@dataclass(frozen=True)
class Separation:
    """The parts of a mixture and how they were found.

    Talkers are in the order of their delays: the first is the nearest to the second microphone of
    `pair`.

    Attributes
    ----------
    sources : ndarray [talkers, channels, samples]
        Each talker as all microphones hear that talker; they add up to the mixture.
    output : {"demix", "wiener", "mask"}
        What the parts were made with.
    masks : ndarray [talkers, frequency, frame]
        The masks; for other outputs each talker's share of the power at microphone 1, the mask
        that the separation amounts to. They add up to 1.
    search : TalkerSearch
        The number of talkers, with the evidence for it.
    analysis : Analysis
        The recording under the window chosen, explained by time differences.
    refinement : Refinement or None
        What the directions of the bins added; None where the parts are made by masks.
    overlaps : dict of int to float
        The overlap of the parts by each window tried, in samples; the least was chosen.
    pair : (int, int)
        The channels whose time differences these are, from 0.
    microphone_delays : ndarray [talkers, channels]
        How much later than microphone 1 each microphone hears each talker, in seconds.
    rate : int
        Sampling rate in Hz.
    spacing : float or None
        Distance between the microphones in metres, if it was given.
    peak : float
        Largest magnitude of the mixture; `analysis` is of the mixture over it.
    """

    sources: np.ndarray
    output: str
    masks: np.ndarray
    search: TalkerSearch
    analysis: Analysis
    refinement: Refinement | None
    overlaps: dict[int, float]
    pair: tuple[int, int]
    microphone_delays: np.ndarray
    rate: int
    spacing: float | None
    peak: float

    @property
    def delays(self) -> np.ndarray:
        """Time difference of each talker in seconds, increasing, [talkers]."""
        return self.analysis.delays

    @cached_property
    def posteriors(self) -> np.ndarray:
        """Whose each bin is by its time difference or phase, [talkers, frequency, frame]."""
        return self.analysis.posteriors()

    @property
    def angles(self) -> np.ndarray | None:
        """Direction of each talker in degrees.

        None without the spacing, or of more than two microphones, which may stand anywhere.
        """
        if self.spacing is None or self.sources.shape[1] > 2:
            return None
        return angle_of_delay(self.delays, self.spacing)

    def spectrum(self, talker: int) -> np.ndarray:
        """Spectrum of a talker at microphone 1 on the scale of `analysis`, [frequency, frame]."""
        scaled = self.sources[talker, 0] / self.peak
        return stft(scaled, self.analysis.n_fft, self.analysis.hop_length)


def separate_talkers(
    mixture: np.ndarray,
    rate: int,
    n_talkers: int | None = None,
    *,
    method: str = METHODS[0],
    output: str = OUTPUTS[0],
    mask: str = MASKS[0],
    spacing: float | None = None,
    n_fft: int | None = None,
    hop_length: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Separation:
    """Separate people who talk at the same time into two microphones or more.

    Parameters
    ----------
    mixture : ndarray [channels, samples]
        What 2 to 8 microphones recorded.
    rate : int
        Sampling rate in Hz.
    n_talkers : int, optional
        1 to 6; by default found from the recording, up to 4.
    method : {"wrapped-phase", "lecture"}
        The mixture over the phases of all bins, or the textbook's over the time differences.
    output : {"auto", "demix", "wiener", "mask"}
        What the parts are made with, once the mixture has said whose each bin is likely to be:
        linear demixing, for as many talkers as microphones or fewer; the multichannel Wiener
        filter of a full-rank model, for any number; or masks alone. By default the first that
        can be used, where the recording is long enough to learn it from; masks by the lecture's
        method, with binary masks and for one talker.
    mask : {"soft", "binary"}
        Share each bin out by the talkers' responsibilities, or give it to the likeliest.
    spacing : float, optional
        Distance between the microphones in metres, of several the longest. It bounds the delays,
        and of two gives angles.
    n_fft : int, optional
        Window length in samples. By default several are tried, and that is taken whose parts
        overlap least; for masks 128 ms.
    hop_length : int, optional
        Samples between windows; a quarter of the window by default. Given, only the shortest
        window is tried unless `n_fft` is given, too.
    seed : int
        Of the demixing's random start.
    progress : callable, optional
        Called with the share of the work done, 0 to 1.

    Returns
    -------
    Separation

    Raises
    ------
    UnsuitableInputError
        If the recording is mono or has more than eight channels, is shorter than one window, or a
        channel is silent, or two hold the same sound.
    ParameterError
        If an option has a value that cannot work.

    References
    ----------
    O. Yilmaz, S. Rickard, "Blind separation of speech mixtures via time-frequency masking",
    IEEE Trans. Signal Processing 52 (7), 2004 (masks from time differences). The models' own
    references stand in `tdsep.gmm` and `tdsep.spatial`, in the module of each.

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
    check_options(n_talkers, method, output, mask, spacing)
    check_shape(mixture)
    peak = checked_peak(mixture, rate, n_fft, hop_length)
    scaled = np.divide(mixture, peak, dtype=np.float64)
    offset = scaled.mean(axis=1, keepdims=True)  # of the converter: it would set in as a click
    scaled = (scaled - offset).astype(np.float32)
    longest = LONGEST_DELAY if spacing is None else 1.1 * spacing / SPEED_OF_SOUND

    search, pair = find_in_array(scaled, rate, n_talkers, max_delay=longest)
    report(0.1)
    output = _chosen_output(output, method, mask, search.n_talkers, mixture, rate)
    windows = [n_fft] if n_fft else candidate_windows(output, rate, mixture.shape[1])
    if hop_length:
        windows = windows[:1]
    noise = noise_floor(scaled, window_length(rate, NOISE_WINDOW)) if output == "demix" else None
    overlaps: dict[int, float] = {}
    chosen: Parts | None = None
    analyse_by = partial(analyse, scaled, rate, delays=search.delays, pair=pair, method=method)
    for done, window in enumerate(windows):
        analysis = analyse_by(window, checked_hop(window, hop_length))
        parts = make_parts(analysis, scaled.shape[1], output, mask, noise, seed)
        overlaps[window] = overlap(parts.sources[:, 0], rate)
        if chosen is None or overlaps[window] < overlaps[chosen.n_fft]:
            chosen = parts
        report(0.1 + 0.8 * (done + 1) / len(windows))
    assert chosen is not None
    if analysis.n_fft != chosen.n_fft:  # again, rather than two held in memory all the while
        analysis = analyse_by(chosen.n_fft, checked_hop(chosen.n_fft, hop_length))
    refinement = chosen.refinement
    masks = chosen.masks()
    posteriors = masks if refinement is None else refinement.posteriors
    delays = delays_at_microphones(analysis.spectrum, posteriors, rate, analysis.n_fft, longest)
    sources = chosen.sources.astype(np.result_type(mixture, np.float32), copy=False)
    sources += (offset / len(sources)).astype(np.float32)
    sources *= peak
    report(1.0)
    return Separation(
        sources, output, masks, search, analysis, refinement, overlaps, pair, delays, rate,
        spacing, peak,
    )  # fmt: skip


def _chosen_output(
    output: str, method: str, mask: str, n_talkers: int, mixture: np.ndarray, rate: int
) -> str:
    """Settle what `auto` stands for, and refuse what cannot be done."""
    n_channels, n_samples = mixture.shape
    if output == "demix" and n_talkers > n_channels:
        raise ParameterError(
            f"{n_talkers} talkers cannot be demixed from {n_channels} microphones: "
            "choose the output wiener or auto"
        )
    if output in ("demix", "wiener") and mask == "binary":
        raise ParameterError(f"a binary mask has no part in the output {output}: choose mask")
    if n_talkers == 1:
        return "mask"
    if output != "auto":
        return output
    seconds = n_samples / rate
    if method == "lecture" or mask == "binary" or seconds < LEAST_SECONDS["wiener"]:
        return "mask"
    if n_talkers > n_channels or seconds < LEAST_SECONDS["demix"]:
        return "wiener"
    return "demix"
