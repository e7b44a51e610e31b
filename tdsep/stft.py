"""The time-frequency representation: Hann windows, any hop, exact length on the way back.

scipy.fft does the transforms. scipy.signal and librosa would frame them too, but importing either
takes longer than separating a ten-second recording, and scipy's ShortTimeFFT works in double
precision, one frame at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from tdsep.errors import ParameterError
from tdsep.sounds import Sound

#: Frames transformed at a time, so that temporary arrays stay small.
_BLOCK = 256
#: Bins, and the fewest frames, of a block of a signal.
_BLOCK_BINS, _SHORTEST = 1 << 19, 16
#: What a spectrogram is raised by, in units of its mean.
_FLOOR = 1e-6


def window_length(rate: float, seconds: float) -> int:
    """Window length in samples, at least `seconds` long, quick to transform, a multiple of 4."""
    return 4 * int(scipy.fft.next_fast_len(int(np.ceil(rate * seconds / 4)), real=True))


def frequencies(rate: float, n_fft: int) -> np.ndarray:
    """Centre frequency in Hz of each STFT band, [frequency]."""
    return np.arange(n_fft // 2 + 1) * (rate / n_fft)


def checked_hop(n_fft: int, hop_length: int | None) -> int:
    """Return the hop, a quarter of the window by default, or raise if it cannot be inverted.

    Raises
    ------
    ParameterError
        If the window is odd or too short, or the hop longer than half of it.
    """
    if n_fft < 16 or n_fft % 2:
        raise ParameterError(
            f"the window (`n_fft`) is {n_fft} samples long: give an even number, 16 or more"
        )
    hop_length = n_fft // 4 if hop_length is None else hop_length
    if not 1 <= hop_length <= n_fft // 2:
        raise ParameterError(
            f"the hop (`hop_length`) is {hop_length} samples long: give between 1 and half the "
            f"window, {n_fft // 2}, or the windows overlap too little to be inverted"
        )
    return hop_length


def stft(signal: np.ndarray, n_fft: int, hop_length: int | None = None) -> np.ndarray:
    """Short-time Fourier transform with a Hann window.

    Parameters
    ----------
    signal : ndarray [..., samples]
        Real signal. It is padded with silence so that every sample lies under as many windows as
        any other.
    n_fft : int
        Window length in samples.
    hop_length : int, optional
        Samples between the starts of neighbouring windows; ``n_fft // 4`` by default.

    Returns
    -------
    ndarray [..., frequency, frame], complex64
        ``n_fft // 2 + 1`` frequencies.

    Raises
    ------
    ParameterError
        If `n_fft` or `hop_length` cannot be inverted.
    """
    hop_length = checked_hop(n_fft, hop_length)
    n_samples = signal.shape[-1]
    count = n_frames(n_samples, n_fft, hop_length)
    padded = np.zeros((*signal.shape[:-1], (count - 1) * hop_length + n_fft), np.float32)
    start = n_fft - hop_length
    padded[..., start : start + n_samples] = signal
    frames = sliding_window_view(padded, n_fft, axis=-1)[..., ::hop_length, :]
    window = _hann(n_fft)
    spectrum = np.empty((*signal.shape[:-1], count, n_fft // 2 + 1), np.complex64)
    for first in range(0, count, _BLOCK):
        block = slice(first, first + _BLOCK)
        spectrum[..., block, :] = scipy.fft.rfft(frames[..., block, :] * window, axis=-1)
    return spectrum.swapaxes(-1, -2)


def spectrogram(
    sound: np.ndarray, n_fft: int, hop_length: int | None = None, power: int = 1
) -> np.ndarray:
    """Magnitudes or powers of a sound, as a factorisation wants them.

    Parameters
    ----------
    sound : ndarray [channels, samples]
        The channels' powers are averaged.
    n_fft, hop_length : int
        As given to `stft`.
    power : {1, 2}
        Of magnitudes.

    Returns
    -------
    ndarray [frequency, frame], float32
        In units of the mean, and raised by a millionth of it, so that nothing is 0.
    """
    heard = sound_levels(sound, n_fft, checked_hop(n_fft, hop_length), power)
    return in_units(heard, heard.mean())


def sound_levels(sound: Sound, n_fft: int, hop_length: int, power: int) -> np.ndarray:
    """Compute the `levels` of all frames of a sound, some at a time."""
    count = n_frames(sound.shape[1], n_fft, hop_length)
    heard = np.empty((n_fft // 2 + 1, count), np.float32)
    for first in range(0, count, _BLOCK):
        last = min(first + _BLOCK, count)
        heard[:, first:last] = levels(stft_frames(sound, first, last, n_fft, hop_length), power)
    return heard


def levels(spectrum: np.ndarray, power: int) -> np.ndarray:
    """Magnitudes (power 1) or powers (2) of all channels together, [frequency, frame], float32.

    Parameters
    ----------
    spectrum : ndarray [channel, frequency, frame], complex
    power : {1, 2}
    """
    heard = np.sum(np.abs(spectrum) ** 2, axis=0)
    return np.sqrt(heard, out=heard) if power == 1 else heard


def in_units(heard: np.ndarray, unit: float) -> np.ndarray:
    """Bring `levels` to a unit, and raise them by a millionth of it, so that nothing is 0."""
    heard = heard / np.float32(unit)
    heard += np.float32(_FLOOR)
    return heard


def istft(
    spectrum: np.ndarray, n_samples: int, n_fft: int, hop_length: int | None = None
) -> np.ndarray:
    """Least-squares inverse of `stft`: the signal whose STFT is nearest to `spectrum`.

    Parameters
    ----------
    spectrum : ndarray [..., frequency, frame], complex
        As `stft` returns it, perhaps masked.
    n_samples : int
        Length of the signal that was transformed.
    n_fft, hop_length : int
        As given to `stft`.

    Returns
    -------
    ndarray [..., samples], float32

    References
    ----------
    D. W. Griffin, J. S. Lim, "Signal estimation from modified short-time Fourier transform",
    IEEE Trans. ASSP 32 (2), 1984, eq. 6.
    """
    hop_length = checked_hop(n_fft, hop_length)
    window = _hann(n_fft)
    count = spectrum.shape[-1]
    n_hops = -(-n_fft // hop_length)
    length = (count - 1 + n_hops) * hop_length
    signal = np.zeros((*spectrum.shape[:-2], length), np.float32)
    energy = np.zeros(length, np.float32)
    for first in range(0, count, _BLOCK):
        block = spectrum[..., first : first + _BLOCK].swapaxes(-1, -2)
        frames = scipy.fft.irfft(block, n_fft, axis=-1) * window
        start = first * hop_length
        _overlap_add(signal, frames, start, hop_length)
        _overlap_add(energy, np.tile(window**2, (frames.shape[-2], 1)), start, hop_length)
    kept = slice(n_fft - hop_length, n_fft - hop_length + n_samples)
    return signal[..., kept] / energy[kept]


def stft_frames(signal: Sound, first: int, last: int, n_fft: int, hop_length: int) -> np.ndarray:
    """Compute the frames `first` to `last` of `stft`, without the rest of it.

    Parameters
    ----------
    signal : Sound [..., samples]
    first, last : int
        0 to `n_frames`.
    n_fft, hop_length : int

    Returns
    -------
    ndarray [..., frequency, last - first], complex64
    """
    lead = min(first, -(-n_fft // hop_length) - 1)  # frames that see what lies before
    samples = signal[..., (first - lead) * hop_length : last * hop_length]
    if samples.shape[-1] == 0:  # frames past the end see the padding only
        samples = np.zeros((*signal.shape[:-1], 1), np.float32)
    return stft(samples, n_fft, hop_length)[..., lead : lead + last - first]


@dataclass(frozen=True)
class Block:
    """Some of a signal's samples, and the frames that see them.

    Attributes
    ----------
    samples, frames : slice
    """

    samples: slice
    frames: slice

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return self.samples.stop - self.samples.start


def blocks(n_samples: int, n_fft: int, hop_length: int) -> Iterator[Block]:
    """Cut a signal into blocks, so that each can be transformed and inverted alone.

    The STFT of a block's frames, changed bin by bin and inverted to as many samples as the block
    has, is those samples of the inverse of the whole.
    """
    length = max(_SHORTEST, min(_BLOCK, _BLOCK_BINS // (n_fft // 2 + 1))) * hop_length
    for start in range(0, n_samples, length):
        stop = min(start + length, n_samples)
        first = start // hop_length
        last = first + n_frames(stop - start, n_fft, hop_length)
        yield Block(slice(start, stop), slice(first, last))


def masked(signal: np.ndarray, mask: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """Multiply a signal's STFT by a mask and invert it, some frames at a time.

    Parameters
    ----------
    signal : ndarray [..., samples]
    mask : ndarray [frequency, frame]
    n_fft, hop_length : int

    Returns
    -------
    ndarray [..., samples], float32
        As `istft` makes it of the whole, in memory for the signal and a few frames.
    """
    n_samples = signal.shape[-1]
    result = np.empty(signal.shape, np.float32)
    for block in blocks(n_samples, n_fft, hop_length):
        spectrum = stft_frames(signal, block.frames.start, block.frames.stop, n_fft, hop_length)
        spectrum *= mask[:, block.frames]
        result[..., block.samples] = istft(spectrum, block.n_samples, n_fft, hop_length)
    return result


def _overlap_add(total: np.ndarray, frames: np.ndarray, start: int, hop_length: int) -> None:
    """Add frames [..., frame, sample], the first at `start`, each `hop_length` after the last.

    Frames are cut into hops: the i-th hops of all frames lie side by side.
    """
    *leading, count, n_fft = frames.shape
    n_hops = -(-n_fft // hop_length)
    frames = np.pad(frames, [(0, 0)] * (frames.ndim - 1) + [(0, n_hops * hop_length - n_fft)])
    hops = frames.reshape(*leading, count, n_hops, hop_length)
    for i in range(n_hops):
        first = start + i * hop_length
        total[..., first : first + count * hop_length] += hops[..., i, :].reshape(*leading, -1)


def n_frames(n_samples: int, n_fft: int, hop_length: int) -> int:
    """Count the frames of the STFT of a signal."""
    return -(-(n_samples + n_fft - hop_length) // hop_length)


def _hann(n_fft: int) -> np.ndarray:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi / n_fft * np.arange(n_fft))).astype(np.float32)
