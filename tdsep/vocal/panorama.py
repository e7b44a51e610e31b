"""Where between two channels a voice stands, learned from the song, sharpens its mask."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from tdsep.frames import StoredFrames
from tdsep.stft import frequencies
from tdsep.vocal.recording import Recording

#: Levels of the channels' difference beside their mean, in dB: from, to, and how many classes.
_LOWEST, _HIGHEST, _CLASSES = -40.0, 20.0, 24
#: Classes are told apart in bands that meet at these frequencies, in Hz.
_EDGES = (500.0, 2000.0)
#: How much a bin tells of the voice, of the background: this power of its share, and this one of
#: its magnitude.
_SHARE_POWER, _LEVEL_POWER = 4, 0.5
#: How much the panorama counts beside the mask.
_TRUST = 0.5
#: A mask's shares are kept this far from 0 and 1; a class is never without this share of a band.
_LEAST, _RARE = 1e-4, 1e-3


def sharpen(mask: StoredFrames, recording: Recording, sung: np.ndarray) -> None:
    """Weigh a mask by how likely the voice, or the background, stands where each bin does.

    Parameters
    ----------
    mask : StoredFrames [frequency, frame], float16
        Changed in place: of a long song it is large.
    recording : Recording
        With two views.
    sung : ndarray [frame] of bool
        Where there may be a voice: elsewhere the mask stays as it is.
    """
    n_bands = len(_EDGES) + 1
    band = np.searchsorted(_EDGES, frequencies(recording.rate, recording.n_fft))[:, None]
    counts = np.zeros((2, n_bands * _CLASSES))
    for start, stop in recording.blocks():
        heard = recording.magnitudes(start, stop)
        place = band * _CLASSES + _classes(heard)
        share = mask[:, start:stop].astype(np.float32) * sung[start:stop]
        for count, part in zip(counts, (share, 1 - share), strict=True):
            weights = part**_SHARE_POWER * heard[0] ** _LEVEL_POWER
            count += np.bincount(place.ravel(), weights.ravel(), n_bands * _CLASSES)
    by_band = counts.reshape(2, n_bands, _CLASSES)
    by_band += _RARE * by_band.sum(axis=2, keepdims=True) + np.finfo(float).tiny
    by_band /= by_band.sum(axis=2, keepdims=True)
    evidence = _TRUST * np.log(by_band[0] / by_band[1])
    for start, stop in recording.blocks():
        place = _classes(recording.magnitudes(start, stop))
        here = mask[:, start:stop]
        inside = np.clip(here.astype(np.float32), _LEAST, 1 - _LEAST)
        weighed = expit(logit(inside) + evidence[band, place])
        mask[:, start:stop] = np.where(sung[start:stop], weighed, here)


def _classes(heard: np.ndarray) -> np.ndarray:
    """Class of each bin by the level of the difference beside the mean, [frequency, frame]."""
    level = 20 * np.log10(heard[1] / heard[0])
    place = (level - _LOWEST) / (_HIGHEST - _LOWEST) * _CLASSES
    return np.clip(place, 0, _CLASSES - 1).astype(np.intp)
