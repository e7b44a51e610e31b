"""What a recording holds: its levels, the talkers in it, and where nobody sings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.gmm import MAX_CHANNELS
from tdsep.gmm.arrays import find_in_array
from tdsep.gmm.checks import check_length, check_rate, check_shape
from tdsep.gmm.digest import digested
from tdsep.gmm.talkers import LONGEST_DELAY, TalkerSearch
from tdsep.inspect.levels import Levels, measure
from tdsep.parts.separate import SHORTEST
from tdsep.sounds import Sound, checked_sound
from tdsep.stft import window_length
from tdsep.vocal.intro import find_passages
from tdsep.vocal.passages import Passage
from tdsep.vocal.recording import Recording
from tdsep.vocal.separate import WINDOW, checked_song

#: Seconds in which talkers are looked for; of more pairs of channels fewer, but so many at least.
_TALKING, _LEAST_TALKING = 40.0, 10.0
#: Seconds of the beginning in which a passage without a voice is looked for, and samples of all
#: channels that are held for it.
_SINGING, _HELD = 300.0, 1 << 25


@dataclass(frozen=True)
class Talkers:
    """What the delays between channels say.

    Attributes
    ----------
    search : TalkerSearch or None
        None where the recording does not suit; then `refusal` says why.
    pair : (int, int) or None
        Channels whose delays these are, from 0.
    heard : (float, float)
        Where they were looked for, in seconds.
    refusal : str or None
    """

    search: TalkerSearch | None
    pair: tuple[int, int] | None
    heard: Passage
    refusal: str | None = None

    @property
    def delays(self) -> np.ndarray:
        """Delays believed, in seconds: none where channels have no direction in common."""
        if self.search is None or self.search.scores[1] < self.search.threshold:
            return np.empty(0)
        return self.search.delays


@dataclass(frozen=True)
class Calm:
    """Where nobody seems to sing.

    Attributes
    ----------
    passage : (float, float) or None
        Start and end in seconds; None where there is none; then `refusal` says why.
    heard : (float, float)
        Where it was looked for, in seconds.
    refusal : str or None
    is_song : bool
        Whether the recording could be a song by its rate, length and level.
    """

    passage: Passage | None
    heard: Passage
    refusal: str | None = None
    is_song: bool = True


@dataclass(frozen=True)
class Survey:
    """What was learned of a recording.

    Attributes
    ----------
    rate, n_channels, n_samples : int
    levels : Levels
        Of the whole recording.
    microphones : tuple of int
        Channels, from 0, that hold a sound of their own, as many as a separation can take.
    talkers : Talkers
    calm : Calm
    parts_refusal : str or None
        Why the recording cannot be taken apart.
    """

    rate: int
    n_channels: int
    n_samples: int
    levels: Levels
    microphones: tuple[int, ...]
    talkers: Talkers
    calm: Calm
    parts_refusal: str | None

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.rate


def survey(sound: Sound, rate: int, full_scale: float = 1.0) -> Survey:
    """Learn what a recording holds, in memory for a few minutes of it.

    Levels are of all of it. Talkers are looked for in the 40 s in which most is heard (of several
    pairs of channels fewer), a passage without a voice in the first 5 minutes (less of many
    channels at a high rate).

    Parameters
    ----------
    sound : Sound [channels, samples]
    rate : int
        Sampling rate in Hz.
    full_scale : float
        Magnitude at which its format clips.

    Returns
    -------
    Survey

    Raises
    ------
    UnsuitableInputError
        If a sample is too large to be computed with.
    """
    n_channels, n_samples = sound.shape
    levels = measure(sound, rate, full_scale)
    # Of channels that hold nothing new none can be left out of two, and the refusal names them.
    distinct = levels.distinct[:MAX_CHANNELS]
    microphones = distinct if n_channels > 2 and len(distinct) > 1 else tuple(range(n_channels))
    talkers = _find_talkers(sound, rate, levels, microphones)
    beginning = sound[..., : min(round(_SINGING * rate), _HELD // n_channels)]
    return Survey(
        rate, n_channels, n_samples, levels, distinct, talkers, _find_calm(beginning, rate),
        _refusal_of_parts(beginning, rate),
    )  # fmt: skip


def _find_talkers(sound: Sound, rate: int, levels: Levels, microphones: tuple[int, ...]) -> Talkers:
    """Look for talkers where most is heard, if gmm-separate would take the recording."""
    n_pairs = max(1, len(microphones) * (len(microphones) - 1) // 2)
    seconds = max(_LEAST_TALKING, _TALKING / n_pairs)
    start, stop = levels.loudest(sound.shape[1], round(seconds * rate))
    heard = (start / rate, stop / rate)
    mixture = sound[..., start:stop][list(microphones)]
    try:
        check_rate(rate)
        check_shape(mixture)
        check_length(mixture.shape[1], rate, None, None)
        digest = digested(mixture, rate, LONGEST_DELAY)
    except (UnsuitableInputError, ParameterError) as error:
        return Talkers(None, None, heard, error.in_options)
    search, (first, second) = find_in_array(digest.samples, rate)
    return Talkers(search, (microphones[first], microphones[second]), heard)


def _find_calm(song: np.ndarray, rate: int) -> Calm:
    """Look for a passage without a voice, if nmf-vocal would take the recording."""
    heard = (0.0, song.shape[1] / rate)
    try:
        song = checked_song(song, rate)
    except (UnsuitableInputError, ParameterError) as error:
        return Calm(None, heard, error.in_options, is_song=False)
    n_fft = window_length(rate, WINDOW)
    try:
        (passage,) = find_passages(Recording.of(song, rate, n_fft, n_fft // 4))
    except UnsuitableInputError as error:
        return Calm(None, heard, error.in_options)
    return Calm(passage, heard)


def _refusal_of_parts(sound: np.ndarray, rate: int) -> str | None:
    """Say why nmf-parts would not take the recording."""
    try:
        checked_sound(sound, rate, SHORTEST)
    except (UnsuitableInputError, ParameterError) as error:
        return error.in_options
    return None
