"""Time-frequency masks: from responsibilities to the parts of a mixture."""

from __future__ import annotations

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


def residual_level(parts: np.ndarray, mixture: np.ndarray) -> float:
    """Level in dB, relative to the mixture, of what the parts' sum lacks or has too much.

    Parameters
    ----------
    parts : ndarray [parts, channels, samples]
    mixture : ndarray [channels, samples]

    Returns
    -------
    float
        -inf where the parts add up to the mixture exactly.
    """
    # Squares of very large or small samples do not fit; a power of two scales without rounding.
    scale = 2.0 ** np.floor(np.log2(float(np.abs(mixture).max())))
    mixture = np.divide(mixture, scale, dtype=np.float64)
    difference = np.linalg.norm(np.divide(parts, scale, dtype=np.float64).sum(axis=0) - mixture)
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(difference / np.linalg.norm(mixture)))
