"""Directions and time differences: a far talker heard by two microphones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

#: Metres per second in air at 20 degrees Celsius.
SPEED_OF_SOUND = 343.0


def delay_of_angle(angle: ArrayLike, spacing: float) -> np.ndarray:
    """Time difference in seconds of a far talker at `angle` degrees (0 straight ahead)."""
    return spacing * np.sin(np.deg2rad(angle)) / SPEED_OF_SOUND


def angle_of_delay(delay: ArrayLike, spacing: float) -> np.ndarray:
    """Direction in degrees from a time difference in seconds; clipped to +-90 degrees."""
    return np.rad2deg(np.arcsin(np.clip(np.asarray(delay) * SPEED_OF_SOUND / spacing, -1.0, 1.0)))


def widest_spacing(frequency: float) -> float:
    """Widest spacing in metres at which no phase up to `frequency` in Hz is ambiguous.

    A sound from the side is heard `spacing / c` later by the far microphone. The phase difference
    tells that delay from all others while it stays within half a turn, so up to half a wavelength:
    spacing <= c / (2 f).

    References
    ----------
    O. Yilmaz, S. Rickard, "Blind separation of speech mixtures via time-frequency masking", IEEE
    Trans. Signal Processing 52 (7), 2004 (the phase must not reach pi at the highest frequency).
    J. Dmochowski, J. Benesty, S. Affes, "On spatial aliasing in microphone arrays", IEEE Trans.
    Signal Processing 57 (4), 2009 (for broadband sounds, voices among them, wider ones serve, too:
    no two delays look alike in all bands).
    """
    return SPEED_OF_SOUND / (2 * frequency)


def least_spacing(delay: float) -> float:
    """Spacing in metres that microphones have at least, between which a sound needs `delay` s."""
    return SPEED_OF_SOUND * abs(delay)
