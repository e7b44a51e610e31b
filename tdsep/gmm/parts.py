"""From posteriors to the talkers' sounds: by masks, or on through a model of the room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tdsep.gmm.analysis import Analysis
from tdsep.masks import apply_mask, binary_masks, power_shares
from tdsep.spatial.noise import at_window
from tdsep.spatial.separate import Refinement, separate_spatially
from tdsep.stft import istft, stft


@dataclass(frozen=True)
class Parts:
    """The talkers by one window.

    Attributes
    ----------
    n_fft, hop_length : int
        Window and hop in samples.
    sources : ndarray [talkers, channels, samples], float32
    posteriors : ndarray [talkers, frequency, frame] or None
        The masks, if the parts were made by masks.
    refinement : Refinement or None
        What the directions of the bins added, if not.
    """

    n_fft: int
    hop_length: int
    sources: np.ndarray
    posteriors: np.ndarray | None
    refinement: Refinement | None

    def masks(self) -> np.ndarray:
        """Masks, or each talker's share of the power at microphone 1, [talkers, ...]."""
        if self.posteriors is not None:
            return self.posteriors
        first = (stft(source[0], self.n_fft, self.hop_length) for source in self.sources)
        return power_shares(np.stack([part.real**2 + part.imag**2 for part in first]))


def make_parts(
    analysis: Analysis,
    n_samples: int,
    output: str,
    mask: str,
    noise: np.ndarray | None,
    seed: int,
) -> Parts:
    """Go on from what a window shows to the parts.

    Parameters
    ----------
    analysis : Analysis
    n_samples : int
        Length of the recording.
    output : {"demix", "wiener", "mask"}
    mask : {"soft", "binary"}
    noise : ndarray [frequency] or None
        By `tdsep.spatial.noise.noise_floor`, to demix.
    seed : int

    Returns
    -------
    Parts
    """
    n_talkers, spectrum = analysis.delays.size, analysis.spectrum
    posteriors = refinement = None
    images: Iterable[np.ndarray]
    if output == "mask":
        posteriors = analysis.posteriors()
        if mask == "binary":
            posteriors = binary_masks(posteriors)
        images = (apply_mask(own, spectrum) for own in posteriors)
    else:
        refinement, images = separate_spatially(
            spectrum,
            analysis.posteriors(),
            noise=None if noise is None else at_window(noise, analysis.n_fft),
            seed=seed,
        )
    sources = np.empty((n_talkers, len(spectrum), n_samples), np.float32)
    for source, image in zip(sources, images, strict=True):
        source[:] = istft(image, n_samples, analysis.n_fft, analysis.hop_length)
    return Parts(analysis.n_fft, analysis.hop_length, sources, posteriors, refinement)
