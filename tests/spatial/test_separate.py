import numpy as np
import pytest

from tdsep.spatial.separate import separate_spatially


@pytest.mark.parametrize(
    ("n_talkers", "n_channels", "demix"),
    [(2, 2, True), (2, 2, False), (3, 2, False), (3, 3, True), (2, 5, True), (3, 4, False)],
)
def test_the_images_add_up_to_the_mixture(scene, n_talkers, n_channels, demix):
    images, truth = scene(n_talkers, n_channels, spread=0.3)
    spectrum = images.sum(axis=0)
    separation, iterator = separate_spatially(
        spectrum, truth, noise=np.zeros(spectrum.shape[1]) if demix else None
    )
    parts = list(iterator)
    np.testing.assert_allclose(sum(parts), spectrum, atol=3e-3 * np.abs(spectrum).max())
    np.testing.assert_allclose(separation.posteriors.sum(axis=0), 1, atol=1e-5)
    assert set(separation.log_likelihood) == {
        "directions", "demixing" if demix else "full-rank model"
    }  # fmt: skip
    for image, part in zip(images, parts, strict=True):
        assert np.mean(np.abs(part - image) ** 2) < 0.5 * np.mean(np.abs(image) ** 2)
