from itertools import groupby

import numpy as np
import pytest

from tdsep.errors import UnsuitableInputError
from tdsep.gmm.digest import Sums
from tdsep.inspect import levels as module
from tdsep.inspect.levels import CLIPPED, measure

RATE = 1000


def check(mixture):
    """Check as gmm-separate does before it separates."""
    sums = Sums(len(mixture))
    sums.add(mixture)
    sums.check()


class Read:
    """A sound that remembers how much of it was asked for at a time."""

    def __init__(self, samples):
        self.samples, self.shape, self.dtype, self.most = samples, samples.shape, samples.dtype, 0

    def __getitem__(self, key):
        found = self.samples[key]
        self.most = max(self.most, found.shape[-1])
        return found


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(module, "_FRAMES", 3)


def runs(channel, full_scale=1.0):
    """Count runs one sample after another."""
    return sum(
        flag and len(list(run)) >= CLIPPED for flag, run in groupby(np.abs(channel) >= full_scale)
    )


@pytest.mark.parametrize("n_channels", [1, 2, 5])
@pytest.mark.parametrize("n_samples", [1, 49, 50, 149, 150, 151, 1234])
def test_pieces_tell_what_the_whole_tells(rng, small_pieces, n_channels, n_samples):
    samples = 0.3 * rng.standard_normal((n_channels, n_samples)) + 0.1
    found = measure(samples.astype(np.float32), RATE)
    np.testing.assert_allclose(found.peak, np.abs(samples).max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found.rms, np.sqrt((samples**2).mean(axis=1)), rtol=1e-6)
    np.testing.assert_allclose(found.offset, samples.mean(axis=1), atol=1e-7)
    np.testing.assert_allclose(
        found.covariance, np.atleast_2d(np.cov(samples, bias=True)), atol=1e-7
    )
    frames = [samples[:, i : i + 50] for i in range(0, n_samples, 50)]
    expected = [(frame**2).mean(axis=1).max() for frame in frames]
    np.testing.assert_allclose(found.powers, expected, rtol=1e-5)


def test_no_more_than_a_piece_is_read_at_a_time():
    sound = Read(np.zeros((2, 500 * RATE), np.float32))
    measure(sound, RATE)
    assert sound.most <= 1000 * 50
    many = Read(np.zeros((64, 100000), np.float32))
    measure(many, 48000)
    assert many.most * 64 <= 1 << 20


def test_clipping_is_counted_across_pieces(rng, small_pieces):
    for _ in range(50):
        samples = np.repeat(rng.choice([0.5, 1.0, -1.0], (2, 200), p=[0.6, 0.3, 0.1]), 2, axis=1)
        expected = [runs(channel) for channel in samples]
        assert measure(samples, RATE).clipped.tolist() == expected


def test_a_run_counts_once_however_long(small_pieces):
    samples = np.zeros((1, 1000))
    samples[0, 100:700] = 1
    assert measure(samples, RATE).clipped.tolist() == [1]
    samples[0, 100 : 100 + CLIPPED - 1] = 0
    samples[0, 200:] = 0
    samples[0, 300 : 300 + CLIPPED - 1] = -1
    assert measure(samples, RATE).clipped.tolist() == [1]


def test_silence_is_what_all_channels_lack(rng):
    samples = rng.standard_normal((2, 4000))
    samples[:, :1000] *= 1e-5
    samples[0, 1000:2000] *= 1e-5
    assert measure(samples, RATE).silence == 0.25


@pytest.mark.parametrize("gain", [1.0, -1.0, 0.5, -3.0])
def test_a_copy_is_known_by_its_gain(rng, gain):
    one = rng.standard_normal(4000)
    (copy,) = measure(np.stack([one, gain * one + 0.1]), RATE).copies
    assert (copy.channel, copy.of) == (1, 0)
    assert copy.gain == pytest.approx(gain)
    assert copy.identical == (gain == 1)


def test_which_channels_hold_a_sound_of_their_own(rng):
    one, other = rng.standard_normal((2, 4000))
    found = measure(np.stack([0 * one, one, other, -one, 2 * other, 1e-6 * one + other]), RATE)
    assert found.silent == (0,)
    assert [(copy.channel, copy.of) for copy in found.copies] == [(3, 1), (4, 2), (5, 2)]
    assert found.distinct == (1, 2)


def test_silence_all_over():
    found = measure(np.zeros((3, 1000)), RATE)
    assert found.silent == (0, 1, 2)
    assert found.copies == found.distinct == ()
    assert found.softest(RATE, 0.5) is None


@pytest.mark.parametrize("difference", [1e-5, 3e-4, 9e-4, 1.1e-3, 1e-2])
@pytest.mark.parametrize("gain", [1.0, -0.25])
def test_the_same_channels_are_copies_as_for_separating(rng, difference, gain):
    one, other = rng.standard_normal((2, 16000))
    mixture = np.stack([one, gain * (one + difference * other)])
    try:
        check(mixture)
        refused = False
    except UnsuitableInputError:
        refused = True
    assert bool(measure(mixture, 16000).copies) == refused


@pytest.mark.parametrize("level", [5e-5, 2e-4])
def test_the_same_channels_are_silent_as_for_separating(rng, level):
    one, other = rng.standard_normal((2, 16000))
    mixture = np.stack([one, level * other])
    found = measure(mixture, 16000).silent
    if found:
        with pytest.raises(UnsuitableInputError, match="channel 2 is silent"):
            check(mixture)
    else:
        check(mixture)
    assert bool(found) == (level < 1e-4)


def test_the_loudest_window_is_the_loudest(rng):
    samples = rng.standard_normal((1, 10000)) * np.repeat(rng.random(200), 50)
    found = measure(samples, RATE)
    start, stop = found.loudest(10000, 2000)
    sums = {
        first: np.sqrt(found.powers[first : first + 40]).sum() for first in range(0, 200 - 40 + 1)
    }
    assert (start, stop) == (50 * max(sums, key=sums.get), start + 2000)
    assert found.loudest(10000, 10000) == (0, 10000)


def test_the_softest_window_holds_something(rng):
    samples = rng.standard_normal((1, 10000))
    samples[:, :3000] = 0
    samples[:, 6000:7000] *= 0.01
    found = measure(samples, RATE)
    assert found.softest(RATE, 1.0) == (6.0, 7.0)
    assert found.between(6.0, 7.0, RATE) == pytest.approx(0.01, rel=0.1)
    assert found.spread(6.0, 7.0, RATE) < 2 < found.spread(5.5, 6.5, RATE)
    assert found.softest(RATE, 11.0) is None
