import numpy as np
import pytest

from tdsep.spatial import hermitian
from tdsep.spatial.angular_gaussian import _directions, _likelihood, _scatter, fit_angular_mixture
from tests.spatial.conftest import whiten


@pytest.mark.parametrize(("n_talkers", "n_channels"), [(2, 2), (3, 2), (3, 3), (2, 4)])
def test_finds_whose_each_bin_is(scene, share, rng, n_talkers, n_channels):
    images, truth = scene(n_talkers, n_channels)
    whitened = whiten(images.sum(axis=0), min(n_talkers, n_channels))
    start = 0.35 * truth + 0.65 * rng.dirichlet(np.ones(n_talkers), truth.shape[1:]).transpose(
        2, 0, 1
    ).astype(np.float32)
    start = np.ascontiguousarray(start.transpose(1, 0, 2))
    fitted, posteriors = fit_angular_mixture(whitened.signal, start, share)
    bins = truth.transpose(1, 0, 2)
    for found in (posteriors, fitted.explain(whitened.signal, start)):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
        assert np.abs(found - bins).mean() < 0.75 * np.abs(start - bins).mean()


def test_frames_are_explained_alike_in_any_company(scene, share):
    images, truth = scene(3, 2)
    signal = whiten(images.sum(axis=0), 2).signal
    start = np.ascontiguousarray(truth.transpose(1, 0, 2))
    fitted, _ = fit_angular_mixture(signal[..., :120], start[..., :120], share)
    whole = fitted.explain(signal, start)
    some = fitted.explain(signal[..., 150:170], start[..., 150:170])
    np.testing.assert_allclose(some, whole[..., 150:170], atol=1e-5)


def test_the_likelihood_never_falls(scene, share, monkeypatch):
    monkeypatch.setattr("tdsep.spatial.angular_gaussian._LOADING", 1e-6)
    monkeypatch.setattr("tdsep.spatial.angular_gaussian._PRESENCE", np.float32(0))
    images, truth = scene(2, 2, spread=0.3)
    whitened = whiten(images.sum(axis=0), 2)
    start = np.ascontiguousarray(0.5 * truth.transpose(1, 0, 2) + 0.25)
    history = fit_angular_mixture(whitened.signal, start, share, n_iter=30)[0].log_likelihood
    assert np.diff(history).min() > -1e-5
    assert history[-1] > history[0]


@pytest.mark.parametrize("n_channels", [2, 3])
def test_the_densities_are_the_definition(scene, n_channels):
    images, truth = scene(3, n_channels, n_frequencies=4, n_frames=20)
    x = whiten(images.sum(axis=0), n_channels).signal
    directions = _directions(x)
    scatter = _scatter(directions, truth.transpose(1, 0, 2))
    likelihood, quadratic = _likelihood(directions, scatter)
    z = x / np.linalg.norm(x, axis=1, keepdims=True)
    b = hermitian.matrices(scatter)  # [frequency, talker, channel, channel]
    forms = np.einsum("fit,fkij,fjt->fkt", z.conj(), np.linalg.inv(b), z).real
    density = forms**-n_channels / np.linalg.det(b).real[:, :, None]
    np.testing.assert_allclose(quadratic, forms, rtol=1e-3)
    np.testing.assert_allclose(likelihood, density, rtol=5e-3)


def test_a_silent_frame_stays_finite(scene, share):
    images, truth = scene(2, 2)
    spectrum = images.sum(axis=0)
    spectrum[:, :, 7] = 0
    signal, start = whiten(spectrum, 2).signal, np.ascontiguousarray(truth.transpose(1, 0, 2))
    fitted, posteriors = fit_angular_mixture(signal, start, share)
    assert np.isfinite(posteriors).all()
    assert np.isfinite(fitted.explain(signal, start)).all()
