"""How loud a recording is, whether it clips, and whether its channels differ: in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tdsep.gmm.checks import SAME, SILENT
from tdsep.sounds import Sound, check_scale

#: Frames in which loudness is measured, in seconds.
FRAME = 0.05
#: Frames softer than this, in dB of full scale, are silent.
SILENCE = -60.0
#: A waveform clips where so many samples in a row stand at full scale: music may touch it once.
CLIPPED = 3
#: Frames read at a time, at most, and samples of all channels.
_FRAMES, _SAMPLES = 1000, 1 << 20
#: Root-mean-square beside the peak below which nothing is heard.
_NOTHING = 1e-7


@dataclass(frozen=True)
class Copy:
    """A channel that holds another's sound.

    Attributes
    ----------
    channel, of : int
        From 0.
    gain : float
        How much louder it is; negative where it is inverted.
    """

    channel: int
    of: int
    gain: float

    @property
    def identical(self) -> bool:
        """Whether it is as loud and not inverted."""
        return abs(self.gain - 1) < SAME


@dataclass(frozen=True)
class Levels:
    """Level statistics of a recording.

    Attributes
    ----------
    peak, rms, offset : ndarray [channel]
        Largest magnitude, root mean square, and mean, which is the converter's offset. Full scale
        is 1.
    clipped : ndarray [channel] of int
        How often a channel clips: runs of `CLIPPED` samples or more at full scale.
    covariance : ndarray [channel, channel]
        Without the offset.
    powers : ndarray [frame]
        Mean square of the loudest channel, frame by frame.
    frame_length : int
        Samples of a frame; the last one may be shorter.
    """

    peak: np.ndarray
    rms: np.ndarray
    offset: np.ndarray
    clipped: np.ndarray
    covariance: np.ndarray
    powers: np.ndarray
    frame_length: int

    @property
    def silence(self) -> float:
        """Share of the time in which all channels are softer than `SILENCE`."""
        return float(np.mean(self.powers < 10 ** (SILENCE / 10)))

    @property
    def silent(self) -> tuple[int, ...]:
        """Channels in which nothing is heard."""
        level = np.sqrt(self.covariance.diagonal())
        if level.max() <= _NOTHING * self.peak.max():
            return tuple(range(level.size))
        return tuple(np.flatnonzero(level < SILENT * level.max()).tolist())

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Channels that hold the sound of an earlier one, be it louder or inverted."""
        found: dict[int, Copy] = {}
        level = np.sqrt(self.covariance.diagonal())
        heard = [channel for channel in range(level.size) if channel not in self.silent]
        for place, channel in enumerate(heard):
            for of in heard[:place]:
                agreement = self.agreement(of, channel)
                # The distance of two unit vectors by their product.
                if of not in found and np.sqrt(max(0.0, 2 - 2 * abs(agreement))) < SAME:
                    gain = np.copysign(level[channel] / level[of], agreement)
                    found.setdefault(channel, Copy(channel, of, float(gain)))
        return tuple(found.values())

    @property
    def distinct(self) -> tuple[int, ...]:
        """Channels that are neither silent nor a copy."""
        left_out = {*self.silent, *(copy.channel for copy in self.copies)}
        return tuple(channel for channel in range(self.peak.size) if channel not in left_out)

    def agreement(self, first: int, second: int) -> float:
        """Correlation coefficient of two channels that are heard."""
        variances = self.covariance[first, first] * self.covariance[second, second]
        return float(self.covariance[first, second] / np.sqrt(variances))

    def between(self, start: float, end: float, rate: int) -> float:
        """Root mean square of the loudest channel from `start` to `end`, in seconds."""
        return float(np.sqrt(self._within(start, end, rate).mean()))

    def spread(self, start: float, end: float, rate: int) -> float:
        """How much frames' levels vary from `start` to `end`: standard deviation in dB."""
        return float(np.std(10 * np.log10(self._within(start, end, rate))))

    def _within(self, start: float, end: float, rate: int) -> np.ndarray:
        first, last = (round(moment * rate / self.frame_length) for moment in (start, end))
        return self.powers[first : max(last, first + 1)]

    def softest(self, rate: int, seconds: float) -> tuple[float, float] | None:
        """Find where least is heard, but not digital silence: start and end in seconds."""
        frames = max(1, round(seconds * rate / self.frame_length))
        if frames > self.powers.size:
            return None
        windows = sliding_window_view(self.powers, frames)
        means = np.where(windows.min(axis=1) > 0, windows.mean(axis=1), np.inf)
        start = int(means.argmin())
        if np.isinf(means[start]):
            return None
        return start * self.frame_length / rate, (start + frames) * self.frame_length / rate

    def loudest(self, n_samples: int, length: int) -> tuple[int, int]:
        """Find where most is heard: the window, in samples, with the largest amplitudes."""
        if n_samples <= length:
            return 0, n_samples
        frames = length // self.frame_length
        sums = np.concatenate([[0], np.cumsum(np.sqrt(self.powers))])
        start = int((sums[frames:] - sums[:-frames]).argmax()) * self.frame_length
        return start, min(start + length, n_samples)


def measure(sound: Sound, rate: int, full_scale: float = 1.0) -> Levels:
    """Measure levels piece by piece, in memory for a piece and a number for each frame.

    Parameters
    ----------
    sound : Sound [channels, samples]
    rate : int
        Sampling rate in Hz.
    full_scale : float
        Magnitude at which the format clips.

    Returns
    -------
    Levels

    Raises
    ------
    UnsuitableInputError
        If a sample is too large to be computed with.
    """
    n_channels, n_samples = sound.shape
    frame_length = max(1, round(FRAME * rate))
    piece = frame_length * max(1, min(_FRAMES, _SAMPLES // (n_channels * frame_length)))
    peak, total = np.zeros((2, n_channels))
    products = np.zeros((n_channels, n_channels))
    clipped = np.zeros(n_channels, int)
    at_full_scale = np.zeros((n_channels, CLIPPED), bool)  # the last samples of the piece before
    powers = []
    for start in range(0, n_samples, piece):
        part = sound[..., start : start + piece].astype(np.float64)
        magnitude = np.maximum(part.max(axis=1), -part.min(axis=1))
        np.maximum(peak, magnitude, out=peak)
        check_scale(max(1.0, float(peak.max())))  # what is soft is no more than that
        total += part.sum(axis=1)
        products += part @ part.T
        at_full_scale = np.hstack([at_full_scale[:, -CLIPPED:], np.abs(part) >= full_scale])
        clipped += _runs(at_full_scale) if magnitude.max() >= full_scale else 0
        powers.append(_frame_powers(part, frame_length))
    offset = total / n_samples
    squares = products / n_samples
    return Levels(
        peak, np.sqrt(squares.diagonal()), offset, clipped, squares - np.outer(offset, offset),
        np.concatenate(powers), frame_length,
    )  # fmt: skip


def _runs(flags: np.ndarray) -> np.ndarray:
    """Count the runs that reach `CLIPPED` flags beyond the first `CLIPPED`, [channel]."""
    held = np.logical_and.reduce(
        [flags[:, 1 + shift : flags.shape[1] - CLIPPED + 1 + shift] for shift in range(CLIPPED)]
    )
    return (held & ~flags[:, : held.shape[1]]).sum(axis=1)


def _frame_powers(part: np.ndarray, frame_length: int) -> np.ndarray:
    """Mean square of the loudest channel in each frame, [frame]."""
    starts = np.arange(0, part.shape[1], frame_length)
    lengths = np.diff(starts, append=part.shape[1])
    return np.add.reduceat(part**2, starts, axis=1).max(axis=0) / lengths
