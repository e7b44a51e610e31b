from itertools import pairwise, product

import numpy as np

from tdsep.vocal.melody import _best_path, melody, near

F0 = 90 * 2 ** (np.arange(100) * 40 / 1200)
HOP = 0.024


def test_the_best_path_is_the_best_of_all(rng):
    score, change = rng.standard_normal((3, 5)), rng.standard_normal((3, 3))
    change += change.T

    def total(path):
        steps = sum(change[a, b] for a, b in pairwise(path))
        return steps + sum(score[state, frame] for frame, state in enumerate(path))

    best = max(product(range(3), repeat=5), key=total)
    assert tuple(_best_path(score, change)) == best


def test_follows_a_voice_that_glides_beside_a_louder_steady_note(rng):
    frames = np.arange(150)
    voice = 30 + np.rint(6 * np.sin(frames / 12)).astype(int)
    strength = 1e-3 * rng.random((F0.size, frames.size))
    strength[60] += 3.0
    strength[voice, frames] += 1.0
    path = melody(strength, F0, HOP)
    assert np.mean(np.abs(path - voice) <= 1) > 0.9


def test_silence_has_some_path():
    assert melody(np.zeros((F0.size, 20)), F0, HOP).shape == (20,)


def test_near():
    path = np.array([10, 50])
    chosen = near(path, F0, 0.6)
    assert chosen.sum(axis=0).tolist() == [3, 3]  # 40 cents apart: 0.6 semitone is one to each side
    assert chosen[path, [0, 1]].all()
