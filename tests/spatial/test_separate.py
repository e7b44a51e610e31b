import numpy as np
import pytest

from tdsep.spatial.separate import learn_room
from tests.spatial.conftest import whiten


@pytest.mark.parametrize(
    ("n_talkers", "n_channels", "demix"),
    [(2, 2, True), (2, 2, False), (3, 2, False), (3, 3, True), (2, 5, True), (3, 4, False)],
)
def test_the_images_add_up_to_the_mixture(scene, n_talkers, n_channels, demix):
    images, truth = scene(n_talkers, n_channels, spread=0.3)
    spectrum = images.sum(axis=0)
    noise = np.zeros(spectrum.shape[1]) if demix else None
    whitened = whiten(spectrum, min(n_talkers, n_channels))
    room = learn_room(whitened.whitening, whitened.signal, truth, noise=noise)
    parts = list(room.images(spectrum, truth))
    np.testing.assert_allclose(sum(parts), spectrum, atol=3e-3 * np.abs(spectrum).max())
    np.testing.assert_allclose(room.posteriors(spectrum, truth).sum(axis=0), 1, atol=1e-5)
    assert set(room.log_likelihood) == {"directions", "demixing" if demix else "full-rank model"}
    for image, part in zip(images, parts, strict=True):
        assert np.mean(np.abs(part - image) ** 2) < 0.5 * np.mean(np.abs(image) ** 2)
