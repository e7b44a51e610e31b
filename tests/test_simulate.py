import sys

import numpy as np
import pytest

from tdsep.errors import MissingDependencyError, ParameterError
from tdsep.gmm.geometry import SPEED_OF_SOUND, angle_of_delay, delay_of_angle
from tdsep.simulate import simulate_mixture

RATE = 16000


@pytest.mark.parametrize("rt60", [0.0, 0.2])
def test_the_mixture_is_the_images_and_noise(rng, rt60):
    talkers = rng.standard_normal((2, RATE))
    simulated = simulate_mixture(talkers, RATE, angles=[-30, 40], rt60=rt60, snr=40)
    noise = simulated.mixture - simulated.images.sum(axis=0)
    level = 10 * np.log10((simulated.mixture**2).mean() / (noise**2).mean())
    assert abs(level - 40) < 0.5


@pytest.mark.parametrize("angle", [-80, -20, 0, 35, 70])
def test_the_delay_is_in_the_sound(rng, angle):
    spacing = 0.3
    simulated = simulate_mixture([rng.standard_normal(RATE)], RATE, angles=[angle], spacing=spacing)
    first, second = np.fft.rfft(simulated.images[0], 8 * RATE)
    lags = np.fft.irfft(second * first.conj(), 64 * RATE)
    lag = np.argmax(np.roll(lags, 1000)) - 1000
    assert abs(lag / (8 * RATE) - simulated.delays[0]) < 2e-5
    assert np.isclose(simulated.delays[0], spacing * np.sin(np.deg2rad(angle)) / SPEED_OF_SOUND)


def test_everything_is_where_it_should_be(rng):
    simulated = simulate_mixture(
        rng.standard_normal((2, 1000)), RATE, angles=[-90, 20], spacing=0.1, distance=1.0
    )
    (first, second), talkers = simulated.microphones, simulated.positions
    assert np.isclose(np.linalg.norm(second - first), 0.1)
    np.testing.assert_allclose(np.linalg.norm(talkers - (first + second) / 2, axis=1), 1)
    lengths = np.linalg.norm(talkers[:, None] - simulated.microphones, axis=2)
    delays = (lengths[:, 1] - lengths[:, 0]) / SPEED_OF_SOUND
    np.testing.assert_allclose(delays, simulated.delays, atol=1e-6)  # nearly as from afar


def test_levels(rng):
    simulated = simulate_mixture(
        rng.standard_normal((2, RATE)), RATE, angles=[0, 50], levels=[0, -10]
    )
    power = (simulated.images[:, 0] ** 2).mean(axis=1)
    np.testing.assert_allclose(10 * np.log10(power), [0, -10], atol=1e-6)


def test_angles_and_delays_are_inverse():
    angles = np.array([-90, -30, 0, 12.5, 90])
    np.testing.assert_allclose(angle_of_delay(delay_of_angle(angles, 0.1), 0.1), angles)
    assert angle_of_delay(1.0, 0.1) == 90


def test_refuses_what_cannot_be_placed(rng):
    sound = rng.standard_normal((2, 100))
    with pytest.raises(ParameterError, match="angle"):
        simulate_mixture(sound, RATE, angles=[0])
    with pytest.raises(ParameterError, match="outside"):
        simulate_mixture(sound, RATE, angles=[0, 10], distance=50)
    with pytest.raises(ParameterError, match=r"reverberation time of 0.01 s: choose a longer one"):
        simulate_mixture(sound, RATE, angles=[0, 10], rt60=0.01)


def test_without_the_extra(monkeypatch, rng):
    monkeypatch.setitem(sys.modules, "pyroomacoustics", None)
    with pytest.raises(MissingDependencyError, match=r"tdsep\[rooms\]"):
        simulate_mixture(rng.standard_normal((1, 100)), RATE, angles=[0])
