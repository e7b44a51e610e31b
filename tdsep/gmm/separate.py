"""Several talkers and two microphones or more: one part of the mixture for each talker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tdsep.errors import ParameterError
from tdsep.gmm import MASKS, METHODS, OUTPUTS
from tdsep.gmm.arrays import delays_at_microphones, find_in_array
from tdsep.gmm.checks import check_length, check_options, check_rate, check_shape
from tdsep.gmm.digest import Digest, digested
from tdsep.gmm.geometry import angle_of_delay
from tdsep.gmm.learning import learn_talkers
from tdsep.gmm.model import TalkerModel
from tdsep.gmm.talkers import TalkerSearch, longest_delay
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.windows import candidate_windows, overlap
from tdsep.masks import power_shares
from tdsep.sounds import Sound
from tdsep.spatial.noise import noise_floor
from tdsep.stft import checked_hop, stft, window_length

#: What is learned of the room needs this much sound, in seconds, to be better than a mask, and a
#: demixing to be better than a Wiener filter.
LEAST_SECONDS = {"wiener": 2.0, "demix": 4.0}
#: Window in seconds in which noise is heard between syllables.
NOISE_WINDOW = 0.064


@dataclass(frozen=True)
class Separation:
    """The parts of a mixture and how they were found.

    Talkers are in the order of their delays: the first is the nearest to the second microphone of
    `pair`. What is learned of a long recording, and what pictures show of it, are some passages;
    the parts are of all of it.

    Attributes
    ----------
    output : {"demix", "wiener", "mask"}
        What the parts are made with.
    model : TalkerModel
        What was learned.
    digest : Digest
        The passages learned from, and the whole recording.
    search : TalkerSearch
        The number of talkers, with the evidence for it.
    overlaps : dict of int to float
        The overlap of the parts by each window tried, in samples; the least was chosen.
    rate : int
        Sampling rate in Hz.
    spacing : float or None
        Distance between the microphones in metres, if it was given.
    """

    output: str
    model: TalkerModel
    digest: Digest
    search: TalkerSearch
    overlaps: dict[int, float]
    rate: int
    spacing: float | None

    def blocks(self) -> Iterator[np.ndarray]:
        """Separate the recording, block after block, [talkers, channels, samples].

        In memory for a few blocks, however long it is.
        """
        digest = self.digest
        share = (digest.offset / self.n_talkers).astype(np.float32)
        for parts in self.model.separate(digest.sound):
            yield (parts + share).astype(digest.dtype, copy=False) * digest.peak

    @cached_property
    def sources(self) -> np.ndarray:
        """Each talker as all microphones hear that talker, [talkers, channels, samples].

        They add up to the mixture.
        """
        return np.concatenate(list(self.blocks()), axis=2)

    @property
    def n_talkers(self) -> int:
        """Number of talkers."""
        return self.search.n_talkers

    @property
    def pair(self) -> tuple[int, int]:
        """The channels whose time differences are compared, from 0."""
        return self.model.pair

    @property
    def delays(self) -> np.ndarray:
        """Time difference of each talker in seconds, increasing, [talkers]."""
        return self.model.delays

    @cached_property
    def spectrum(self) -> np.ndarray:
        """Of the passages learned from, [channel, frequency, frame]."""
        return stft(self.digest.samples, self.model.n_fft, self.model.hop_length)

    @cached_property
    def observed(self) -> TimeDifferences:
        """Of the two microphones compared, in these passages."""
        return self.model.observed(self.spectrum)

    @cached_property
    def posteriors(self) -> np.ndarray:
        """Whose each bin is by its time difference or phase, [talkers, frequency, frame]."""
        return self.model.posteriors(self.spectrum)

    @cached_property
    def refined_posteriors(self) -> np.ndarray | None:
        """Whose each bin is by its direction, [talkers, frequency, frame]; None of masks alone."""
        room = self.model.room
        return None if room is None else room.posteriors(self.spectrum, self.posteriors)

    @cached_property
    def spectra(self) -> np.ndarray:
        """Spectrum of each talker at microphone 1, [talkers, frequency, frame]."""
        return np.stack([image[0] for image in self.model.images(self.spectrum)])

    @cached_property
    def masks(self) -> np.ndarray:
        """Masks, or each talker's share of the power at microphone 1, [talkers, ...].

        The latter is the mask that a separation amounts to. They add up to 1.
        """
        if self.model.room is None:
            return self.model.masks(self.spectrum)
        return power_shares(self.spectra.real**2 + self.spectra.imag**2)

    @cached_property
    def microphone_delays(self) -> np.ndarray:
        """How much later than microphone 1 each microphone hears each talker, in seconds.

        [talkers, channels].
        """
        refined = self.refined_posteriors
        posteriors = self.posteriors if refined is None else refined
        longest = longest_delay(self.spacing)
        return delays_at_microphones(
            self.spectrum, posteriors, self.rate, self.model.n_fft, longest
        )

    @property
    def angles(self) -> np.ndarray | None:
        """Direction of each talker in degrees.

        None without the spacing, or of more than two microphones, which may stand anywhere.
        """
        if self.spacing is None or self.digest.sound.shape[0] > 2:
            return None
        return angle_of_delay(self.delays, self.spacing)


def separate_talkers(
    mixture: Sound,
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
    mixture : Sound [channels, samples]
        What 2 to 8 microphones recorded, as an array, or read when it is asked for. What is
        learned of it, 40 s are enough for: of a longer one passages with sound from all
        directions.
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
    if not hasattr(mixture, "shape"):
        mixture = np.asarray(mixture)
    check_rate(rate)
    check_options(n_talkers, method, output, mask, spacing)
    check_shape(mixture)
    check_length(mixture.shape[1], rate, n_fft, hop_length)
    digest = digested(mixture, rate, longest_delay(spacing))
    report(0.05)
    search, pair = find_in_array(digest.samples, rate, n_talkers, max_delay=longest_delay(spacing))
    report(0.1)
    output = _chosen_output(output, method, mask, search.n_talkers, mixture.shape, rate)
    windows = [n_fft] if n_fft else candidate_windows(output, rate, digest.samples.shape[1])
    if hop_length:
        windows = windows[:1]
    noise = None
    if output == "demix":
        noise = noise_floor(digest.samples, window_length(rate, NOISE_WINDOW))
    overlaps: dict[int, float] = {}
    chosen: TalkerModel | None = None
    for done, window in enumerate(windows):
        model = learn_talkers(
            digest.samples, rate, window, checked_hop(window, hop_length), search.delays,
            pair=pair, method=method, output=output, mask=mask, noise=noise, seed=seed,
        )  # fmt: skip
        overlaps[window] = overlap(_at_first_microphone(model, digest.samples), rate)
        if chosen is None or overlaps[window] < overlaps[chosen.n_fft]:
            chosen = model
        report(0.1 + 0.85 * (done + 1) / len(windows))
    assert chosen is not None
    report(1.0)
    return Separation(output, chosen, digest, search, overlaps, rate, spacing)


def _at_first_microphone(model: TalkerModel, recording: np.ndarray) -> np.ndarray:
    """Separate what microphone 1 hears, [talkers, samples]."""
    return np.concatenate([parts[:, 0] for parts in model.separate(recording)], axis=1)


def _chosen_output(
    output: str, method: str, mask: str, n_talkers: int, shape: tuple[int, ...], rate: int
) -> str:
    """Settle what `auto` stands for, and refuse what cannot be done."""
    n_channels, n_samples = shape
    if output == "demix" and n_talkers > n_channels:
        raise ParameterError(
            f"{n_talkers} talkers cannot be demixed from {n_channels} microphones: "
            "choose `output` wiener or auto"
        )
    if output in ("demix", "wiener") and mask == "binary":
        raise ParameterError(f"`mask` binary is for `output` mask, not for {output}: choose one")
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
