"""Learn to tell the talkers apart under one window: the lecture's steps, and on from there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tdsep.gmm.mixture import fit_gaussian_mixture
from tdsep.gmm.model import TalkerModel
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.wrapped_phase import fit_phase_mixture
from tdsep.spatial.noise import at_window
from tdsep.spatial.separate import learn_room
from tdsep.spatial.whitening import fit_whitening
from tdsep.stft import frequencies, stft


def learn_talkers(
    recording: np.ndarray,
    rate: int,
    n_fft: int,
    hop_length: int,
    delays: np.ndarray,
    *,
    pair: tuple[int, int],
    method: str,
    output: str,
    mask: str,
    noise: np.ndarray | None,
    seed: int,
) -> TalkerModel:
    """Compare two microphones in every bin, fit the mixtures, and learn the room.

    Parameters
    ----------
    recording : ndarray [channel, samples]
    rate : int
    n_fft, hop_length : int
    delays : ndarray [talkers]
        Where the talkers' time differences start, in seconds.
    pair : (int, int)
        The channels compared.
    method : {"wrapped-phase", "lecture"}
    output : {"demix", "wiener", "mask"}
    mask : {"soft", "binary"}
    noise : ndarray [frequency] or None
        By `tdsep.spatial.noise.noise_floor`, to demix.
    seed : int

    Returns
    -------
    TalkerModel
    """
    spectrum = stft(recording, n_fft, hop_length)
    # A little beyond the outermost talker: the flanks of the Gaussians, and no more of the rest.
    max_delay = 1.2 * float(np.abs(delays).max()) + 30e-6
    observed = TimeDifferences.from_spectrum(spectrum[list(pair)], frequencies(rate, n_fft))
    positions, weights = observed.histogram(max_delay)
    gaussians = fit_gaussian_mixture(positions, delays.size, sample_weight=weights, means=delays)
    phases = None if method == "lecture" else fit_phase_mixture(observed, delays)
    del observed
    model = TalkerModel(
        rate, n_fft, hop_length, pair, max_delay, gaussians, phases, room=None, mask=mask
    )
    if output == "mask":
        return model
    posteriors = model.posteriors(spectrum)
    whitening = fit_whitening(spectrum, min(delays.size, len(spectrum)))
    signal = whitening.signal(spectrum)
    del spectrum  # it is large
    at_this_window = None if noise is None else at_window(noise, n_fft)
    room = learn_room(whitening, signal, posteriors, noise=at_this_window, seed=seed)
    return replace(model, room=room)
