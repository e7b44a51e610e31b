import numpy as np
import pytest

from tdsep.errors import UnsuitableInputError
from tdsep.gmm.digest import LEARNED, PASSAGE, Sums, digested
from tests.conftest import delayed, voice_like

RATE = 8000


def talk(rng, seconds, delay):
    voice = voice_like(rng, round(seconds * RATE), RATE)
    return np.stack([voice, delayed(voice, delay, RATE)])


def test_a_short_recording_is_learned_from_whole(rng):
    sound = talk(rng, 3, 1e-4) + np.array([[0.25], [-0.5]])
    digest = digested(sound, RATE, 1e-3)
    assert digest.passages == ((0.0, 3.0),)
    np.testing.assert_allclose(digest.peak, np.abs(sound).max())
    np.testing.assert_allclose(
        digest.samples, (sound - sound.mean(axis=1, keepdims=True)) / digest.peak, atol=1e-6
    )
    np.testing.assert_array_equal(digest.sound[..., 100:200], digest.samples[:, 100:200])


def test_of_a_long_one_passages_from_all_directions(rng):
    """One speaks for five minutes, another for fifteen seconds in between."""
    sound = talk(rng, 300, 3e-4)
    sound[:, 200 * RATE : 215 * RATE] = talk(rng, 15, -3e-4)
    digest = digested(sound, RATE, 1e-3)
    starts = [start for start, _ in digest.passages]
    assert starts == sorted(starts)
    assert len(starts) == LEARNED / PASSAGE
    assert 2 <= sum(200 <= start < 215 for start in starts) <= 3
    seconds = digest.samples.shape[1] / RATE
    assert LEARNED - len(starts) < seconds < LEARNED
    assert np.abs(digest.samples).max() <= 1.01


def test_passages_fade_into_each_other(rng):
    """No step where they join."""
    time = np.arange(100 * RATE) / RATE
    tone = np.sin(2 * np.pi * 50 * time)
    digest = digested(np.stack([tone, np.roll(tone, 3)]), RATE, 1e-3)
    assert np.abs(np.diff(digest.samples, axis=1)).max() < 1.1 * np.abs(np.diff(tone)).max()


@pytest.mark.parametrize("level", [1e-200, 1.0, 1e200])
def test_sums_in_pieces_are_those_of_the_whole(rng, level):
    sound = level * rng.standard_normal((3, 1000)) * np.linspace(0.1, 1, 1000)
    sums = Sums(3)
    for piece in np.split(sound, [1, 400, 999], axis=1):
        sums.add(piece)
    scaled = sound / np.abs(sound).max()
    assert sums.peak == np.abs(sound).max()
    np.testing.assert_allclose(sums.offset[:, 0], scaled.mean(axis=1))
    np.testing.assert_allclose(sums.products, scaled @ scaled.T)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x * 0, "is silent"),
        (lambda x: x * 0 + 0.3, "is silent"),
        (lambda x: x * [[1], [0]], "channel 2 is silent"),
        (lambda x: np.stack([x[0], -0.1 * x[0]]), "hold the same sound"),
        (lambda x: np.where(np.arange(x.shape[1]) == 7, np.nan, x), "not numbers"),
    ],
)
def test_what_does_not_suit_a_long_recording(rng, change, words):
    sound = rng.standard_normal((2, round(1.5 * LEARNED) * 2000))
    with pytest.raises(UnsuitableInputError, match=words):
        digested(change(sound), 2000, 1e-3)
