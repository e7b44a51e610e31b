import numpy as np
import pytest

from tdsep.spatial.demixing import Demixing
from tdsep.spatial.noise import at_window, filter_noise, noise_floor
from tdsep.spatial.whitening import whiten
from tdsep.stft import stft

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
    """Perfect demixing of a mixture that is noisy: [Demixing, whitened, images, power of noise]."""
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
    return Demixing(whitened.signal, np.linalg.inv(forward @ mixing), np.zeros(1)), whitened, images


def test_without_noise_it_is_the_demixing(demixed, share):
    model, _, _ = demixed
    filtered = filter_noise(model, np.zeros((33, 2)), share)
    columns = np.linalg.inv(model.demixing)
    for talker in range(2):
        plain = columns[:, :, talker, None] * model.demixing[:, talker, None] @ model.signal
        error = np.mean(np.abs(filtered.image(talker) - plain) ** 2)
        assert error < 1e-4 * np.mean(np.abs(plain) ** 2)


def test_images_add_up_and_hold_less_noise(demixed, share):
    model, whitened, images = demixed
    power = np.full(33, 0.09)
    filtered = filter_noise(model, whitened.uncorrelated(power), share)
    plain = filter_noise(model, np.zeros((33, 2)), share)
    total = filtered.image(0) + filtered.image(1)
    np.testing.assert_allclose(total, model.signal, atol=1e-4 * np.abs(total).max())
    errors = np.array(
        [
            [
                np.mean(np.abs((whitened.back @ way.image(talker)).transpose(1, 0, 2) - image) ** 2)
                for talker, image in enumerate(images)
            ]
            for way in (filtered, plain)
        ]
    )
    assert errors[0].sum() < 0.9 * errors[1].sum()
