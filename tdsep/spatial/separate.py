"""From posteriors to the talkers' images: whiten, refine, then demix or filter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.spatial.angular_gaussian import fit_angular_mixture
from tdsep.spatial.demixing import Demixing, fit_demixing
from tdsep.spatial.full_rank import FullRankModel, fit_full_rank
from tdsep.spatial.whitening import Whitened, whiten
from tdsep.workers import workers


@dataclass(frozen=True)
class SpatialSeparation:
    """The talkers as the room carries them to every microphone.

    Attributes
    ----------
    posteriors : ndarray [talker, frequency, frame], float32
        After refinement by the bins' directions; they add up to 1.
    log_likelihood : dict of str to ndarray [iterations]
        Mean log-likelihood of a bin by the name of the stage, up to a constant of each stage.
    """

    posteriors: np.ndarray
    log_likelihood: dict[str, np.ndarray]
    _model: Demixing | FullRankModel
    _whitened: Whitened
    _rest: np.ndarray | None

    def image(self, talker: int) -> np.ndarray:
        """Spectrum of a talker at all microphones, [channel, frequency, frame].

        The talkers' add up to the mixture: what lies outside the components kept is shared out by
        the posteriors.
        """
        back = self._whitened.back.astype(np.complex64)
        image = np.matmul(back, self._model.image(talker)).transpose(1, 0, 2)
        return image if self._rest is None else image + self.posteriors[talker] * self._rest


def separate_spatially(
    spectrum: np.ndarray,
    posteriors: np.ndarray,
    *,
    demix: bool,
    seed: int = 0,
) -> SpatialSeparation:
    """Refine posteriors by the directions of the bins, and separate the talkers.

    Parameters
    ----------
    spectrum : ndarray [channel, frequency, frame], complex64
    posteriors : ndarray [talker, frequency, frame]
        Of two talkers or more.
    demix : bool
        By linear demixing, for as many talkers as channels or fewer; by a multichannel Wiener
        filter otherwise.
    seed : int
        Of the demixing's random start.

    Returns
    -------
    SpatialSeparation
    """
    n_talkers, n_channels = len(posteriors), len(spectrum)
    whitened = whiten(spectrum, min(n_talkers, n_channels))
    start = np.ascontiguousarray(posteriors.transpose(1, 0, 2))
    model: Demixing | FullRankModel
    with workers() as share:
        mixture = fit_angular_mixture(whitened.signal, start, share)
        if demix:
            model = fit_demixing(whitened.signal, mixture.posteriors, share, seed=seed)
        else:
            model = fit_full_rank(whitened.signal, mixture.posteriors, share)
    rest = None
    if n_talkers < n_channels:
        kept = np.matmul(whitened.back.astype(np.complex64), whitened.signal)
        rest = spectrum - kept.transpose(1, 0, 2)
    return SpatialSeparation(
        mixture.posteriors.transpose(1, 0, 2),
        {
            "directions": mixture.log_likelihood,
            "demixing" if demix else "full-rank model": model.log_likelihood,
        },
        model, whitened, rest,
    )  # fmt: skip
