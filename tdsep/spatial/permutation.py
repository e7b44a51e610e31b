"""Which of a frequency's talkers is which of its neighbours': the permutation problem.

A talker is loud at many frequencies at the same time, so the sequences of posteriors of one talker
resemble each other over frequency. They are compared with the talkers' means over all frequencies
(centroids), and with an anchor, posteriors that are known to be in order, so that nothing drifts;
then with near and harmonic frequencies, where the resemblance is greatest.

H. Sawada, S. Araki, S. Makino, "Underdetermined convolutive blind source separation via frequency
bin-wise clustering and permutation alignment", IEEE TASLP 19 (3), 2011, sec. IV. The anchor is our
own.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

#: Weight of the anchor beside the centroids or the neighbours.
_ANCHOR = 0.3
#: Rounds over all frequencies at most, globally and locally.
_GLOBAL, _LOCAL = 10, 3
#: Least gain in correlation for which a frequency is permuted.
_LEAST_GAIN = 1e-6
_LEAST_LOCAL_GAIN = 0.05
#: A frame's weight at most, where 1 is that of the mean power.
_HEAVIEST = 4.0
#: Neighbouring frequencies to each side that a frequency is compared with.
_REACH = 4


def align(posteriors: np.ndarray, anchor: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Find the order of the talkers at every frequency in which each is one person throughout.

    Parameters
    ----------
    posteriors : ndarray [frequency, talker, frame]
    anchor : ndarray [frequency, talker, frame]
        Posteriors whose talkers are in order already.
    power : ndarray [frequency, frame]

    Returns
    -------
    ndarray [frequency, talker] of int
        Which of the frequency's talkers is each talker of the anchor: see `in_order`.
    """
    mean = power.mean(axis=1)
    tiny = np.finfo(power.dtype).tiny
    weight = np.minimum(np.sqrt(power / np.maximum(mean, tiny)[:, None]), _HEAVIEST)
    sequences = _sequences(posteriors, weight)
    to_anchor = np.matmul(sequences, _sequences(anchor, weight).swapaxes(1, 2))
    order = _Orders(posteriors.shape[1])
    chosen = order.best(to_anchor)
    for _ in range(_GLOBAL):
        centroids = _normalised(
            np.einsum("f,fkt->kt", mean**0.5, order.apply(sequences, chosen), optimize=True)
        )
        similarity = np.matmul(sequences, centroids.T) + _ANCHOR * to_anchor
        following = order.better(similarity, chosen, _LEAST_GAIN)
        if np.array_equal(following, chosen):
            break
        chosen = following
    return order.table[_refined(sequences, to_anchor, order, chosen)]


def in_order(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Permute the talkers of [frequency, talker, ...] by what `align` found."""
    return values[np.arange(len(values))[:, None], order]


class _Orders:
    """All orders of the talkers; each frequency's choice is the number of one."""

    def __init__(self, n_talkers: int) -> None:
        self.table = np.array(list(permutations(range(n_talkers))))

    def totals(self, similarity: np.ndarray) -> np.ndarray:
        """Similarity in each order, [frequency, talker, reference] to [frequency, order]."""
        references = np.arange(self.table.shape[1])
        return np.stack([similarity[:, row, references].sum(axis=1) for row in self.table], axis=1)

    def best(self, similarity: np.ndarray) -> np.ndarray:
        """Choose the most similar order, [frequency]."""
        return self.totals(similarity).argmax(axis=1)

    def better(self, similarity: np.ndarray, chosen: np.ndarray, least_gain: float) -> np.ndarray:
        """Choose again where that gains enough."""
        totals = self.totals(similarity)
        best = totals.argmax(axis=1)
        everywhere = np.arange(chosen.size)
        gain = totals[everywhere, best] - totals[everywhere, chosen]
        return np.where(gain > least_gain, best, chosen)

    def apply(self, values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Permute [frequency, talker, frame]."""
        return in_order(values, self.table[chosen])


def _refined(
    sequences: np.ndarray, to_anchor: np.ndarray, order: _Orders, chosen: np.ndarray
) -> np.ndarray:
    """Compare each frequency with those near it, at half and at twice; every fifth at a time.

    So no two neighbours move at once.
    """
    current = order.apply(sequences, chosen)
    neighbours, present = _neighbours(len(sequences))
    step = _REACH + 1
    for _ in range(_LOCAL):
        before = chosen
        chosen = chosen.copy()
        for first in range(1, step + 1):
            some = np.arange(first, len(sequences), step)
            reference = np.zeros_like(current[some])
            for near, there in zip(neighbours[some].T, present[some].T, strict=True):
                reference += current[near] * there[:, None, None]
            reference /= present[some].sum(axis=1)[:, None, None]
            similarity = np.matmul(sequences[some], reference.swapaxes(1, 2))
            similarity += _ANCHOR * to_anchor[some]
            chosen[some] = order.better(similarity, chosen[some], _LEAST_LOCAL_GAIN)
            current[some] = order.apply(sequences[some], chosen[some])
        if np.array_equal(chosen, before):
            break
    return chosen


def _neighbours(n_frequencies: int) -> tuple[np.ndarray, np.ndarray]:
    """List near and harmonic frequencies, [frequency, neighbour], and say which exist."""
    f = np.arange(n_frequencies)[:, None]
    shifts = np.array([shift for shift in range(-_REACH, _REACH + 1) if shift])
    indices = np.hstack([f + shifts, f // 2, 2 * f + np.array([-1, 0, 1])])
    exists = (indices > 0) & (indices < n_frequencies) & (indices != f)
    return np.where(exists, indices, 0), exists.astype(np.float32)


def _sequences(posteriors: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted posteriors without their mean, of length 1."""
    total = np.maximum(weight.sum(axis=1), np.finfo(weight.dtype).tiny)
    mean = np.matmul(posteriors, weight[:, :, None]) / total[:, None, None]
    return _normalised((posteriors - mean) * weight[:, None, :])


def _normalised(sequences: np.ndarray) -> np.ndarray:
    length = np.sqrt((sequences**2).sum(axis=-1, keepdims=True))
    return sequences / np.maximum(length, np.finfo(np.float32).eps)
