"""What was learned of the talkers: it takes any part of the recording apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.gmm.mixture import GaussianMixture
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.wrapped_phase import PhaseMixture
from tdsep.masks import apply_mask, binary_masks
from tdsep.sounds import Sound
from tdsep.spatial.separate import Room
from tdsep.stft import Block, blocks, frequencies, istft, stft_frames
from tdsep.workers import a_few_ahead


@dataclass(frozen=True)
class TalkerModel:
    """How to tell the talkers apart under one window.

    Attributes
    ----------
    rate : int
    n_fft, hop_length : int
    pair : (int, int)
        The channels whose time differences are compared.
    max_delay : float
        The histogram of time differences reaches this far to both sides, in seconds.
    mixture : GaussianMixture
        The Gaussians over the time differences that cannot be ambiguous.
    phase_mixture : PhaseMixture or None
        The mixture over the phases of all bins; None by the lecture's method.
    room : Room or None
        What the directions of the bins added; None where the parts are made by masks.
    mask : {"soft", "binary"}
    """

    rate: int
    n_fft: int
    hop_length: int
    pair: tuple[int, int]
    max_delay: float
    mixture: GaussianMixture
    phase_mixture: PhaseMixture | None
    room: Room | None
    mask: str

    @property
    def delays(self) -> np.ndarray:
        """Time difference of each talker in seconds, increasing, [talkers]."""
        return self.mixture.means if self.phase_mixture is None else self.phase_mixture.delays

    def observed(self, spectrum: np.ndarray) -> TimeDifferences:
        """Compare the pair's channels of a spectrum, [channel, frequency, frame]."""
        return TimeDifferences.from_spectrum(
            spectrum[list(self.pair)], frequencies(self.rate, self.n_fft)
        )

    def posteriors(self, spectrum: np.ndarray) -> np.ndarray:
        """Whose each bin is by its time difference or phase, [talkers, frequency, frame].

        Parameters
        ----------
        spectrum : ndarray [channel, frequency, frame]
            Of any frames.
        """
        if self.delays.size == 1:
            return np.ones((1, *spectrum.shape[1:]), np.float32)
        observed = self.observed(spectrum)
        if self.phase_mixture is None:
            return self.mixture.responsibilities(observed.delay)
        return self.phase_mixture.responsibilities(observed)

    def masks(self, spectrum: np.ndarray) -> np.ndarray:
        """Masks by the posteriors, [talkers, frequency, frame]."""
        posteriors = self.posteriors(spectrum)
        return binary_masks(posteriors) if self.mask == "binary" else posteriors

    def images(self, spectrum: np.ndarray) -> Iterable[np.ndarray]:
        """Each talker at all microphones, [channel, frequency, frame]; they add up to `spectrum`.

        Parameters
        ----------
        spectrum : ndarray [channel, frequency, frame]
            Of any frames.
        """
        if self.room is not None:
            return self.room.images(spectrum, self.posteriors(spectrum))
        return (apply_mask(mask, spectrum) for mask in self.masks(spectrum))

    def separate(self, sound: Sound) -> Iterator[np.ndarray]:
        """Separate a sound, block after block, [talkers, channels, samples]."""

        def take(block: Block) -> np.ndarray:
            frames, shape = block.frames, (self.n_fft, self.hop_length)
            parts = np.empty((self.delays.size, sound.shape[0], block.n_samples), np.float32)
            spectrum = stft_frames(sound, frames.start, frames.stop, *shape)
            for part, image in zip(parts[:-1], self.images(spectrum), strict=False):
                part[:] = istft(image, block.n_samples, *shape)
            # What no other has: the parts add up, and one inverse transform is spared.
            parts[-1] = sound[..., block.samples] - parts[:-1].sum(axis=0)
            return parts

        return a_few_ahead(take, blocks(sound.shape[1], self.n_fft, self.hop_length))
