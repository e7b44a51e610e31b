"""How many talkers there are, and their time differences, at any spacing of the microphones.

Talkers are fitted to the inter-channel phase at onsets, where a talker at delay tau stands at
phase 2 pi f tau in every band, so the delays are found on the whole band however often the phase
wraps. They are added one by one, each where it raises the likelihood most. One more is believed
in while it explains something (a gain in likelihood) and every talker has moments alone: an
echo, or a component midway between two talkers, has none. The score is our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.geometry import SPEED_OF_SOUND
from tdsep.gmm.onset_mixture import Fit, OnsetMixture
from tdsep.gmm.onsets import find_onsets
from tdsep.stft import frequencies, stft, window_length

#: Window in seconds: shorter than for the masks, for onsets are brief.
SEARCH_WINDOW = 0.048
#: Longest delay looked for, in seconds: microphones a metre apart.
LONGEST_DELAY = 3e-3
#: Most talkers counted where the number is not given.
MOST_COUNTED = 4
#: Score that a number of talkers must reach to be believed.
THRESHOLD = 0.25

#: A talker's share of the onsets is taken at this quantile of the busier frames.
_BEST_FRAMES = 0.99


@dataclass(frozen=True)
class TalkerSearch:
    """The talkers found and the evidence.

    Attributes
    ----------
    delays : ndarray [talkers]
        Time differences in seconds, increasing; positive when microphone 2 hears it later.
    scores : dict of int to float
        Evidence for each number of talkers tried. The number believed is the largest whose score
        reaches the threshold; 1 needs none.
    threshold : float
    estimated : bool
        Whether the number was found, not given.
    grid : ndarray [delays]
        Delays tried, in seconds.
    angular_spectrum : ndarray [delays]
        What a talker at each of them explains of the onsets: log-likelihood gained, in nats.
    """

    delays: np.ndarray
    scores: dict[int, float]
    threshold: float
    estimated: bool
    grid: np.ndarray
    angular_spectrum: np.ndarray

    @property
    def n_talkers(self) -> int:
        """Number of talkers."""
        return self.delays.size


def longest_delay(spacing: float | None) -> float:
    """Longest delay to look for, in seconds: a little beyond what the spacing in metres allows."""
    return LONGEST_DELAY if spacing is None else 1.1 * spacing / SPEED_OF_SOUND


def find_talkers(
    mixture: np.ndarray,
    rate: int,
    n_talkers: int | None = None,
    *,
    max_delay: float | None = None,
) -> TalkerSearch:
    """Find the talkers' delays, and their number where it is not given.

    Parameters
    ----------
    mixture : ndarray [2, samples]
    rate : int
        Sampling rate in Hz.
    n_talkers : int, optional
        Found by default, from 1 to 4.
    max_delay : float, optional
        Longest possible delay in seconds; 3 ms by default.

    Returns
    -------
    TalkerSearch
    """
    n_fft = window_length(rate, SEARCH_WINDOW)
    bands = frequencies(rate, n_fft)
    onsets = find_onsets(stft(mixture, n_fft), bands)
    mixture_of_talkers = OnsetMixture(
        onsets, bands, LONGEST_DELAY if max_delay is None else max_delay
    )
    fit = mixture_of_talkers.nobody()
    angular_spectrum = mixture_of_talkers.angular_spectrum(fit)
    fits: list[Fit] = []
    scores: dict[int, float] = {}
    for number in range(1, (n_talkers or MOST_COUNTED) + 1):
        before, fit = fit, mixture_of_talkers.with_one_more(fit)
        fits.append(fit)
        scores[number] = _score(fit, before, _share_in_best_frames(fit, mixture_of_talkers))
    believed = [number for number in scores if number > 1 and scores[number] >= THRESHOLD]
    chosen = n_talkers or max(believed, default=1)
    return TalkerSearch(
        np.sort(fits[chosen - 1].delays), scores, THRESHOLD, n_talkers is None,
        mixture_of_talkers.grid, angular_spectrum,
    )  # fmt: skip


def _score(fit: Fit, before: Fit, share: float) -> float:
    """Evidence for as many talkers as the fit has, against one fewer.

    Parameters
    ----------
    fit, before : Fit
        With all talkers and with one fewer.
    share : float
        What the least heard talker has in that talker's best frames.

    Notes
    -----
    Two signs, multiplied: nobody is without moments alone (`share`), and the last talker
    explains something: a gain in likelihood, relative to the whole, which is high in a dead room
    for any talkers and low in echoes. The more there are, the less is left for each. The exponents
    were fitted to simulated rooms, with talkers who are faint or brief among them, and tried on
    others.
    """
    gained = fit.log_likelihood - before.log_likelihood
    if gained <= 0 or fit.log_likelihood <= 0:
        return 0.0
    return float(fit.delays.size * share**3 * np.sqrt(gained / fit.log_likelihood))


def _share_in_best_frames(fit: Fit, mixture: OnsetMixture) -> float:
    """Share of the onsets that each talker has in that talker's best frames; the smallest.

    Taken over frames, pooled with those nearby, with more onsets than the median, at the best 1 %.
    """
    everyone = mixture.in_frames(mixture.weight)
    busy = everyone >= np.median(everyone[everyone > 0])
    shares = [mixture.in_frames(part * mixture.weight)[busy] for part in fit.posterior[:-1]]
    return float(np.quantile(shares / everyone[busy], _BEST_FRAMES, axis=1).min())
