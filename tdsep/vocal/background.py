"""The sounds of a background, learned where it is heard alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.errors import UnsuitableInputError
from tdsep.nmf import Factorization, factorize
from tdsep.vocal.recording import Recording

#: Mean magnitude, in units of the recording's, below which there is nothing to learn from.
_SILENT = 1e-4
#: Seconds that tell enough of a background, and the number of stretches, spread over all that
#: there is, which they are taken from.
_ENOUGH, _STRETCHES = 120.0, 24


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
    **options: object,
) -> Background:
    """Learn the bases of the frames in which the background is alone.

    Of more than two minutes some are enough: memory is not to grow with the recording.

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
    **options
        Of `tdsep.nmf.factorize`.

    Raises
    ------
    UnsuitableInputError
        If these frames are silent.
    """
    alone = _enough(alone, round(_ENOUGH / recording.hop))
    parts = [
        recording.magnitudes(start, stop)[:n_views, :, alone[start:stop]]
        for start, stop in recording.blocks()
        if alone[start:stop].any()
    ]
    heard = np.concatenate(parts, axis=2)
    if heard[0].mean() < _SILENT:
        raise UnsuitableInputError(
            "is silent where its background is to be learned: choose another passage"
        )
    flat = heard.reshape(-1, heard.shape[2]) ** power
    sounds = factorize(flat, n_bases, tol=0, **options)  # type: ignore[arg-type]
    chosen = np.linspace(0, flat.shape[1] - 1, min(n_anchors, flat.shape[1])).astype(int)
    return Background(sounds, np.ascontiguousarray(heard[:, :, chosen]))


def _enough(alone: np.ndarray, most: int) -> np.ndarray:
    """Choose so many frames at most, in stretches that are spread evenly, [frame] of bool."""
    if alone.sum() <= most:
        return alone
    chosen = np.zeros_like(alone)
    for stretch in np.array_split(np.flatnonzero(alone), _STRETCHES):
        chosen[stretch[: most // _STRETCHES]] = True
    return chosen
