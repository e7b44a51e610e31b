import numpy as np
import pytest

from tdsep.gmm.onset_mixture import OnsetMixture
from tdsep.gmm.onsets import Onsets

FREQUENCIES = np.arange(400) * 20.0
DELAYS = np.array([-1.5e-4, 2e-4])


@pytest.fixture
def onsets(rng):
    """Onsets of two talkers who take turns, frame by frame, with a tenth of stray phases."""
    n_onsets = 3000
    band = rng.integers(10, 400, n_onsets)
    frame = rng.integers(0, 300, n_onsets)
    talker = frame // 10 % 2
    phase = 2 * np.pi * FREQUENCIES[band] * DELAYS[talker] + 0.2 * rng.standard_normal(n_onsets)
    stray = rng.random(n_onsets) < 0.1
    phase[stray] = rng.uniform(-np.pi, np.pi, stray.sum())
    phase = np.angle(np.exp(1j * phase))
    return Onsets(band, frame, rng.uniform(1, 2, n_onsets), phase, 300), talker


def test_nobody_explains_nothing(onsets):
    fit = OnsetMixture(onsets[0], FREQUENCIES, 1e-3).nobody()
    assert fit.delays.size == 0
    assert fit.log_likelihood == 0
    np.testing.assert_allclose(fit.posterior, 1)


def test_two_talkers_are_found_and_a_third_gains_little(onsets):
    mixture = OnsetMixture(onsets[0], FREQUENCIES, 1e-3)
    fits = [mixture.nobody()]
    for _ in range(3):
        fits.append(mixture.with_one_more(fits[-1]))
    np.testing.assert_allclose(np.sort(fits[2].delays), DELAYS, atol=3e-6)
    gains = np.diff([fit.log_likelihood for fit in fits])
    assert gains[1] > 10 * abs(gains[2])
    for fit in fits:
        np.testing.assert_allclose(fit.posterior.sum(axis=0), 1, atol=1e-5)
    owners = fits[2].posterior[np.argsort(fits[2].delays)].argmax(axis=0)
    assert (owners == onsets[1]).mean() > 0.85


def test_the_angular_spectrum_peaks_at_a_talker(onsets):
    mixture = OnsetMixture(onsets[0], FREQUENCIES, 1e-3)
    spectrum = mixture.angular_spectrum(mixture.nobody())
    assert spectrum.shape == mixture.grid.shape
    assert np.abs(mixture.grid[spectrum.argmax()] - DELAYS).min() < 1e-5
    assert mixture.grid.max() <= 1e-3


def test_an_onset_does_not_speak_for_itself():
    """With one onset in each frame nothing nearby tells who talks: the weights are the overall."""
    n_onsets = 40
    alone = Onsets(
        np.arange(10, 10 + n_onsets), np.arange(0, 10 * n_onsets, 10), np.ones(n_onsets),
        np.zeros(n_onsets), 10 * n_onsets,
    )  # fmt: skip
    mixture = OnsetMixture(alone, FREQUENCIES, 1e-3)
    posterior = np.zeros((2, n_onsets), np.float32)
    posterior[0, ::4], posterior[1] = 1, 1
    posterior[1, ::4] = 0
    expected = mixture._expected(posterior)
    np.testing.assert_allclose(expected[0], 0.25, atol=1e-4)
