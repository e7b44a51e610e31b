"""One pass over a recording: whether it suits the method, and what of it to learn from.

A recording of any length is read piece by piece. What the method learns, it learns from a bounded
part of a long one: the passages that between them hold most from every direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import scipy.fft

from tdsep.errors import UnsuitableInputError
from tdsep.gmm.checks import SAME, SILENT
from tdsep.passages import faded_together
from tdsep.sounds import Sound

#: What is learned from of a long recording, and each passage of it, in seconds.
LEARNED, PASSAGE = 40.0, 5.0
#: Directions are looked at in windows this long, this far apart, in seconds, and this finely.
_WINDOW, _STEP, _DIRECTIONS = 0.064, 0.25, 64
#: Samples read at a time.
_PIECE = 1 << 18


@dataclass
class Sums:
    """Sums over a recording's samples, in units of the largest magnitude so far."""

    n_channels: int
    n_samples: int = 0
    peak: float = 0.0
    total: np.ndarray = field(init=False)
    products: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros(self.n_channels)
        self.products = np.zeros((self.n_channels, self.n_channels))

    def add(self, samples: np.ndarray) -> None:
        """Add samples, [channels, samples].

        Raises
        ------
        UnsuitableInputError
            If some are no numbers.
        """
        highest, lowest = float(samples.max()), float(samples.min())
        if not (np.isfinite(highest) and np.isfinite(lowest)):
            raise UnsuitableInputError("holds samples that are not numbers (NaN or infinite)")
        if (peak := max(highest, -lowest)) > self.peak:
            self.total *= self.peak / peak
            self.products *= (self.peak / peak) ** 2
            self.peak = peak
        scaled = np.divide(samples, self.peak or 1.0, dtype=np.float64)
        self.n_samples += scaled.shape[1]
        self.total += scaled.sum(axis=1)
        self.products += scaled @ scaled.T

    @property
    def offset(self) -> np.ndarray:
        """Mean of each channel over the peak, [channels, 1]: of the converter."""
        return (self.total / self.n_samples)[:, None]

    def check(self) -> None:
        """Raise UnsuitableInputError unless every channel holds a sound of its own."""
        mean = self.offset[:, 0]
        products = self.products - self.n_samples * np.outer(mean, mean)
        level = np.sqrt(np.maximum(np.diag(products), 0))
        if level.max() <= 1e-7 * np.sqrt(self.n_samples):
            raise UnsuitableInputError("is silent: check the recording")
        if level.min() < SILENT * level.max():
            raise UnsuitableInputError(
                f"channel {1 + int(level.argmin())} is silent: check that microphone or its cable"
            )
        for i, j in combinations(range(self.n_channels), 2):
            likeness = abs(products[i, j]) / (level[i] * level[j])
            if 2 - 2 * likeness < SAME**2:
                which = "both channels" if self.n_channels == 2 else f"channels {i + 1} and {j + 1}"
                raise UnsuitableInputError(
                    f"{which} hold the same sound, a mono recording stored twice: "
                    "record with two microphones"
                )


@dataclass(frozen=True)
class Digest:
    """What is learned from of a recording.

    Attributes
    ----------
    samples : ndarray [channels, samples], float32
        Without offset, at a peak of about 1: the whole recording, or passages of it.
    passages : tuple of (start, end)
        Where they are, in seconds; the whole of a short recording.
    sound : Sound
        The whole recording, likewise without offset at a peak of 1.
    peak : float
    offset : ndarray [channels, 1]
        Over the peak.
    dtype : dtype
        Of the recording, at least float32.
    """

    samples: np.ndarray
    passages: tuple[tuple[float, float], ...]
    sound: Scaled
    peak: float
    offset: np.ndarray
    dtype: np.dtype


class Scaled:
    """A recording without the converter's offset, at a peak of 1."""

    def __init__(self, sound: Sound, peak: float, offset: np.ndarray) -> None:
        self._sound, self._peak, self._offset = sound, peak, offset
        self.shape, self.dtype = sound.shape, np.dtype(np.float32)

    def __getitem__(self, key: object) -> np.ndarray:
        """Return samples, [channels, samples]."""
        samples = self._sound[key]
        dtype = np.result_type(samples, np.float32)
        scaled = np.divide(samples, dtype.type(self._peak), dtype=dtype)
        scaled -= self._offset.astype(dtype)
        return scaled.astype(np.float32, copy=False)


def digested(sound: Sound, rate: int, max_delay: float) -> Digest:
    """Read a recording once, and choose what to learn from.

    Parameters
    ----------
    sound : Sound [channels, samples]
    rate : int
        In Hz.
    max_delay : float
        Longest possible delay in seconds.

    Returns
    -------
    Digest

    Raises
    ------
    UnsuitableInputError
        If it holds samples that are no numbers, a channel is silent, or two hold the same sound.
    """
    n_channels, n_samples = sound.shape
    long = n_samples > LEARNED * rate
    length = round(PASSAGE * rate)
    sums = Sums(n_channels)
    directions = []
    for start in range(0, n_samples, length if long else _PIECE):
        piece = sound[..., start : start + (length if long else _PIECE)]
        sums.add(piece)
        if long and piece.shape[1] == length:
            directions.append(_directions(piece, rate, max_delay))
    sums.check()
    scaled = Scaled(sound, sums.peak, sums.offset)
    dtype = np.result_type(sound.dtype, np.float32)
    if not long:
        whole = ((0.0, n_samples / rate),)
        return Digest(scaled[..., :], whole, scaled, sums.peak, sums.offset, dtype)
    chosen = _chosen(np.array(directions), round(LEARNED / PASSAGE))
    samples = faded_together((scaled[..., k * length : (k + 1) * length] for k in chosen), rate)
    passages = tuple((k * PASSAGE, (k + 1) * PASSAGE) for k in chosen)
    return Digest(samples, passages, scaled, sums.peak, sums.offset, dtype)


def _directions(piece: np.ndarray, rate: int, max_delay: float) -> np.ndarray:
    """How much is heard from each direction, [direction], by the outermost microphones.

    A window counts for the delay of its highest generalised cross-correlation (C. Knapp, G.
    Carter, IEEE Trans. ASSP 24 (4), 1976, with the phase transform), and by its amplitude.
    """
    n_fft = scipy.fft.next_fast_len(round(_WINDOW * rate), real=True)
    starts = np.arange(0, piece.shape[1] - n_fft, max(1, round(_STEP * rate)))
    windows = piece[[0, -1]][:, starts[:, None] + np.arange(n_fft)] * np.hanning(n_fft)
    spectra = scipy.fft.rfft(windows.astype(np.float32), axis=-1)
    cross = spectra[0] * spectra[1].conj()
    amplitude = np.sqrt(np.abs(cross).sum(axis=-1, dtype=np.float64))
    cross /= np.abs(cross) + np.finfo(np.float32).tiny
    finer = 4
    reach = min(int(np.ceil(max_delay * rate * finer)), finer * n_fft // 2 - 1)
    lags = np.arange(-reach, reach + 1)
    correlation = scipy.fft.irfft(cross, finer * n_fft, axis=-1)[:, lags]
    best = correlation.argmax(axis=1)
    place = best * _DIRECTIONS // lags.size
    return np.bincount(place, amplitude * correlation[np.arange(best.size), best].clip(0),
                       _DIRECTIONS)  # fmt: skip


def _chosen(directions: np.ndarray, count: int) -> list[int]:
    """Choose passages, [passage, direction], so that no direction is left with little.

    Greedily, each the one that adds most to the sum of the square roots of all directions: more
    of what has been heard already counts less and less. In the order of time.
    """
    heard = np.zeros(directions.shape[1])
    left = list(range(len(directions)))
    chosen = []
    for _ in range(count):
        gains = np.sqrt(heard + directions[left]).sum(axis=1)
        best = left.pop(int(gains.argmax()))
        chosen.append(best)
        heard += directions[best]
    return sorted(chosen)
