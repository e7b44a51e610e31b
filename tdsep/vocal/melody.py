"""The path of a voice's fundamental frequency through a fitted source-filter model."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

#: Instruments hold their notes: of each pitch this share of its running median over so many
#: seconds is taken off.
_STEADY_SHARE, _STEADY = 0.7, 0.33
#: Where voices sing: the middle in Hz and the spread in octaves.
_MIDDLE, _SPREAD = 200.0, 0.6
#: Cost of a leap: nats a semitone at this hop in seconds, and the most a leap costs.
_LEAP, _LEAP_HOP, _FARTHEST_LEAP = 0.72, 0.016, 6.0
#: Weakest salience that counts, as a share of the song's strongest.
_WEAKEST = 1e-3


def melody(strength: np.ndarray, f0: np.ndarray, hop: float) -> np.ndarray:
    """Find the likeliest path of the voice (Viterbi).

    Parameters
    ----------
    strength : ndarray [pitches, frame]
        How strong each pitch is.
    f0 : ndarray [pitches]
        In Hz, increasing.
    hop : float
        From frame to frame, in seconds.

    Returns
    -------
    ndarray [frame] of int
        A pitch for each frame.

    References
    ----------
    J.-L. Durrieu, G. Richard, B. David, C. Févotte, "Source/filter model for unsupervised main
    melody extraction from polyphonic audio signals", IEEE TASLP 18 (3), 2010, section IV.C.
    """
    frames = max(3, 2 * int(_STEADY / hop / 2) + 1)
    steady = median_filter(strength, size=(1, frames), mode="nearest")
    moving = np.maximum(strength - _STEADY_SHARE * steady, 0)
    score = np.log(moving + max(_WEAKEST * float(moving.max()), np.finfo(np.float32).tiny))
    score -= score.max(axis=0)
    score -= (((np.log2(f0) - np.log2(_MIDDLE)) / _SPREAD) ** 2 / 2)[:, None]
    leaps = 12 * np.abs(np.subtract.outer(np.log2(f0), np.log2(f0)))
    return _best_path(score, np.maximum(-_LEAP * leaps * hop / _LEAP_HOP, -_FARTHEST_LEAP))


def _best_path(score: np.ndarray, change: np.ndarray) -> np.ndarray:
    """State of each frame on the path of the highest sum of scores and changes.

    Parameters
    ----------
    score : ndarray [state, frame]
    change : ndarray [state, state]
        Symmetric: what it adds to go from one to the other.
    """
    n_states, n_frames = score.shape
    states = np.arange(n_states)
    came_from = np.zeros((n_frames, n_states), np.intp)
    best = score[:, 0]
    for frame in range(1, n_frames):
        reached = best + change
        came_from[frame] = reached.argmax(axis=1)
        best = reached[states, came_from[frame]] + score[:, frame]
    path = np.empty(n_frames, np.intp)
    path[-1] = best.argmax()
    for frame in range(n_frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path


def near(path: np.ndarray, f0: np.ndarray, semitones: float) -> np.ndarray:
    """Which pitches lie within so many semitones of a path, [pitches, frame]."""
    logs = 12 * np.log2(f0)
    return np.abs(logs[:, None] - logs[path]) <= semitones
