import numpy as np
import pytest

from tdsep.spatial.noise import NoiseFilter, at_window, noise_floor
from tdsep.stft import stft
from tests.spatial.conftest import whiten

RATE = 16000


@pytest.mark.parametrize("n_channels", [2, 4])
@pytest.mark.parametrize("n_fft", [1024, 4096])
def test_white_noise_is_measured_at_any_window(rng, n_channels, n_fft):
    noise = 0.1 * rng.standard_normal((n_channels, 10 * RATE))
    power = (np.abs(stft(noise, n_fft)) ** 2).mean()
    found = at_window(noise_floor(noise, 1024), n_fft)
    assert found.shape == (n_fft // 2 + 1,)
    assert found[3:-3].mean() == pytest.approx(power, rel=0.2)


def test_bursts_are_no_noise(rng):
    sound = 1e-3 * rng.standard_normal((2, 4 * RATE))
    quiet = noise_floor(sound, 1024)
    sound[:, RATE : 2 * RATE] += rng.standard_normal((2, RATE))
    assert noise_floor(sound, 1024).mean() < 3 * quiet.mean()
    assert noise_floor(np.zeros((2, RATE)), 1024).max() == 0


@pytest.fixture
def demixed(scene, rng):
    """Perfect demixing of a mixture that is noisy: [matrices, whitened, images]."""
    images, _ = scene(2, 2, n_frames=400)
    clean = images.sum(axis=0)
    size = (*clean.shape, 2)
    noise = (rng.standard_normal(size) @ [1, 1j] * 0.3 / np.sqrt(2)).astype(np.complex64)
    whitened = whiten(clean + noise, 2)
    strongest = np.argmax(np.abs(images[:, 0]), axis=2)
    mixing = np.stack(
        [
            np.take_along_axis(i, s[None, :, None], 2)[:, :, 0]
            for i, s in zip(images, strongest, strict=True)
        ],
        2,
    ).transpose(1, 0, 2)
    forward = np.linalg.inv(whitened.back)
    return np.linalg.inv(forward @ mixing), whitened, images


def filtered(demixing, whitened, noise):
    model = NoiseFilter(demixing, noise.astype(np.float32))
    return list(model.images(whitened.signal, None))


def test_without_noise_it_is_the_demixing(demixed):
    demixing, whitened, _ = demixed
    columns = np.linalg.inv(demixing)
    for talker, image in enumerate(filtered(demixing, whitened, np.zeros((33, 2)))):
        plain = columns[:, :, talker, None] * demixing[:, talker, None] @ whitened.signal
        assert np.mean(np.abs(image - plain) ** 2) < 1e-4 * np.mean(np.abs(plain) ** 2)


def test_images_add_up_and_hold_less_noise(demixed):
    demixing, whitened, images = demixed
    noise = whitened.whitening.uncorrelated(np.full(33, 0.09))
    ways = filtered(demixing, whitened, noise), filtered(demixing, whitened, np.zeros((33, 2)))
    np.testing.assert_allclose(
        sum(ways[0]), whitened.signal, atol=1e-4 * np.abs(whitened.signal).max()
    )
    errors = [
        np.mean(np.abs((whitened.back @ found).transpose(1, 0, 2) - image) ** 2)
        for way in ways
        for found, image in zip(way, images, strict=True)
    ]
    assert sum(errors[:2]) < 0.9 * sum(errors[2:])
