"""Long songs in overlapping segments, whose results pass into each other unheard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True)
class Segment:
    """Some of a song's frames.

    Attributes
    ----------
    start, stop : int
    fade_in, fade_out : int
        Frames shared with the segment before and after.
    """

    start: int
    stop: int
    fade_in: int
    fade_out: int

    @property
    def frames(self) -> slice:
        """The frames as they lie in the song."""
        return slice(self.start, self.stop)

    def weights(self) -> np.ndarray:
        """How much the segment counts in each frame; all segments' weights add up to 1, [frame]."""
        weights = np.ones(self.stop - self.start, np.float32)
        if self.fade_in:
            weights[: self.fade_in] = _ramp(self.fade_in)
        if self.fade_out:
            weights[-self.fade_out :] = 1 - _ramp(self.fade_out)
        return weights


def segments(n_frames: int, length: int, overlap: int) -> list[Segment]:
    """Cut a song into segments of equal length, as near to `length` frames as can be.

    Parameters
    ----------
    n_frames : int
    length : int
    overlap : int
        Frames that neighbours share at least; less than half of `length`.
    """
    count = max(1, round((n_frames - overlap) / (length - overlap)))
    if count == 1:
        return [Segment(0, n_frames, 0, 0)]
    edges = np.linspace(0, n_frames - overlap, count + 1).astype(int)
    return [
        Segment(int(start), int(stop) + overlap, overlap * (k > 0), overlap * (k < count - 1))
        for k, (start, stop) in enumerate(pairwise(edges))
    ]


def _ramp(n_frames: int) -> np.ndarray:
    """From nearly 0 to nearly 1."""
    return ((np.arange(n_frames) + 0.5) / n_frames).astype(np.float32)
