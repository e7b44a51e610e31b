import numpy as np
import pytest

from tdsep.gmm.time_difference import LOWEST_FREQUENCY, TimeDifferences, phase_difference
from tdsep.stft import frequencies, stft
from tests.conftest import dead_room_mixture

N_FFT, RATE = 2048, 16000


def observe(rng, delay):
    mixture, _ = dead_room_mixture(rng, [delay], seconds=2)
    return TimeDifferences.from_spectrum(stft(mixture, N_FFT), frequencies(RATE, N_FFT))


@pytest.mark.parametrize("delay", [-1e-4, 0.0, 4e-5])
def test_reads_the_delay_off_every_loud_unambiguous_bin(rng, delay):
    observed = observe(rng, delay)
    bands = observed.unambiguous(1.2e-4) & (observed.frequencies > 200)
    loud = observed.weight[bands] > 0.2 * observed.weight.max()
    assert np.abs(observed.delay[bands][loud] - delay).max() < 1e-5


def test_positive_when_microphone_2_hears_later(rng):
    observed = observe(rng, 5e-5)
    positions, weights = observed.histogram(2e-4)
    assert np.average(positions, weights=weights) > 3e-5


def test_phase_difference_of_one_bin():
    first, second = np.exp(0.5j), 2 * np.exp(0.2j)
    np.testing.assert_allclose(phase_difference(np.array([first, second])), 0.3)


def test_delay_is_finite_and_weight_zero_where_nothing_can_be_told(rng):
    observed = observe(rng, 1e-4)
    assert np.isfinite(observed.delay).all()
    assert (observed.weight[observed.frequencies < LOWEST_FREQUENCY] == 0).all()


@pytest.mark.parametrize("max_delay", [5e-5, 1e-4, 1e-3, 3e-3, 1.0])
def test_unambiguous_bands_cannot_wrap(rng, max_delay):
    observed = observe(rng, 0.0)
    bands = observed.frequencies[observed.unambiguous(max_delay)]
    assert bands.size >= 1
    lowest = observed.frequencies[observed.frequencies >= LOWEST_FREQUENCY][0]
    assert (np.pi >= 2 * np.pi * bands[bands > lowest] * max_delay).all()


def test_histogram_holds_the_weight_within_its_limits(rng):
    observed = observe(rng, 3e-5)
    limit = 1e-4
    _, weights = observed.histogram(limit)
    bands = observed.unambiguous(limit)
    delay, weight = observed.delay[bands], observed.weight[bands]
    inside = (delay >= -limit) & (delay < limit)
    assert np.isclose(weights.sum(), weight[inside].sum(), rtol=1e-4)


def test_density_is_the_histogram_for_the_eye(rng):
    limit = 1e-4
    observed = observe(rng, 3e-5)
    density = observed.density(limit, 64)
    assert len(density) == 64
    np.testing.assert_allclose(density.sum() * 2 * limit / 64, 1)
    middle = (density.argmax() + 0.5) * 2 * limit / 64 - limit
    assert abs(middle - 3e-5) <= limit / 64
