"""Where sound sets in: there the direct sound is heard before its echoes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.time_difference import phase_difference

#: Frequencies that tell of talkers, in Hz.
BAND = (150.0, 8000.0)
#: Share of the time-frequency bins kept: the strongest onsets, the least spoilt by echoes.
KEPT = 0.02
#: What is left of a sound after each frame of 12 ms, in dB: a rise must stand above it.
DECAY = 1.5
#: A rise beyond this, in dB, counts no more: it only says how silent it was before.
HIGHEST_RISE = 20.0
#: Bins this much under their band's mean power, in dB, are noise.
NOISE = 5.0


@dataclass(frozen=True)
class Onsets:
    """The time-frequency bins where sound sets in most clearly, [onsets] each.

    Attributes
    ----------
    band, frame : ndarray of int
        Where each bin is.
    weight : ndarray
        Square of the rise over the decaying level before it, in dB^2: the steepest onsets are
        the least spoilt by echoes.
    phase : ndarray
        arg(X1 X2*) in radians.
    n_frames : int
        Frames of the whole recording.
    """

    band: np.ndarray
    frame: np.ndarray
    weight: np.ndarray
    phase: np.ndarray
    n_frames: int


def find_onsets(spectrum: np.ndarray, frequencies: np.ndarray) -> Onsets:
    """Find the strongest onsets of a two-channel spectrum.

    Parameters
    ----------
    spectrum : ndarray [2, frequency, frame], complex
        With frames about 12 ms apart.
    frequencies : ndarray [frequency]
        In Hz.

    Returns
    -------
    Onsets
        Of a sound without any onset, all bins within the band, weighted alike.
    """
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    in_band = (frequencies >= BAND[0]) & (frequencies <= BAND[1])
    weight = _rise(power)
    mean = power.mean(axis=1, keepdims=True)
    weight[power < mean * 10 ** (-NOISE / 10)] = 0
    weight[~in_band] = 0
    if not weight.any():
        weight[in_band] = 1
    n_kept = max(1, int(KEPT * in_band.sum() * weight.shape[1]))
    threshold = np.partition(weight, -n_kept, axis=None)[-n_kept]
    band, frame = np.nonzero(weight >= max(threshold, np.finfo(np.float32).tiny))
    phase = phase_difference(spectrum[:, band, frame])
    return Onsets(band, frame, weight[band, frame].astype(np.float64) ** 2, phase, weight.shape[1])


def _rise(power: np.ndarray) -> np.ndarray:
    """Rise of each bin in dB over all that came before it, decaying; 0 where it does not rise."""
    level = 10 * np.log10(power / max(float(power.max()), np.finfo(np.float32).tiny) + 1e-12)
    fall = DECAY * np.arange(level.shape[1], dtype=np.float32)
    remaining = np.maximum.accumulate(level + fall, axis=1) - fall
    rise = np.zeros_like(level)
    before = np.maximum(level[:, :-1], remaining[:, :-1] - DECAY)
    rise[:, 1:] = np.clip(level[:, 1:] - before, 0, HIGHEST_RISE)
    return rise
