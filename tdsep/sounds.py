"""What any sound must be to be worked on."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from tdsep.errors import ParameterError, UnsuitableInputError

#: An array of more channels is taken for one that wants to be transposed.
_MOST_CHANNELS = 64
#: Largest sample that can be computed with, and the inverse of the smallest.
_LOUDEST = 1e20


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


def checked_sound(sound: np.ndarray, rate: int, shortest: float) -> np.ndarray:
    """Return a sound as [channels, samples].

    Parameters
    ----------
    sound : array_like [channels, samples] or [samples]
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
    sound = np.asarray(sound)
    if sound.dtype.kind not in "fiu" or sound.ndim not in (1, 2):
        raise ParameterError(
            f"the sound is a {sound.ndim}-dimensional array of {sound.dtype}: "
            "give real samples, channels by samples"
        )
    sound = np.atleast_2d(sound)
    if sound.shape[0] > max(_MOST_CHANNELS, sound.shape[1]):
        raise ParameterError(
            f"the sound has the shape {sound.shape}: give channels by samples (transpose)"
        )
    if sound.shape[1] < shortest * rate:
        raise UnsuitableInputError(
            f"is {sound.shape[1] / rate:.3f} s long: give {shortest:g} s or more"
        )
    if not np.isfinite(sound).all():
        raise UnsuitableInputError("holds samples that are not numbers (NaN or infinite)")
    peak = max(float(sound.max()), -float(sound.min()))
    if peak == 0:
        raise UnsuitableInputError("is silent: check the recording")
    check_scale(peak)
    return sound


def check_scale(peak: float) -> None:
    """Raise UnsuitableInputError where the largest sample is too large or small to compute with."""
    if not 1 / _LOUDEST < peak < _LOUDEST:
        raise UnsuitableInputError(f"has a largest sample of {peak:g}: scale it to about 1")
