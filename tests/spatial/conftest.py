"""Whitened spectra of known mixtures."""

from types import SimpleNamespace

import numpy as np
import pytest

from tdsep.spatial.whitening import fit_whitening
from tdsep.workers import workers


def whiten(spectrum, n_components):
    """Whiten a spectrum: the signal, and what leads there and back."""
    whitening = fit_whitening(spectrum, n_components)
    return SimpleNamespace(
        signal=whitening.signal(spectrum), back=whitening.back, whitening=whitening
    )


@pytest.fixture
def share():
    with workers() as share:  # as long as these are held, other threads wait for their turn
        yield share


@pytest.fixture
def scene(rng):
    """Make spectra mixed by a random matrix at each frequency: [images, truth of each bin].

    Each talker has bursts of their own, at all frequencies at once, as voices have.
    """

    def make(n_talkers, n_channels, n_frequencies=33, n_frames=200, spread=0.0):
        shape = (n_talkers, n_frequencies, n_frames)
        active = rng.random((n_talkers, 1, n_frames)) < 0.5
        level = np.where(active, 1.0, 0.03) * rng.gamma(0.5, 1.0, shape)
        voices = level * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
        size = (n_talkers, n_channels, n_frequencies)
        mixing = rng.standard_normal(size) + 1j * rng.standard_normal(size)
        images = mixing[..., None] * voices[:, None]
        noise = rng.standard_normal(images.shape) + 1j * rng.standard_normal(images.shape)
        images += spread * noise * np.abs(voices)[:, None]
        power = np.abs(voices) ** 2
        return images.astype(np.complex64), (power / power.sum(axis=0)).astype(np.float32)

    return make
