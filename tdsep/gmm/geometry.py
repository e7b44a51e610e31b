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
