import numpy as np
import pytest

from tdsep.spatial import hermitian
from tdsep.spatial.full_rank import _Block, fit_full_rank
from tests.spatial.conftest import whiten


def start_of(truth):
    return np.ascontiguousarray(0.8 * truth.transpose(1, 0, 2) + 0.2 / len(truth), np.float32)


@pytest.mark.parametrize(("n_talkers", "n_channels"), [(2, 2), (3, 2), (5, 2), (4, 3)])
def test_images_add_up(scene, share, n_talkers, n_channels):
    images, truth = scene(n_talkers, n_channels, spread=0.5)
    signal = whiten(images.sum(axis=0), n_channels).signal
    fitted = fit_full_rank(signal, start_of(truth), share, n_iter=3)
    total = sum(fitted.images(signal, start_of(truth)))
    np.testing.assert_allclose(total, signal, atol=2e-3 * np.abs(signal).max())


@pytest.mark.parametrize(("n_talkers", "n_channels"), [(3, 2), (4, 3)])
def test_better_than_the_start_as_masks(scene, share, n_talkers, n_channels):
    images, truth = scene(n_talkers, n_channels, spread=0.3)
    whitened = whiten(images.sum(axis=0), n_channels)
    start = 0.4 * start_of(truth) + np.float32(0.6 / n_talkers)
    fitted = fit_full_rank(whitened.signal, start, share)
    found = list(fitted.images(whitened.signal, start))
    for talker, image in enumerate(images):
        masked = start[:, talker, None] * whitened.signal
        errors = [
            np.mean(np.abs((whitened.back @ part).transpose(1, 0, 2) - image) ** 2)
            for part in (found[talker], masked)
        ]
        assert errors[0] < 0.7 * errors[1]


def test_the_likelihood_never_falls(scene, share, monkeypatch):
    monkeypatch.setattr("tdsep.spatial.full_rank._LOADING", 1e-9)
    images, truth = scene(3, 2, spread=0.3)
    signal = whiten(images.sum(axis=0), 2).signal
    history = fit_full_rank(signal, start_of(truth), share, n_iter=30).log_likelihood
    assert np.diff(history).min() > -1e-4
    assert history[-1] > history[0] + 0.1


def test_an_iteration_is_the_papers(scene):
    """Against the textbook's formulas, matrix by matrix (Duong et al., eq. 29 to 33)."""
    images, truth = scene(3, 2, n_frequencies=2, n_frames=15, spread=0.5)
    signal = whiten(images.sum(axis=0), 2).signal
    block = _Block(signal, start_of(truth))
    v, r = block.variances.astype(float), hermitian.matrices(block.scatter)
    block.expect()
    block.maximise(learn=True)
    covariance = np.einsum("fkt,fkij->ftij", v, r)
    inverse = np.linalg.inv(covariance)
    for k in range(3):
        moments = np.empty((2, 15, 2, 2), complex)
        for f in range(2):
            for t in range(15):
                own = v[f, k, t] * r[f, k]
                gain = own @ inverse[f, t]
                estimate = gain @ signal[f, :, t]
                moments[f, t] = np.outer(estimate, estimate.conj()) + own - gain @ own
        after = np.einsum("fij,ftji->ft", np.linalg.inv(r[:, k]), moments).real / 2
        np.testing.assert_allclose(block.variances[:, k], after, rtol=2e-3, atol=1e-6)
        mean = (moments / after[:, :, None, None]).mean(axis=1)
        expected = hermitian.loaded(hermitian.coordinates(mean[:, None]), 1e-3)
        np.testing.assert_allclose(block.scatter[:, :, [k]], expected, rtol=1e-2, atol=2e-3)


def test_silence_stays_finite(scene, share):
    images, truth = scene(3, 2)
    spectrum = images.sum(axis=0)
    spectrum[:, 4:6] = 0
    spectrum[:, :, :50] = 0
    signal = whiten(spectrum, 2).signal
    fitted = fit_full_rank(signal, start_of(truth), share)
    assert np.isfinite(fitted.scatter).all()
    for image in fitted.images(signal, start_of(truth)):
        assert np.isfinite(image).all()


def test_frames_are_filtered_alike_in_any_company(scene, share):
    images, truth = scene(3, 2)
    signal, start = whiten(images.sum(axis=0), 2).signal, start_of(truth)
    fitted = fit_full_rank(signal[..., :120], start[..., :120], share)
    some = fitted.images(signal[..., 150:170], start[..., 150:170])
    for whole, part in zip(fitted.images(signal, start), some, strict=True):
        np.testing.assert_allclose(part, whole[..., 150:170], atol=1e-3 * np.abs(whole).max())
