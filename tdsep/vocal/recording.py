"""A song as its methods see it: magnitudes of its frames in one or two views of its channels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tdsep.sounds import Sound
from tdsep.stft import n_frames, stft_frames

#: What magnitudes are raised by, in units of their mean.
FLOOR = 1e-6
#: Two channels that differ by less than this, beside their mean, are one stored twice.
_SAME = 1e-3
#: Two channels whose mean is less than this, beside half their difference, cancel each other.
_CANCELLED = 0.3
#: Frames read at a time.
_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class Recording:
    """A song and its time-frequency representation.

    Attributes
    ----------
    song : Sound [channels, samples]
    rate : int
        In Hz.
    n_fft, hop_length : int
    n_views : int
        What is seen of the channels: their mean and, of two that differ, half their difference.
    unit : float
        Mean magnitude of the first view.
    polarity : int
        -1 where two channels cancel each other: then their difference takes the mean's part.
    """

    song: Sound
    rate: int
    n_fft: int
    hop_length: int
    n_views: int
    unit: float = 1.0
    polarity: int = 1

    @classmethod
    def of(cls, song: Sound, rate: int, n_fft: int, hop_length: int) -> Recording:
        """Choose the views of a song and measure their unit."""
        plain = cls(song, rate, n_fft, hop_length, 2 if song.shape[0] == 2 else 1)
        totals = np.zeros(plain.n_views)
        for start, stop in plain.blocks():
            totals += plain._heard(start, stop).sum(axis=(1, 2), dtype=np.float64)
        polarity = -1 if totals[0] < _CANCELLED * totals[-1] else 1
        first, *others = totals[::polarity]
        n_views = 1 + sum(other > _SAME * first for other in others)
        unit = float(first) / plain.n_frames / (n_fft // 2 + 1)
        return replace(plain, n_views=n_views, unit=unit or 1.0, polarity=polarity)

    @property
    def n_frames(self) -> int:
        """Frames of the whole song."""
        return n_frames(self.song.shape[1], self.n_fft, self.hop_length)

    @property
    def hop(self) -> float:
        """From frame to frame, in seconds."""
        return self.hop_length / self.rate

    def blocks(self) -> list[tuple[int, int]]:
        """Cut all frames into blocks that are small enough to be held."""
        starts = range(0, self.n_frames, _BLOCK)
        return [(start, min(start + _BLOCK, self.n_frames)) for start in starts]

    def magnitudes(self, start: int, stop: int) -> np.ndarray:
        """Magnitudes of some frames, in units of their mean, [views, frequency, frame], float32."""
        magnitudes = self._heard(start, stop)
        magnitudes /= np.float32(self.unit)
        magnitudes += np.float32(FLOOR)
        return magnitudes

    def _heard(self, start: int, stop: int) -> np.ndarray:
        """Magnitudes in the song's own unit, without a floor."""
        channels = stft_frames(self.song, start, stop, self.n_fft, self.hop_length)
        views = [channels.mean(axis=0), (channels[0] - channels[-1]) / 2]
        views = views[:: self.polarity][: self.n_views]
        return np.abs(np.stack(views))

    def frames_within(self, passages: list[tuple[float, float]]) -> np.ndarray:
        """Which frames lie whole within passages (start and end in seconds), [frame] of bool."""
        starts = np.arange(self.n_frames) * self.hop_length - (self.n_fft - self.hop_length)
        inside = np.zeros(self.n_frames, bool)
        n_samples = self.song.shape[1]
        for start, end in passages:
            # Beyond the song's ends there is nothing, in particular no voice.
            first = start * self.rate if start > 0 else -self.n_fft
            last = end * self.rate if end * self.rate < n_samples else np.inf
            inside |= (starts >= first) & (starts + self.n_fft <= last)
        return inside
