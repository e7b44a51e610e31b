"""From posteriors to the talkers' images: whiten, refine, then demix or filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.spatial.angular_gaussian import fit_angular_mixture
from tdsep.spatial.demixing import fit_demixing
from tdsep.spatial.full_rank import FullRankModel, fit_full_rank
from tdsep.spatial.noise import NoiseFilter, filter_noise
from tdsep.spatial.whitening import whiten
from tdsep.workers import workers


@dataclass(frozen=True)
class Refinement:
    """What the directions of the bins add to what was known, and how it was learned.

    Attributes
    ----------
    posteriors : ndarray [talker, frequency, frame], float32
        Whose each bin is by its direction; they add up to 1.
    log_likelihood : dict of str to ndarray [iterations]
        Mean log-likelihood of a bin by the name of the stage, up to a constant of each stage.
    """

    posteriors: np.ndarray
    log_likelihood: dict[str, np.ndarray]


def separate_spatially(
    spectrum: np.ndarray,
    posteriors: np.ndarray,
    *,
    noise: np.ndarray | None,
    seed: int = 0,
) -> tuple[Refinement, Iterator[np.ndarray]]:
    """Refine posteriors by the directions of the bins, and separate the talkers.

    Parameters
    ----------
    spectrum : ndarray [channel, frequency, frame], complex64
    posteriors : ndarray [talker, frequency, frame]
        Of two talkers or more.
    noise : ndarray [frequency] or None
        Power of the noise in each channel, to separate as many talkers as channels or fewer by
        linear demixing; None to separate any number by a multichannel Wiener filter.
    seed : int
        Of the demixing's random start.

    Returns
    -------
    refinement : Refinement
    images : iterator of ndarray [channel, frequency, frame]
        Spectrum of each talker at all microphones. They add up to the mixture: what lies outside
        the components kept is shared out by the posteriors.
    """
    n_talkers, n_channels = len(posteriors), len(spectrum)
    whitened = whiten(spectrum, min(n_talkers, n_channels))
    model: NoiseFilter | FullRankModel
    with workers() as share:
        mixture = fit_angular_mixture(whitened.signal, posteriors.transpose(1, 0, 2), share)
        if noise is not None:
            demixed = fit_demixing(whitened.signal, mixture.posteriors, share, seed=seed)
            history = demixed.log_likelihood
            model = filter_noise(demixed, whitened.uncorrelated(noise), share)
        else:
            model = fit_full_rank(whitened.signal, mixture.posteriors, share)
            history = model.log_likelihood
    histories = {
        "directions": mixture.log_likelihood,
        "full-rank model" if noise is None else "demixing": history,
    }
    refinement = Refinement(mixture.posteriors.transpose(1, 0, 2), histories)
    back = whitened.back.astype(np.complex64)
    rest = None
    if n_talkers < n_channels:
        rest = spectrum - np.matmul(back, whitened.signal).transpose(1, 0, 2)
    return refinement, _images(model, back, refinement.posteriors, rest)


def _images(
    model: NoiseFilter | FullRankModel,
    back: np.ndarray,
    posteriors: np.ndarray,
    rest: np.ndarray | None,
) -> Iterator[np.ndarray]:
    """Yield one talker after the other: all together would take memory."""
    for talker, posterior in enumerate(posteriors):
        image = np.matmul(back, model.image(talker)).transpose(1, 0, 2)
        yield image if rest is None else image + posterior * rest
