"""A sound taken apart into patterns: what each looks like, and when it is heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tdsep.errors import ParameterError
from tdsep.parts import MOST_PARTS
from tdsep.parts.decomposition import Decomposer, Decomposition
from tdsep.parts.excerpt import Excerpt, excerpt
from tdsep.parts.pitch import pitch
from tdsep.sounds import Sound, checked_sound
from tdsep.stft import (
    Block,
    blocks,
    checked_hop,
    frequencies,
    in_units,
    istft,
    levels,
    masked,
    n_frames,
    sound_levels,
    stft_frames,
    window_length,
)
from tdsep.workers import a_few_ahead

#: Window in seconds.
WINDOW = 0.064
#: Shortest sound, in seconds.
SHORTEST = 0.5
#: Of a block of a long sound so many widths of a basis more are looked at on either side: what
#: sounds across its ends is then found as if it had none.
_AROUND = 3
#: Shares of the work done once the parts are counted, and once they are decomposed.
_COUNTED, _DECOMPOSED = 0.2, 0.9


@dataclass(frozen=True, eq=False)
class PartsSeparation:
    """A sound's parts, the lowest first, and what they were made from.

    Parts are learned from all of a short sound, and from passages of a long one; so is what is told
    and shown of them. The parts themselves are of all of it.

    Attributes
    ----------
    sound : Sound [channels, samples]
    rate : int
        In Hz.
    n_fft, hop_length : int
    excerpt : Excerpt
        The sound, or the passages learned from.
    unit : float
        What counts as 1 in its spectrogram.
    pitches : tuple of float or None
        In Hz, of each part that has one.
    decomposition : Decomposition
        Of the excerpt's spectrogram.
    power : int
        Whether that is of magnitudes (1) or of powers (2).
    n_iter : int
        Iterations of a factorisation, at most.
    counted : bool
        Whether the number of parts was found from the sound.
    """

    sound: Sound
    rate: int
    n_fft: int
    hop_length: int
    excerpt: Excerpt
    unit: float
    pitches: tuple[float | None, ...]
    decomposition: Decomposition
    power: int
    n_iter: int
    counted: bool

    def blocks(self) -> Iterator[np.ndarray]:
        """Take the sound apart, block after block, [parts, channels, samples], float32.

        In memory for the excerpt and a few blocks, however long the sound is.
        """
        n_channels, n_samples = self.sound.shape

        def take(block: Block) -> np.ndarray:
            spectrum, masks = self._known(block) if self._is_whole else self._found(block)
            parts = np.empty((self.n_parts, n_channels, block.n_samples), np.float32)
            for part, mask in zip(parts, masks, strict=True):
                part[:] = istft(mask * spectrum, block.n_samples, self.n_fft, self.hop_length)
            return parts

        return a_few_ahead(take, blocks(n_samples, self.n_fft, self.hop_length))

    @cached_property
    def sources(self) -> np.ndarray:
        """The parts, [parts, channels, samples]; they add up to the sound."""
        return np.concatenate(list(self.blocks()), axis=2)

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return self.decomposition.n_parts

    def masks(self) -> Iterator[np.ndarray]:
        """Return each part's share of each bin of the excerpt, [frequency, frame]."""
        return self.decomposition.masks(self._exponent)

    @property
    def _exponent(self) -> int:
        """Of a model, to be of powers."""
        return 2 // self.power

    @property
    def _is_whole(self) -> bool:
        return len(self.excerpt.passages) == 1

    def _known(self, block: Block) -> tuple[np.ndarray, Iterator[np.ndarray]]:
        """Spectrum and masks of a block of the sound that was learned from whole."""
        frames = block.frames
        spectrum = stft_frames(
            self.excerpt.samples, frames.start, frames.stop, self.n_fft, self.hop_length
        )
        return spectrum, self.decomposition.masks(self._exponent, frames)

    def _found(self, block: Block) -> tuple[np.ndarray, Iterator[np.ndarray]]:
        """Spectrum and masks of a block, the bases being those learned."""
        frames = block.frames
        width = self.decomposition.spectra().shape[2]
        around = _AROUND * (width - 1)
        count = n_frames(self.sound.shape[1], self.n_fft, self.hop_length)
        first, last = max(0, frames.start - around), min(frames.stop + around, count)
        spectrum = stft_frames(self.sound, first, last, self.n_fft, self.hop_length)
        heard = in_units(levels(spectrum, self.power), self.unit)
        inner = slice(frames.start - first, frames.stop - first)
        found = self.decomposition.heard_in(heard, self.n_iter)
        return spectrum[..., inner], found.masks(self._exponent, inner)


def separate_parts(
    sound: Sound,
    rate: int,
    n_parts: int | None = None,
    *,
    width: int = 1,
    divergence: str | float = "kullback-leibler",
    n_iter: int = 200,
    n_fft: int | None = None,
    hop_length: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> PartsSeparation:
    """Take a sound apart into patterns that recur in it: notes, drums, a machine's cycle.

    Its spectrogram is factorised into bases and activations, and each basis with its activations is
    a part that gets its share of every bin.

    Parameters
    ----------
    sound : Sound [channels, samples], or array_like [channels, samples] or [samples]
        An array, or read when it is asked for. Any number of channels; all are masked alike. Of a
        sound longer than two minutes the parts are learned from passages, two minutes together.
    rate : int
        Sampling rate in Hz.
    n_parts : int, optional
        How many; by default as many as there are, among more bases than enough, groups that neither
        look alike nor are heard together.
    width : int
        Frames that a basis spans.
    divergence : str or float
        See `tdsep.nmf.factorize`. Itakura-Saito compares powers, any other magnitudes.
    n_iter : int
        Iterations of a factorisation, at most.
    n_fft, hop_length : int, optional
        Window and its hop in samples; about 64 ms, and a quarter of the window, by default.
    seed : int
        Of the random start, for a width above 1; the same gives the same bytes.
    progress : callable, optional
        Called with the share of the work done, 0 to 1.

    Returns
    -------
    PartsSeparation

    Raises
    ------
    UnsuitableInputError
        If the sound is silent, too short, or holds samples that are no numbers.
    ParameterError
        If an option has a value that cannot work.

    References
    ----------
    P. Smaragdis, J. C. Brown, "Non-negative matrix factorization for polyphonic music
    transcription", WASPAA 2003 (notes as bases).
    P. Smaragdis, "Non-negative matrix factor deconvolution", ICA 2004 (width).

    Examples
    --------
    >>> import soundfile, tdsep
    >>> piece, rate = soundfile.read("data/three_notes.wav")
    >>> found = tdsep.separate_parts(piece, rate, 3)
    >>> [round(pitch) for pitch in found.pitches]
    [263, 332, 392]
    """
    report = progress or (lambda share: None)
    sound = checked_sound(sound, rate, SHORTEST)
    if n_parts is not None and not 1 <= n_parts <= MOST_PARTS:
        raise ParameterError(f"{n_parts} parts were asked for: give 1 to {MOST_PARTS}")
    n_fft = window_length(rate, WINDOW) if n_fft is None else n_fft
    hop_length = checked_hop(n_fft, hop_length)
    power = 2 if divergence in ("itakura-saito", 0) else 1
    learned = excerpt(sound, rate, n_fft)
    heard = sound_levels(learned.samples, n_fft, hop_length, power)
    unit = float(heard.mean())
    decomposer = Decomposer(
        in_units(heard, unit), hop_length / rate, width, divergence, n_iter, seed
    )
    del heard  # it is large
    wanted = min(decomposer.count(), MOST_PARTS) if n_parts is None else n_parts
    if wanted > decomposer.spectrogram.shape[1]:
        raise ParameterError(
            f"{wanted} parts are more than the {decomposer.spectrogram.shape[1]} windows that the "
            "sound has: give fewer, or a shorter `hop_length`"
        )
    report(_COUNTED)
    decomposition = decomposer.decompose(
        wanted, lambda share: report(_COUNTED + (_DECOMPOSED - _COUNTED) * share)
    )
    del decomposer
    middle = learned.samples.mean(axis=0)  # all channels are masked alike
    pitches = [
        pitch(masked(middle, mask, n_fft, hop_length), rate)
        for mask in decomposition.masks(2 // power)
    ]
    order = _from_low_to_high(decomposition, pitches, frequencies(rate, n_fft))
    report(1.0)
    return PartsSeparation(
        sound, rate, n_fft, hop_length, learned, unit, tuple(pitches[part] for part in order),
        decomposition.ordered(order), power, n_iter, n_parts is None,
    )  # fmt: skip


def _from_low_to_high(
    decomposition: Decomposition, pitches: list[float | None], bands: np.ndarray
) -> np.ndarray:
    """Order parts by their pitch, or by where their spectrum is centred if they have none."""
    centres = bands @ decomposition.spectra().sum(axis=2)
    places = [
        centre if found is None else found for found, centre in zip(pitches, centres, strict=True)
    ]
    return np.argsort(places, kind="stable")
