"""From posteriors to the talkers' images: whiten, refine, then demix or filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.spatial.angular_gaussian import AngularMixture, fit_angular_mixture
from tdsep.spatial.demixing import fit_demixing
from tdsep.spatial.full_rank import FullRankModel, fit_full_rank
from tdsep.spatial.noise import NoiseFilter
from tdsep.spatial.whitening import Whitening
from tdsep.workers import workers


@dataclass(frozen=True)
class Room:
    """How a room carries the talkers to the microphones, and how that was learned.

    Attributes
    ----------
    whitening : Whitening
    directions : AngularMixture
        Whose a bin is by its direction.
    model : NoiseFilter or FullRankModel
        Separates by linear demixing, or by a multichannel Wiener filter.
    log_likelihood : dict of str to ndarray [iterations]
        Mean log-likelihood of a bin by the name of the stage, up to a constant of each stage.
    """

    whitening: Whitening
    directions: AngularMixture
    model: NoiseFilter | FullRankModel
    log_likelihood: dict[str, np.ndarray]

    def posteriors(self, spectrum: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Whose each bin is by its direction, [talker, frequency, frame]; they add up to 1.

        Parameters
        ----------
        spectrum : ndarray [channel, frequency, frame]
            Of any frames.
        start : ndarray [talker, frequency, frame]
            Whose each bin is by what was known before.
        """
        signal = self.whitening.signal(spectrum)
        return self.directions.explain(signal, start.transpose(1, 0, 2)).transpose(1, 0, 2)

    def images(self, spectrum: np.ndarray, start: np.ndarray) -> Iterator[np.ndarray]:
        """Yield each talker's spectrum at all microphones, [channel, frequency, frame].

        They add up to the mixture: what lies outside the components kept is shared out by the
        posteriors.

        Parameters
        ----------
        spectrum, start : ndarray
            See `posteriors`.
        """
        signal, back = self.whitening.signal(spectrum), self.whitening.back.astype(np.complex64)
        posteriors = start.transpose(1, 0, 2)
        outside = len(start) < len(spectrum)
        if outside or isinstance(self.model, FullRankModel):
            posteriors = self.directions.explain(signal, posteriors)
        if outside:
            rest = spectrum - np.matmul(back, signal).transpose(1, 0, 2)
        for talker, white in enumerate(self.model.images(signal, posteriors)):
            image = np.matmul(back, white).transpose(1, 0, 2)
            yield image + posteriors[:, talker] * rest if outside else image


def learn_room(
    whitening: Whitening,
    signal: np.ndarray,
    posteriors: np.ndarray,
    *,
    noise: np.ndarray | None,
    seed: int = 0,
) -> Room:
    """Refine posteriors by the directions of the bins, and learn to separate the talkers.

    Parameters
    ----------
    whitening : Whitening
        With as many components as talkers, or as there are channels.
    signal : ndarray [frequency, component, frame], complex64
        Whitened by it.
    posteriors : ndarray [talker, frequency, frame]
        Of two talkers or more.
    noise : ndarray [frequency] or None
        Power of the noise in each channel, to separate as many talkers as channels or fewer by
        linear demixing; None to separate any number by a multichannel Wiener filter.
    seed : int
        Of the demixing's random start.

    Returns
    -------
    Room
    """
    model: NoiseFilter | FullRankModel
    with workers() as share:
        directions, refined = fit_angular_mixture(signal, posteriors.transpose(1, 0, 2), share)
        if noise is None:
            model = fit_full_rank(signal, refined, share)
            stages = {"full-rank model": model.log_likelihood}
        else:
            demixed = fit_demixing(signal, refined, share, seed=seed)
            model = NoiseFilter(demixed.demixing, whitening.uncorrelated(noise).astype(np.float32))
            stages = {"demixing": demixed.log_likelihood}
    stages = {"directions": directions.log_likelihood, **stages}
    return Room(whitening, directions, model, stages)
