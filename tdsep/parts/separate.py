"""A sound taken apart into patterns: what each looks like, and when it is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tdsep.errors import ParameterError
from tdsep.parts import MOST_PARTS
from tdsep.parts.decomposition import Decomposer, Decomposition
from tdsep.parts.pitch import pitch
from tdsep.sounds import checked_sound
from tdsep.stft import checked_hop, frequencies, masked, spectrogram, window_length

#: Window in seconds.
WINDOW = 0.064
#: Shortest sound, in seconds.
SHORTEST = 0.5
#: Shares of the work done once the parts are counted, and once they are decomposed.
_COUNTED, _DECOMPOSED = 0.2, 0.9


@dataclass(frozen=True, eq=False)
class PartsSeparation:
    """A sound's parts, the lowest first, and what they were made from.

    Attributes
    ----------
    sound : ndarray [channels, samples]
    rate : int
        In Hz.
    n_fft, hop_length : int
    sources : list of ndarray [channels, samples]
        The parts; they add up to the sound.
    pitches : tuple of float or None
        In Hz, of each part that has one.
    decomposition : Decomposition
        Of the spectrogram.
    power : int
        Whether that is of magnitudes (1) or of powers (2).
    counted : bool
        Whether the number of parts was found from the sound.
    """

    sound: np.ndarray
    rate: int
    n_fft: int
    hop_length: int
    sources: list[np.ndarray]
    pitches: tuple[float | None, ...]
    decomposition: Decomposition
    power: int
    counted: bool

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self.sources)


def separate_parts(
    sound: np.ndarray,
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
    sound : ndarray [channels, samples] or [samples]
        Any number of channels; all are masked alike.
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
    decomposer = Decomposer(
        spectrogram(sound, n_fft, hop_length, power), hop_length / rate, width, divergence,
        n_iter, seed,
    )  # fmt: skip
    wanted = min(decomposer.count(), MOST_PARTS) if n_parts is None else n_parts
    if wanted > decomposer.spectrogram.shape[1]:
        raise ParameterError(
            f"{wanted} parts are more than the {decomposer.spectrogram.shape[1]} windows that the "
            "sound has: give fewer, or a shorter hop_length"
        )
    report(_COUNTED)
    decomposition = decomposer.decompose(
        wanted, lambda share: report(_COUNTED + (_DECOMPOSED - _COUNTED) * share)
    )
    sources = [masked(sound, mask, n_fft, hop_length) for mask in decomposition.masks(2 // power)]
    pitches = [pitch(source.mean(axis=0), rate) for source in sources]
    order = _from_low_to_high(decomposition, pitches, frequencies(rate, n_fft))
    report(1.0)
    return PartsSeparation(
        sound, rate, n_fft, hop_length, [sources[part] for part in order],
        tuple(pitches[part] for part in order), decomposition.ordered(order), power,
        n_parts is None,
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
