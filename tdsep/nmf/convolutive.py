"""Convolutive models: bases that are several frames wide.

A width of L turns a component's basis into L columns, one for each lag l, and the model into

    X̂ = Σ_l T_l · (V shifted by l frames)

P. Smaragdis, "Non-negative matrix factor deconvolution", ICA 2004, eq. 4. All lags stand side by
side in one matrix [I, L * K] here, lag by lag, so that each step is one matrix product.
Activations are held frame by frame, [J, K].
"""

from __future__ import annotations

import numpy as np


def stack(activations: np.ndarray, width: int, first: int, last: int) -> np.ndarray:
    """Activations of some frames and those before them, lag by lag, [frames, L * K]."""
    if width == 1:
        return activations[first:last]
    n_components = activations.shape[1]
    stacked = np.zeros((last - first, width, n_components), activations.dtype)
    for lag in range(width):
        start = max(first - lag, 0)
        stacked[start + lag - first :, lag] = activations[start : max(last - lag, 0)]
    return stacked.reshape(last - first, width * n_components)


def fold(stacked: np.ndarray, width: int, first: int, total: np.ndarray) -> None:
    """Add what belongs to `stack`'s entries to the activations they came from (its adjoint)."""
    n_frames = stacked.shape[0]
    lags = stacked.reshape(n_frames, width, -1)
    for lag in range(width):
        skipped = max(lag - first, 0)
        total[first + skipped - lag : max(first + n_frames - lag, 0)] += lags[skipped:, lag]


def side_by_side(bases: np.ndarray) -> np.ndarray:
    """Bases [I, K, L] as [I, L * K]."""
    return np.ascontiguousarray(bases.transpose(0, 2, 1)).reshape(bases.shape[0], -1)


def one_by_one(stacked: np.ndarray, width: int) -> np.ndarray:
    """Bases [I, L * K] as [I, K, L]."""
    return np.ascontiguousarray(stacked.reshape(stacked.shape[0], width, -1).transpose(0, 2, 1))


def reconstruct(bases: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Form the model of bases [I, K, L] and activations [K, J], as [I, J]."""
    n_frames = activations.shape[1]
    frames = np.ascontiguousarray(activations.T)
    return side_by_side(bases) @ stack(frames, bases.shape[2], 0, n_frames).T
