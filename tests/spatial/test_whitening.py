import numpy as np
import pytest

from tests.spatial.conftest import whiten


@pytest.mark.parametrize("n_channels", [2, 3])
def test_channels_become_uncorrelated_and_equally_loud(scene, n_channels):
    spectrum = scene(3, n_channels)[0].sum(axis=0)
    whitened = whiten(spectrum, n_channels)
    x = whitened.signal
    covariance = x @ x.conj().swapaxes(1, 2) / x.shape[2]
    np.testing.assert_allclose(covariance, np.tile(np.eye(n_channels), (len(x), 1, 1)), atol=1e-3)
    np.testing.assert_allclose(whitened.back @ x, spectrum.transpose(1, 0, 2), atol=1e-4)


def test_fewer_components_keep_what_is_loudest(scene):
    images, _ = scene(2, 4)
    spectrum = images.sum(axis=0)
    whitened = whiten(spectrum, 2)
    kept = (whitened.back @ whitened.signal).transpose(1, 0, 2)
    np.testing.assert_allclose(kept, spectrum, atol=1e-3 * np.abs(spectrum).max())


@pytest.mark.parametrize("kind", ["equal channels", "silent band", "silent frame", "tiny"])
def test_degenerate_spectra_stay_finite(scene, kind):
    spectrum = scene(2, 2)[0].sum(axis=0)
    match kind:
        case "equal channels":
            spectrum[1] = spectrum[0]
        case "silent band":
            spectrum[:, 3] = 0
        case "silent frame":
            spectrum[:, :, 5] = 0
        case "tiny":
            spectrum *= np.float32(1e-15)
    whitened = whiten(spectrum, 2)
    assert np.isfinite(whitened.signal).all()
    assert np.isfinite(whitened.back).all()
