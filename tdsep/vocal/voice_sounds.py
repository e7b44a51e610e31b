"""What a voice is made of: harmonic combs (the vocal folds) and smooth filters (the mouth).

J.-L. Durrieu, G. Richard, B. David, C. Févotte, "Source/filter model for unsupervised main melody
extraction from polyphonic audio signals", IEEE TASLP 18 (3), 2010, sections III.A and III.B.
"""

from __future__ import annotations

import numpy as np

#: Fundamental frequencies of the combs: from, to (in Hz), and a step (in cents).
LOWEST_F0, HIGHEST_F0, _F0_STEP = 90.0, 900.0, 20.0
#: A harmonic's amplitude falls with this power of its number.
_ROLL_OFF = -0.5
#: Bumps that a filter is made of.
_BUMPS = 30


def combs(frequencies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spectra of harmonic sounds under a Hann window.

    Parameters
    ----------
    frequencies : ndarray [frequency]
        Centres of the bands in Hz, evenly spaced from 0.

    Returns
    -------
    f0 : ndarray [combs]
        In Hz, increasing.
    spectra : ndarray [frequency, combs], float32
        Each adds up to the number of frequencies.
    """
    count = 1 + round(1200 / _F0_STEP * np.log2(HIGHEST_F0 / LOWEST_F0))
    f0 = LOWEST_F0 * 2 ** (np.arange(count) * _F0_STEP / 1200)
    spectra = np.zeros((frequencies.size, count))
    for comb, fundamental in zip(spectra.T, f0, strict=True):
        harmonics = np.arange(1, int(frequencies[-1] / fundamental) + 1)[:, None]
        centres = harmonics * fundamental / frequencies[1]
        bands = np.rint(centres) + np.arange(-2, 3)
        levels = _main_lobe(bands - centres) * harmonics**_ROLL_OFF
        inside = (bands >= 0) & (bands < frequencies.size)
        np.add.at(comb, bands[inside].astype(int), levels[inside])
    spectra *= frequencies.size / np.maximum(spectra.sum(axis=0), 1e-12)
    return f0, spectra.astype(np.float32)


def _main_lobe(offset: np.ndarray) -> np.ndarray:
    """Magnitude of the Hann window's transform at an offset in bands: 1 at 0, 1/2 at 1, 0 at 2."""
    outside = np.abs(offset) >= 2
    singular = np.isclose(np.abs(offset), 1)
    lobe = np.sinc(offset) / np.where(singular, 1, 1 - offset**2)
    return np.where(outside, 0, np.where(singular, 0.5, lobe))


def bumps(frequencies: np.ndarray) -> np.ndarray:
    """Squared cosines, evenly spaced in mel and overlapping by half, [frequency, bumps]."""
    mel = np.log10(1 + frequencies / 700)
    place = mel[:, None] / mel[-1] * (_BUMPS - 1) - np.arange(_BUMPS)
    shapes = np.cos(np.pi / 2 * place) ** 2
    return np.where(np.abs(place) < 1, shapes, 0).astype(np.float32)
