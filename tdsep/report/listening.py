"""Sound files made fit for a page: something to hear, and something to see."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from tdsep.audio import SoundReader, open_sound, probe
from tdsep.errors import InputError
from tdsep.formats import MP3_RATES
from tdsep.sounds import Sound
from tdsep.stft import levels, n_frames, stft_frames, window_length
from tdsep.workers import workers

#: No page holds more of a recording, in seconds.
LONGEST = 300.0
#: Steps of time and of frequency that a picture has at most.
COLUMNS, ROWS = 1200, 128
#: Quality of the MP3, from 0 to 1, by the number of tracks, so that a page stays small: half a
#: minute of 48 kHz stereo takes less than 3 MB with any number up to 7.
_SHARED, _LESS, _WORST, _BEST = 1.4, 0.15, 0.05, 0.6
#: Window of the pictures in seconds; samples, and frames, that are read at a time.
_WINDOW, _PIECE, _FRAMES = 0.046, 1 << 17, 256
#: What a page plays is brought to this peak if its own is not in this range.
_PEAK, _AUDIBLE = 0.9, (0.05, 1.0)


@dataclass(frozen=True)
class Track:
    """A sound on a page.

    Attributes
    ----------
    name : str
    file : str or None
        Name of the file that holds it whole; None if it is the sum of the others.
    mp3 : bytes
    powers : ndarray [rows, columns]
        Mean power in each band of `band_edges` and step of time.
    """

    name: str
    file: str | None
    mp3: bytes
    powers: np.ndarray


@dataclass(frozen=True)
class Recording:
    """What is heard on a page.

    Attributes
    ----------
    tracks : list of Track
        The mixture first, where it is known.
    seconds : float
        How long each track is.
    whole : float
        How long the files are, in seconds.
    rate : int
        Of the files, in Hz.
    channels : int
        Of the files; a page plays no more than the first two.
    gain : float
        At which the page plays.
    """

    tracks: list[Track]
    seconds: float
    whole: float
    rate: int
    channels: int
    gain: float


def band_edges(rate: int) -> np.ndarray:
    """Edges in Hz of the bands that a picture shows, equal steps of pitch as mel has it."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    return 700 * (10 ** (np.linspace(0, highest, ROWS + 1) / 2595) - 1)


def listen(
    parts: Mapping[str, str], mixture: str | None, summed: float | None, files: Mapping[str, Path]
) -> Recording:
    """Make the tracks of a page.

    Parameters
    ----------
    parts : mapping of str to str
        The parts' files by their names.
    mixture : str or None
        The mixture's file, where there is one.
    summed : float or None
        Where there is none, the mixture is the parts' sum over this gain; None if parts lack.
    files : mapping of str to Path
        Where the files lie.

    Raises
    ------
    InputError
        If one cannot be read, or they are not alike.
    """
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(_beginning(files[file]))
            for name, file in {**({"mixture": mixture} if mixture else {}), **parts}.items()
        }
        first, *others = opened.values()
        rate, shape = first.info.rate, first.shape
        for name, sound in opened.items():
            if (sound.info.rate, sound.shape) != (rate, shape):
                raise InputError(
                    f"{files[parts[name]]}: is not of the rate, channels and length of the others: "
                    "run the command again"
                )
        sounds: dict[str, Sound] = dict(opened)
        if mixture is None and summed is not None:
            sounds = {"mixture": _Sum([first, *others], summed), **opened}
        quality = min(max(_SHARED / len(sounds) - _LESS, _WORST), _BEST)
        with workers() as run:
            peak = max(run(_peak, sounds.values()))
            gain = 1.0 if _AUDIBLE[0] <= peak <= _AUDIBLE[1] or peak == 0 else _PEAK / peak

            def track(name: str) -> Track:
                sound = sounds[name]
                file = parts.get(name, mixture)
                return Track(name, file, _mp3(sound, rate, gain, quality), _powers(sound, rate))

            tracks = run(track, sounds)
    return Recording(tracks, shape[1] / rate, first.info.frames / rate, rate, shape[0], gain)


class _Sum:
    """Sounds added up, over a gain: a sound, too."""

    dtype = np.dtype("float64")

    def __init__(self, sounds: Sequence[Sound], gain: float) -> None:
        self._sounds, self._gain = sounds, gain
        self.shape = sounds[0].shape

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return samples, [channels, samples]."""
        total = sum((sound[key] for sound in self._sounds), np.zeros(1, self.dtype))
        return total / self._gain


def _beginning(path: Path) -> AbstractContextManager[SoundReader]:
    """Open what a page holds of a file."""
    info = probe(path)
    return open_sound(path, 0.0, LONGEST if info.frames > LONGEST * info.rate else None)


def _pieces(sound: Sound) -> Iterator[np.ndarray]:
    for start in range(0, sound.shape[1], _PIECE):
        yield sound[..., start : start + _PIECE]


def _peak(sound: Sound) -> float:
    return max(float(np.abs(piece).max()) for piece in _pieces(sound))


def _mp3(sound: Sound, rate: int, gain: float, quality: float) -> bytes:
    """Encode a sound, its first two channels, as MP3, which every browser plays."""
    to = max((each for each in MP3_RATES if each <= rate), default=MP3_RATES[0])
    n_channels = min(sound.shape[0], 2)
    resampler = soxr.ResampleStream(rate, to, n_channels, dtype="float32")
    encoded = io.BytesIO()
    with soundfile.SoundFile(
        encoded, "w", to, n_channels, "MPEG_LAYER_III", format="MP3",
        compression_level=1 - quality, bitrate_mode="VARIABLE",
    ) as file:  # fmt: skip
        for piece in _pieces(sound):
            frames = np.ascontiguousarray((gain * piece[:2]).T, np.float32)
            file.write(frames if to == rate else resampler.resample_chunk(frames))
        if to != rate:
            rest = np.zeros((0, n_channels), np.float32)
            file.write(resampler.resample_chunk(rest, last=True))
    return encoded.getvalue()


def _powers(sound: Sound, rate: int) -> np.ndarray:
    """Mean power of all channels in each band and step of time, [rows, columns]."""
    n_fft = window_length(rate, _WINDOW)
    hop = n_fft // 2
    count = n_frames(sound.shape[1], n_fft, hop)
    columns = np.arange(count) * min(COLUMNS, count) // count
    sums = np.zeros((ROWS, columns[-1] + 1))
    bands = _bands(rate, n_fft)
    for first in range(0, count, _FRAMES):
        last = min(first + _FRAMES, count)
        powers = bands @ levels(stft_frames(sound, first, last, n_fft, hop), 2)
        places, starts = np.unique(columns[first:last], return_index=True)
        sums[:, places] += np.add.reduceat(powers, starts, axis=1)
    return sums / np.bincount(columns)


def _bands(rate: int, n_fft: int) -> np.ndarray:
    """Share of each bin in each band, [rows, bins]: what is narrower than a bin sees it, too."""
    bins = (np.arange(n_fft // 2 + 2) - 0.5).clip(0) * rate / n_fft
    edges = band_edges(rate)
    low, high = np.maximum.outer(edges[:-1], bins[:-1]), np.minimum.outer(edges[1:], bins[1:])
    return (high - low).clip(0) / np.diff(edges)[:, None]
