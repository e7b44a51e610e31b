"""Spectrograms of real music."""

import numpy as np
import pytest

from tdsep.audio import read_audio
from tdsep.nmf import divergence, factorize
from tdsep.stft import stft


@pytest.fixture
def powers(real_data):
    sound, _ = read_audio(real_data / "derived/music/mir1k_amy_1_intro10s_mix.wav", end=12.0)
    return np.abs(stft(sound[:1], 1024)[0]) ** 2


@pytest.mark.parametrize(("width", "n_components"), [(1, 30), (6, 10)])
@pytest.mark.parametrize("kind", ["itakura-saito", "kullback-leibler", 0.5])
def test_the_faster_way_gets_further(powers, kind, width, n_components):
    options = {"divergence": kind, "width": width, "seed": 0, "max_iter": 40, "tol": 0}
    fast = factorize(powers, n_components, **options)
    textbook = factorize(powers, n_components, solver="multiplicative", **options)
    assert fast.losses[0] == textbook.losses[0]
    assert fast.losses[-1] < textbook.losses[-1]
    assert fast.losses[-1] == pytest.approx(
        divergence(powers, fast.reconstruction(), kind), rel=1e-4
    )


def test_bases_learned_from_an_intro_explain_it_within_the_song(powers):
    intro = powers[:, :300]
    learned = factorize(intro, 20, divergence=0.5, seed=0)
    song = factorize(powers, 30, divergence=0.5, fixed_bases=learned.bases, seed=0)
    np.testing.assert_array_equal(song.bases[:, :20], learned.bases)
    known = song.bases[:, :20] @ song.activations[:20]
    shares = known / song.reconstruction()
    weight = powers**0.5
    assert np.average(shares[:, :300], weights=weight[:, :300]) > 0.5
