"""Three microphones and more: which two to compare first, and the delays at all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import scipy.fft

from tdsep.gmm.talkers import TalkerSearch, find_talkers

#: Delays are found on a grid this many times finer than the samples.
_FINER = 16


def find_in_array(
    recording: np.ndarray,
    rate: int,
    n_talkers: int | None = None,
    *,
    max_delay: float | None = None,
) -> tuple[TalkerSearch, tuple[int, int]]:
    """Find the talkers by every pair of microphones, and the pair that tells them apart best.

    Two talkers may look alike to a pair, so the number that the most pairs believe in is taken
    (of two numbers the larger one), and of its pairs the one with the highest score.

    Parameters
    ----------
    recording : ndarray [channel, samples]
    rate : int
    n_talkers : int, optional
        Found by default.
    max_delay : float, optional
        Longest possible delay in seconds.

    Returns
    -------
    search : TalkerSearch
        By that pair.
    pair : (int, int)
        Its channels, from 0.
    """
    found = {
        pair: find_talkers(recording[list(pair)], rate, n_talkers, max_delay=max_delay)
        for pair in combinations(range(len(recording)), 2)
    }
    numbers = [search.n_talkers for search in found.values()]
    number = max(sorted(set(numbers), reverse=True), key=numbers.count)
    agreeing = {pair: search for pair, search in found.items() if search.n_talkers == number}
    best = max(agreeing, key=lambda pair: agreeing[pair].scores[number])
    return agreeing[best], best


def delays_at_microphones(
    spectrum: np.ndarray, posteriors: np.ndarray, rate: int, n_fft: int, max_delay: float
) -> np.ndarray:
    """How much later than microphone 1 each microphone hears each talker.

    Parameters
    ----------
    spectrum : ndarray [channel, frequency, frame], complex
    posteriors : ndarray [talker, frequency, frame]
    rate, n_fft : int
    max_delay : float
        Longest possible delay in seconds.

    Returns
    -------
    ndarray [talker, channel]
        In seconds; 0 at microphone 1.

    References
    ----------
    C. Knapp, G. Carter, "The generalized correlation method for estimation of time delay", IEEE
    Trans. ASSP 24 (4), 1976: the phase transform, here over each talker's bins.
    """
    reach = min(int(np.ceil(max_delay * rate * _FINER)), _FINER * n_fft // 2 - 1)
    lags = np.arange(-reach, reach + 1)
    delays = np.zeros((len(posteriors), len(spectrum)))
    for channel in range(1, len(spectrum)):
        cross = spectrum[0] * spectrum[channel].conj()
        cross /= np.sqrt(np.abs(cross)) + np.finfo(np.float32).tiny
        for talker, posterior in enumerate(posteriors):
            phases = np.einsum("ft,ft->f", posterior, cross)
            phases /= np.abs(phases) + np.finfo(np.float32).tiny
            correlation = scipy.fft.irfft(phases.conj(), _FINER * n_fft)
            delays[talker, channel] = lags[correlation[lags].argmax()] / (_FINER * rate)
    return delays
