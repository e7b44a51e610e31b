"""Time-frequency masks: from responsibilities to the parts of a mixture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tdsep.sounds import Sound


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


def residual_level(total: Iterable[np.ndarray], mixture: Sound, gain: float = 1.0) -> float:
    """Level in dB, relative to the mixture, of what the parts' sum lacks or has too much.

    Parameters
    ----------
    total : iterable of ndarray [channels, samples]
        The sum of all parts, block after block.
    mixture : Sound [channels, samples]
    gain : float
        Of the parts.

    Returns
    -------
    float
        -inf where the parts add up to the mixture exactly.
    """
    wrong = energy = -np.inf
    start = 0
    for block in total:
        wanted = mixture[..., start : start + block.shape[1]].astype(np.float64) * gain
        wrong = np.logaddexp(wrong, _log_energy(block - wanted))
        energy = np.logaddexp(energy, _log_energy(wanted))
        start += block.shape[1]
    if wrong == -np.inf:  # also of silence, in which there is nothing to compare with
        return -np.inf
    return float(10 / np.log(10) * (wrong - energy))


def _log_energy(samples: np.ndarray) -> float:
    """Logarithm of the sum of squares."""
    peak, energy = 1.0, float(np.vdot(samples, samples))
    if not 0 < energy < np.inf:  # squares of very large or small samples do not fit
        peak = max(float(samples.max()), -float(samples.min()))
        energy = float(np.sum((samples / peak) ** 2)) if peak else 0.0
    return 2 * np.log(peak) + np.log(energy) if energy else -np.inf
