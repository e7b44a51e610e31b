import numpy as np
import pytest

from tdsep.gmm.onsets import find_onsets
from tdsep.gmm.talkers import LONGEST_DELAY, MOST_COUNTED, find_talkers
from tdsep.stft import frequencies, stft
from tests.conftest import dead_room_mixture

CM = 0.01 / 343.0


@pytest.mark.parametrize(
    "delays",
    [
        [1 * CM],
        [-2 * CM, 2 * CM],
        [-10 * CM, 12 * CM],
        [-3 * CM, 0.0, 3.5 * CM],
        [-40 * CM, 5 * CM, 70 * CM],
        [-12 * CM, -4 * CM, 5 * CM, 13 * CM],
    ],
)
def test_finds_number_and_delays_at_any_spacing(rng, delays):
    mixture, _ = dead_room_mixture(rng, delays, seconds=6)
    search = find_talkers(mixture, 16000)
    assert search.n_talkers == len(delays)
    np.testing.assert_allclose(search.delays, delays, atol=3e-6)


@pytest.mark.parametrize("n_talkers", [1, 2, 3, 4, 5, 6])
def test_finds_as_many_as_asked_for(rng, n_talkers):
    mixture, _ = dead_room_mixture(rng, [-2 * CM, 2 * CM])
    search = find_talkers(mixture, 16000, n_talkers)
    assert search.n_talkers == n_talkers
    assert not search.estimated
    assert (np.diff(search.delays) >= 0).all()


def test_the_number_follows_from_the_scores(rng):
    mixture, _ = dead_room_mixture(rng, [-5 * CM, 5 * CM])
    search = find_talkers(mixture, 16000)
    assert search.estimated
    assert list(search.scores) == list(range(1, MOST_COUNTED + 1))
    passed = [n for n, score in search.scores.items() if n > 1 and score >= search.threshold]
    assert search.n_talkers == max(passed)


def test_the_bound_on_delays_is_kept(rng):
    mixture, _ = dead_room_mixture(rng, [-5 * CM, 5 * CM])
    search = find_talkers(mixture, 16000, 4, max_delay=6 * CM)
    assert np.abs(search.delays).max() < 7 * CM < LONGEST_DELAY


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_any_rate(rng, rate):
    mixture, _ = dead_room_mixture(rng, [-5 * CM, 6 * CM], rate=rate)
    search = find_talkers(mixture, rate)
    np.testing.assert_allclose(search.delays, [-5 * CM, 6 * CM], atol=3e-6)


@pytest.mark.parametrize("level", [1e-20, 1e-3, 1e3, 1e15])
def test_the_level_does_not_matter(rng, level):
    mixture, _ = dead_room_mixture(rng, [-5 * CM, 6 * CM])
    np.testing.assert_allclose(
        find_talkers(level * mixture, 16000).delays, find_talkers(mixture, 16000).delays, atol=1e-7
    )


@pytest.mark.parametrize("kind", ["noise", "tone", "click", "steps"])
def test_sound_without_talkers_gives_finite_delays(rng, kind):
    time = np.arange(16000) / 16000
    sound = {
        "noise": rng.standard_normal(16000),
        "tone": np.sin(2 * np.pi * 440 * time),
        "click": np.eye(1, 16000, 8000)[0],
        "steps": np.sign(np.sin(2 * np.pi * 3 * time)),
    }[kind]
    mixture = np.stack([sound, 0.5 * np.roll(sound, 2) + 1e-6 * rng.standard_normal(16000)])
    search = find_talkers(mixture, 16000)
    assert 1 <= search.n_talkers <= MOST_COUNTED
    assert np.isfinite(search.delays).all()


def test_onsets_stand_where_sound_sets_in(rng):
    time = np.arange(32000) / 16000
    signal = sum(np.sin(2 * np.pi * f * time) for f in range(200, 4000, 150))
    signal *= np.where(time >= 1, np.exp(-3 * (time - 1)) - np.exp(-3), 0)
    mixture = np.stack([signal, signal]) + 1e-2 * rng.standard_normal((2, 32000))
    onsets = find_onsets(stft(mixture, 1024), frequencies(16000, 1024))
    first = (16000 + 768 - 1024) // 256
    assert np.average(np.abs(onsets.frame - first) <= 6, weights=onsets.weight) > 0.9
    assert onsets.n_frames == stft(mixture, 1024).shape[2]
