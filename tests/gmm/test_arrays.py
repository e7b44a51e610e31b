import numpy as np
import pytest

import tdsep
from tdsep.evaluate import evaluate
from tdsep.gmm.arrays import delays_at_microphones, find_in_array
from tdsep.gmm.talkers import find_talkers
from tdsep.stft import stft
from tests.conftest import dead_room_mixture

RATE = 16000
DELAYS = [-6e-5, 7e-5]
PLACES = (0.0, 0.5, 2.0, 3.0)


def test_two_microphones_are_the_only_pair(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    search, pair = find_in_array(mixture, RATE)
    assert pair == (0, 1)
    np.testing.assert_array_equal(search.delays, find_talkers(mixture, RATE).delays)


def test_a_pair_that_cannot_tell_them_apart_is_not_taken(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS, places=(0.0, 0.0, 2.0))
    mixture[1] += 1e-3 * rng.standard_normal(mixture.shape[1])
    search, pair = find_in_array(mixture, RATE)
    assert search.n_talkers == 2
    assert pair in ((0, 2), (1, 2))


def test_delays_at_every_microphone(rng):
    mixture, images = dead_room_mixture(rng, DELAYS, places=PLACES)
    n_fft = 2048
    power = np.abs(stft(images[:, 0], n_fft)) ** 2
    truth = power / (power.sum(axis=0) + 1e-12)
    found = delays_at_microphones(stft(mixture, n_fft), truth, RATE, n_fft, 1e-3)
    np.testing.assert_allclose(found, np.outer(DELAYS, PLACES), atol=3e-6)


@pytest.mark.parametrize("output", ["auto", "wiener", "mask"])
@pytest.mark.parametrize("n_talkers", [1, 2, 5])
def test_parts_of_an_array_add_up(rng, output, n_talkers):
    mixture, _ = dead_room_mixture(rng, DELAYS, places=PLACES)
    separation = tdsep.separate_talkers(mixture, RATE, n_talkers, output=output)
    assert separation.sources.shape == (n_talkers, *mixture.shape)
    np.testing.assert_allclose(separation.sources.sum(axis=0), mixture, atol=1e-3)
    np.testing.assert_allclose(separation.masks.sum(axis=0), 1, atol=1e-5)


def test_more_microphones_hear_better(rng):
    mixture, images = dead_room_mixture(rng, DELAYS, seconds=6, places=(0, 1, 2, 3))
    mixture += 0.02 * rng.standard_normal(mixture.shape)
    array, pair = (
        tdsep.separate_talkers(mixture, RATE, 2),
        tdsep.separate_talkers(mixture[:2], RATE),
    )
    scores = [evaluate(images[:, 0], s.sources[:, 0]).si_sdr.mean() for s in (array, pair)]
    assert scores[0] > scores[1] + 1
