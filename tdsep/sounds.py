"""What any sound must be to be worked on."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import numpy as np

from tdsep.errors import ParameterError, UnsuitableInputError

#: An array of more channels is taken for one that wants to be transposed.
_MOST_CHANNELS = 64
#: Largest sample that can be computed with, and the inverse of the smallest: the power of thousands
#: of them is still a number of 32 bits, and so is what is a millionth of that.
_LOUDEST = 1e12
#: Samples looked at at a time.
_PIECE = 1 << 18


class Sound(Protocol):
    """Samples of a recording [channels, samples]: an array, or read when they are asked for.

    Indexed by a slice of samples: ``sound[..., 1000:2000]``.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels and samples."""

    @property
    def dtype(self) -> np.dtype:
        """Of the samples."""

    def __getitem__(self, key: Any, /) -> np.ndarray:
        """Return samples, [channels, samples]."""


AnySound = TypeVar("AnySound", bound=Sound)


def checked_sound(sound: AnySound, rate: int, shortest: float) -> AnySound:
    """Return a sound as [channels, samples]; read it once, piece by piece.

    Parameters
    ----------
    sound : Sound [channels, samples], or array_like [channels, samples] or [samples]
    rate : int
        Sampling rate in Hz.
    shortest : float
        The least that is enough, in seconds.

    Raises
    ------
    ParameterError
        If it is no array of real samples, channels by samples.
    UnsuitableInputError
        If it is too short, silent, or holds samples that cannot be computed with.
    """
    found: Any = sound if hasattr(sound, "shape") else np.asarray(sound)
    if found.dtype.kind not in "fiu" or len(found.shape) not in (1, 2):
        raise ParameterError(
            f"the sound is a {len(found.shape)}-dimensional array of {found.dtype}: "
            "give real samples, channels by samples"
        )
    if len(found.shape) == 1:
        found = found[None, :]
    if found.shape[0] > max(_MOST_CHANNELS, found.shape[1]):
        raise ParameterError(
            f"the sound has the shape {found.shape}: give channels by samples (transpose)"
        )
    if found.shape[1] < shortest * rate:
        raise UnsuitableInputError(
            f"is {found.shape[1] / rate:.3f} s long: give {shortest:g} s or more"
        )
    n_channels = found.shape[0]
    top, bottom = np.full(n_channels, -np.inf), np.full(n_channels, np.inf)
    for start in range(0, found.shape[1], _PIECE):
        piece = found[..., start : start + _PIECE]
        highest, lowest = piece.max(axis=1), piece.min(axis=1)
        if not (np.isfinite(highest).all() and np.isfinite(lowest).all()):
            raise UnsuitableInputError("holds samples that are not numbers (NaN or infinite)")
        np.maximum(top, highest, out=top)
        np.minimum(bottom, lowest, out=bottom)
    peak = float(max(top.max(), -bottom.min()))
    if peak == 0:
        raise UnsuitableInputError("is silent: check the recording")
    check_scale(peak)
    if (top == bottom).all():
        raise UnsuitableInputError(
            "is silent: all its samples are the same, a converter's offset: check the recording"
        )
    return found


def check_scale(peak: float) -> None:
    """Raise UnsuitableInputError where the largest sample is too large or small to compute with."""
    if not 1 / _LOUDEST < peak < _LOUDEST:
        raise UnsuitableInputError(f"has a largest sample of {peak:g}: scale it to about 1")
