"""Which bases belong to one sound: those that look alike and are heard together."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.signal import lfilter
from scipy.spatial.distance import squareform

#: How long a sound that has set in is taken to last, in seconds: what rings is heard after the
#: attack, and their activations shall still count as simultaneous.
_RING = 0.3
#: Groups this distant or more are different sounds.
STRANGERS = 0.75
#: Groups with less than this share of the whole are no sounds of their own.
_HARDLY = 0.01


def joins(bases: np.ndarray, activations: np.ndarray, hop: float) -> np.ndarray:
    """Join bases two by two, the most alike first, until all are one.

    Two bases are alike by half as their spectra are (cosine) and by half as the moments at which
    they are heard (correlation of the activations, each prolonged by what a sound rings).

    Parameters
    ----------
    bases : ndarray [frequency, bases] or [frequency, bases, columns]
    activations : ndarray [bases, frame]
    hop : float
        From frame to frame, in seconds.

    Returns
    -------
    ndarray [bases - 1, 4]
        As `scipy.cluster.hierarchy.linkage` returns it, by average linkage; the third column is
        the distance at which two groups were joined: 0 for twins, about 1 for strangers.
    """
    if len(activations) == 1:
        return np.empty((0, 4))
    spectra = bases.reshape(*bases.shape[:2], -1).sum(axis=2, dtype=np.float64).T
    kept = np.exp(-hop / _RING)
    moments = lfilter([1.0], [1.0, -kept], activations.astype(np.float64))
    moments -= moments.mean(axis=1, keepdims=True)
    alike = (cosines(spectra) + cosines(moments)) / 2
    return linkage(squareform(1 - alike, checks=False), "average")


def groups(tree: np.ndarray, n_groups: int) -> np.ndarray:
    """Cut a tree of joins so that a number of groups is left.

    Returns
    -------
    ndarray [bases] of int
        The group of each basis, 0 to `n_groups` - 1.
    """
    return cut_tree(tree, n_groups)[:, 0] if len(tree) else np.zeros(1, int)


def count_groups(tree: np.ndarray, loudness: np.ndarray) -> int:
    """Count the groups that are strangers to each other, but for those that are hardly heard.

    Parameters
    ----------
    tree : ndarray [bases - 1, 4]
    loudness : ndarray [bases]
        How much each basis is heard.
    """
    found = groups(tree, 1 + int((tree[:, 2] >= STRANGERS).sum()))
    shares = np.bincount(found, loudness) / loudness.sum()
    return int((shares >= _HARDLY).sum())


def cosines(rows: np.ndarray) -> np.ndarray:
    """Cosine of the angle between each two rows; a row of zeros is like itself alone."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.where(norms > 0, norms, 1)
    cosines = np.clip(rows @ rows.T, -1, 1)
    np.fill_diagonal(cosines, 1)
    return (cosines + cosines.T) / 2
