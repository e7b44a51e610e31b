"""What a song's background and voice are made of, whichever the method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tdsep.frames import StoredFrames
from tdsep.vocal.segments import Segment

#: Of each frame: an array of a segment; of a song, with which it grows, it is stored.
Rows = np.ndarray | StoredFrames
#: Attributes of this kind.
_LARGE = ("mask", "background_activations", "voice_activations")


@dataclass(frozen=True, eq=False)
class Explanation:
    """A song, or a segment of it, as a background and a voice.

    Of a whole song what is large is stored: indexed like an array, by frames.

    Attributes
    ----------
    mask : ndarray or StoredFrames [frequency, frame], float16
        The voice's share of each bin.
    loudness : ndarray [2, frame]
        Sums over frequency of the voice's and of the whole model.
    background_activations : ndarray or StoredFrames [components, frame]
    voice_bases : ndarray [frequency, n] or [frequency, n, width]
        The voice's filters, or its bases.
    voice_activations : ndarray or StoredFrames [m, frame]
        How strong each pitch is, or each of the voice's bases.
    pitches : ndarray [m], optional
        The pitches in Hz.
    melody : ndarray [frame], optional
        The voice's fundamental frequency in Hz; NaN where there is none.
    losses : ndarray
        The divergence from iteration to iteration, fit after fit.
    """

    mask: Rows
    loudness: np.ndarray
    background_activations: Rows
    voice_bases: np.ndarray
    voice_activations: Rows
    losses: np.ndarray
    pitches: np.ndarray | None = None
    melody: np.ndarray | None = None


class Joined:
    """Explanations of a song's segments, joined as they come.

    Where segments overlap one fades into the next. Bases are those of the first segment with a
    voice; losses are summed.
    """

    def __init__(self, n_frames: int) -> None:
        self._n_frames = n_frames
        self.whole: Explanation | None = None

    def add(self, segment: Segment, part: Explanation) -> None:
        """Add a segment's."""
        if self.whole is None:
            stored: dict[str, Any] = {name: self._empty(getattr(part, name)) for name in _LARGE}
            self.whole = replace(
                part,
                loudness=np.zeros((2, self._n_frames), part.loudness.dtype),
                losses=np.zeros_like(part.losses),
                melody=None if part.melody is None else np.full(self._n_frames, np.nan),
                **stored,
            )
        weights = segment.weights()
        for name in (*_LARGE, "loudness"):
            # Stored frames are read, added to, and written back.
            getattr(self.whole, name)[:, segment.frames] += getattr(part, name) * weights
        self.whole.losses[:] += part.losses
        if self.whole.melody is not None and part.melody is not None:
            counts = weights >= 0.5
            self.whole.melody[segment.frames][counts] = part.melody[counts]

    def _empty(self, part: np.ndarray) -> StoredFrames:
        return StoredFrames(part.shape[0], self._n_frames, part.dtype)
