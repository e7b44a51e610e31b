"""Sound files made fit for a page: something to hear, and something to see."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.fft
import soundfile
import soxr

from tdsep.audio import SoundReader, open_sound
from tdsep.errors import InputError
from tdsep.formats import MP3_RATES
from tdsep.stft import window_length

#: No page holds more of a recording, in seconds.
LONGEST = 300.0
#: Steps of time and of frequency that a picture has at most.
COLUMNS, ROWS = 1200, 128
#: Quality of the MP3, from 0 to 1, by the number of tracks, so that a page stays small: half a
#: minute of 48 kHz stereo takes less than 3 MB with any number up to 7.
_SHARED, _LESS, _WORST, _BEST = 1.4, 0.15, 0.05, 0.6
#: Window of the pictures in seconds; samples read at a time.
_WINDOW, _PIECE = 0.046, 1 << 17
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
    named: dict[str, str | None] = dict(parts)
    if mixture is not None or summed is not None:
        named = {"mixture": mixture, **parts}
    with ExitStack() as stack:
        sounds = [stack.enter_context(open_sound(files[name])) for name in named.values() if name]
        rate, (n_channels, n_samples) = sounds[0].info.rate, sounds[0].shape
        for sound, name in zip(sounds, filter(None, named.values()), strict=True):
            if (sound.info.rate, sound.shape) != (rate, (n_channels, n_samples)):
                raise InputError(
                    f"{files[name]}: is not of the rate, channels and length of the others: run "
                    "the command again"
                )
        length = min(n_samples, round(LONGEST * rate))
        over = None if mixture is not None else summed
        peak = max(float(np.abs(block).max()) for block in _blocks(sounds, length, over))
        gain = 1.0 if _AUDIBLE[0] <= peak <= _AUDIBLE[1] or peak == 0 else _PEAK / peak
        quality = min(max(_SHARED / len(named) - _LESS, _WORST), _BEST)
        encoders = [_Encoder(rate, min(n_channels, 2), quality) for _ in named]
        meters = [_Meter(rate, n_channels, length) for _ in named]
        with ThreadPoolExecutor() as pool:  # encoding takes longest, and leaves Python alone
            for block in _blocks(sounds, length, over):
                heard = [pool.submit(encoder.write, samples[:2] * gain)
                         for encoder, samples in zip(encoders, block, strict=True)]  # fmt: skip
                for meter, samples in zip(meters, block, strict=True):
                    meter.see(samples)
                for encoding in heard:
                    encoding.result()
    tracks = [
        Track(name, file, encoder.finished(), meter.finished())
        for (name, file), encoder, meter in zip(named.items(), encoders, meters, strict=True)
    ]
    return Recording(tracks, length / rate, n_samples / rate, rate, n_channels, gain)


def _blocks(
    sounds: Sequence[SoundReader], length: int, summed: float | None
) -> Iterator[np.ndarray]:
    """Yield sounds piece by piece, [sounds, channels, samples]; first their sum over a gain."""
    for start in range(0, length, _PIECE):
        block = np.stack([sound[..., start : min(start + _PIECE, length)] for sound in sounds])
        if summed is not None:
            block = np.concatenate([block.sum(axis=0, keepdims=True) / summed, block])
        yield block


class _Encoder:
    """Samples, [channels, samples], to MP3, which every browser plays."""

    def __init__(self, rate: int, n_channels: int, quality: float) -> None:
        to = max((each for each in MP3_RATES if each <= rate), default=MP3_RATES[0])
        self._resampler = None
        if to != rate:
            self._resampler = soxr.ResampleStream(rate, to, n_channels, dtype="float32")
        self._bytes = io.BytesIO()
        self._file = soundfile.SoundFile(
            self._bytes, "w", to, n_channels, "MPEG_LAYER_III", format="MP3",
            compression_level=1 - quality, bitrate_mode="VARIABLE",
        )  # fmt: skip

    def write(self, samples: np.ndarray) -> None:
        """Take some more."""
        frames = np.ascontiguousarray(samples.T, np.float32)
        self._file.write(self._resampler.resample_chunk(frames) if self._resampler else frames)

    def finished(self) -> bytes:
        """Return the file."""
        if self._resampler:
            rest = np.zeros((0, self._file.channels), np.float32)
            self._file.write(self._resampler.resample_chunk(rest, last=True))
        self._file.close()
        return self._bytes.getvalue()


class _Meter:
    """Samples, [channels, samples], to mean powers in bands and steps of time."""

    def __init__(self, rate: int, n_channels: int, length: int) -> None:
        self._n_fft = window_length(rate, _WINDOW)
        self._hop = self._n_fft // 2
        n_frames = -(-length // self._hop)
        self._columns = np.arange(n_frames) * min(COLUMNS, n_frames) // n_frames
        self._sums = np.zeros((ROWS, min(COLUMNS, n_frames)))
        self._frame = 0
        # The first frame is centred on the first sample.
        self._rest = np.zeros((n_channels, self._n_fft // 2))
        self._window = np.hanning(self._n_fft)
        # What of each bin's power falls into each band, so that what is narrower than a bin sees it
        bins = (np.arange(self._n_fft // 2 + 2) - 0.5).clip(0) * rate / self._n_fft
        edges = band_edges(rate)
        low, high = np.maximum.outer(edges[:-1], bins[:-1]), np.minimum.outer(edges[1:], bins[1:])
        self._bands = (high - low).clip(0) / np.diff(edges)[:, None]

    def see(self, samples: np.ndarray) -> None:
        """Take some more."""
        self._rest = np.concatenate([self._rest, samples], axis=1)
        count = (self._rest.shape[1] - self._n_fft) // self._hop + 1
        if count > 0:
            self._add(count)

    def _add(self, count: int) -> None:
        """Add the next frames."""
        count = min(count, len(self._columns) - self._frame)
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, self._n_fft, axis=1)
        for first in range(0, count, 64):
            some = frames[:, : count * self._hop : self._hop][:, first : min(first + 64, count)]
            spectra = scipy.fft.rfft(some * self._window, axis=2)
            powers = self._bands @ (np.abs(spectra) ** 2).sum(axis=0).T
            at = self._frame + first
            places, starts = np.unique(self._columns[at : at + powers.shape[1]], return_index=True)
            self._sums[:, places] += np.add.reduceat(powers, starts, axis=1)
        self._frame += count
        self._rest = self._rest[:, count * self._hop :]

    def finished(self) -> np.ndarray:
        """Return the powers, [rows, columns]."""
        missing = len(self._columns) - self._frame
        if missing:
            self._rest = np.pad(self._rest, ((0, 0), (0, missing * self._hop + self._n_fft)))
            self._add(missing)
        return self._sums / np.bincount(self._columns)
