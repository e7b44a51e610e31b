"""Time-frequency masks: from responsibilities to the parts of a mixture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def binary_masks(responsibilities: np.ndarray) -> np.ndarray:
    """Give each time-frequency bin whole to the most likely part.

    Parameters
    ----------
    responsibilities : ndarray [parts, frequency, frame]

    Returns
    -------
    ndarray [parts, frequency, frame], float32
        One 1 in each bin, zeros elsewhere; on a tie the first part has it.
    """
    masks = np.zeros(responsibilities.shape, np.float32)
    np.put_along_axis(masks, responsibilities.argmax(axis=0)[None], 1.0, axis=0)
    return masks


def apply_mask(mask: np.ndarray, spectrum: np.ndarray) -> np.ndarray:
    """Mask every channel of a mixture alike: [frequency, frame] on [channels, frequency, frame]."""
    return mask * spectrum


def power_shares(powers: np.ndarray) -> np.ndarray:
    """Share of each part in the power of each bin: the masks that a separation amounts to.

    Parameters
    ----------
    powers : ndarray [parts, frequency, frame]

    Returns
    -------
    ndarray [parts, frequency, frame]
        They add up to 1; in a silent bin all have the same.
    """
    powers = powers + np.finfo(powers.dtype).tiny
    powers /= powers.sum(axis=0)
    return powers


def residual_level(total: Iterable[np.ndarray], mixture: np.ndarray, gain: float = 1.0) -> float:
    """Level in dB, relative to the mixture, of what the parts' sum lacks or has too much.

    Parameters
    ----------
    total : iterable of ndarray [channels, samples]
        The sum of all parts, block after block.
    mixture : ndarray [channels, samples]
    gain : float
        Of the parts.

    Returns
    -------
    float
        -inf where the parts add up to the mixture exactly.
    """
    # Squares of very large or small samples do not fit; a power of two scales without rounding.
    scale = 2.0 ** np.floor(np.log2(max(float(mixture.max()), -float(mixture.min()))))
    wrong = energy = 0.0
    start = 0
    for block in total:
        wanted = mixture[:, start : start + block.shape[1]].astype(np.float64) / scale * gain
        wrong += float(np.sum((block / scale - wanted) ** 2))
        energy += float(np.sum(wanted**2))
        start += block.shape[1]
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(wrong / energy))
