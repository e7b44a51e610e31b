"""The sounds of a background, learned where it is heard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tdsep.nmf import Factorization, factorize
from tdsep.vocal.recording import Recording


@dataclass(frozen=True, eq=False)
class Background:
    """What was learned of a background.

    Attributes
    ----------
    sounds : Factorization
        Of the frames in which it is alone, the views' one above the other.
    anchors : ndarray [views, frequency, anchors]
        Some of these frames.
    """

    sounds: Factorization
    anchors: np.ndarray

    @property
    def bases(self) -> np.ndarray:
        """[views * frequency, components] or [..., width], each adding up to 1."""
        return self.sounds.bases


def learn_background(
    recording: Recording,
    alone: np.ndarray,
    n_bases: int,
    *,
    n_anchors: int = 0,
    n_views: int = 2,
    power: int = 1,
    progress: Callable[[float], None] | None = None,
    **options: object,
) -> Background:
    """Learn the bases of the frames in which the background is alone.

    Parameters
    ----------
    recording : Recording
    alone : ndarray [frame] of bool
    n_bases : int
    n_anchors : int
        How many of the frames to keep.
    n_views : int
        How many of the recording's views count.
    power : int
        1 for magnitudes, 2 for powers.
    progress : callable, optional
    **options
        Of `tdsep.nmf.factorize`.
    """
    parts = [
        recording.magnitudes(start, stop)[:n_views, :, alone[start:stop]]
        for start, stop in recording.blocks()
        if alone[start:stop].any()
    ]
    heard = np.concatenate(parts, axis=2)
    flat = heard.reshape(-1, heard.shape[2]) ** power
    sounds = factorize(flat, n_bases, tol=0, progress=progress, **options)  # type: ignore[arg-type]
    chosen = np.linspace(0, flat.shape[1] - 1, min(n_anchors, flat.shape[1])).astype(int)
    return Background(sounds, np.ascontiguousarray(heard[:, :, chosen]))
