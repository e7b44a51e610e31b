"""Frequencies handled at a time: enough for quick array work, few enough to stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Numbers in the products of a block's channels.
_NUMBERS = 2**16


def blocks(signal: np.ndarray) -> Iterator[slice]:
    """Cut a signal [frequency, channel, frame] into slices of frequencies."""
    n_frequencies, n_channels, n_frames = signal.shape
    size = max(1, _NUMBERS // (n_channels**2 * n_frames))
    return (slice(start, start + size) for start in range(0, n_frequencies, size))
