import numpy as np
import pytest

from tdsep.spatial.demixing import fit_demixing
from tests.spatial.conftest import whiten


def coarse(truth, rng):
    """Posteriors half right, [frequency, talker, frame]."""
    noise = rng.random(truth.shape)
    mixed = 0.5 * truth + 0.5 * noise / noise.sum(axis=0)
    return np.ascontiguousarray(mixed.transpose(1, 0, 2), np.float32)


def image_of(fitted, talker, signal):
    """Demix a talker and project the part back."""
    column = np.linalg.inv(fitted.demixing)[:, :, talker, None]
    return column * fitted.demixing[:, talker, None] @ signal


@pytest.mark.parametrize("n_talkers", [2, 3])
def test_cancels_the_others(scene, share, rng, n_talkers):
    images, truth = scene(n_talkers, n_talkers, n_frames=400)
    whitened = whiten(images.sum(axis=0), n_talkers)
    fitted = fit_demixing(whitened.signal, coarse(truth, rng), share)
    for talker, image in enumerate(images):
        estimate = (whitened.back @ image_of(fitted, talker, whitened.signal)).transpose(1, 0, 2)
        error = np.abs(estimate - image) ** 2
        assert error.mean() < 1e-2 * (np.abs(image) ** 2).mean()


@pytest.mark.parametrize("n_talkers", [2, 3])
def test_images_add_up(scene, share, rng, n_talkers):
    images, truth = scene(n_talkers, n_talkers, spread=0.5)
    signal = whiten(images.sum(axis=0), n_talkers).signal
    fitted = fit_demixing(signal, coarse(truth, rng), share)
    total = sum(image_of(fitted, talker, signal) for talker in range(n_talkers))
    np.testing.assert_allclose(total, signal, atol=1e-4 * np.abs(signal).max())


def test_the_likelihood_never_falls(scene, share, rng):
    images, truth = scene(2, 2, spread=0.3)
    signal = whiten(images.sum(axis=0), 2).signal
    history = fit_demixing(signal, coarse(truth, rng), share, n_iter=30).log_likelihood
    assert np.diff(history).min() > -1e-4 * np.abs(history).max()
    assert history[-1] > history[0]


def test_the_same_seed_gives_the_same_parts(scene, share, rng):
    images, truth = scene(2, 2)
    signal, start = whiten(images.sum(axis=0), 2).signal, coarse(truth, rng)
    one, same, other = (fit_demixing(signal, start, share, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.demixing, same.demixing)
    assert (one.demixing != other.demixing).any()


@pytest.mark.parametrize("kind", ["silent band", "silent frames", "equal channels", "one frame"])
def test_degenerate_spectra_stay_finite(scene, share, rng, kind):
    images, truth = scene(2, 2)
    spectrum = images.sum(axis=0)
    match kind:
        case "silent band":
            spectrum[:, 4:9] = 0
        case "silent frames":
            spectrum[:, :, :150] = 0
        case "equal channels":
            spectrum[1] = spectrum[0]
        case "one frame":
            spectrum[:, :, 1:] = 0
    signal = whiten(spectrum, 2).signal
    fitted = fit_demixing(signal, coarse(truth, rng), share)
    assert np.isfinite(image_of(fitted, 0, signal)).all()
    assert np.isfinite(fitted.demixing).all()
