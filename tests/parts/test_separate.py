import numpy as np
import pytest
import soundfile

import tdsep
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.evaluate import evaluate
from tdsep.parts.separate import separate_parts
from tests.conftest import SAMPLES


def test_the_parts_add_up_to_the_sound(three_notes, notes_apart):
    piece, _, _ = three_notes
    np.testing.assert_allclose(np.sum(notes_apart.sources, axis=0)[0], piece, atol=2e-6)


def test_notes_come_apart_from_low_to_high(three_notes, notes_apart):
    _, _, notes = three_notes
    scores = evaluate(notes, np.array([source[0] for source in notes_apart.sources]))
    assert scores.sdr.min() > 10
    assert scores.permutation.tolist() == [0, 1, 2]


def test_notes_have_their_pitches(notes_apart):
    np.testing.assert_allclose(notes_apart.pitches, [261.6, 329.6, 392.0], rtol=0.015)


def test_activations_follow_the_notes(three_notes, notes_apart):
    _, _, notes = three_notes
    n_fft, hop = notes_apart.n_fft, notes_apart.hop_length
    for note, line in zip(notes, notes_apart.decomposition.activations(), strict=True):
        padded = np.pad(note, (n_fft - hop, n_fft))
        frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop][: line.size]
        level = np.sqrt(np.mean((frames * np.hanning(n_fft)) ** 2, axis=1))
        assert np.corrcoef(level, line)[0, 1] > 0.9


def test_drums_come_apart():
    mix, rate = soundfile.read(SAMPLES / "drums.wav")
    drums = np.array([soundfile.read(SAMPLES / f"drums.truth{n}.flac")[0] for n in (1, 2, 3)])
    found = separate_parts(mix, rate, 3)
    sdr = evaluate(drums, np.array([source[0] for source in found.sources])).sdr
    noise = mix - drums
    before = 10 * np.log10((drums**2).sum(axis=1) / (noise**2).sum(axis=1))
    assert (sdr - before > 5).all()
    assert found.pitches[1:] == (None, None)


def test_channels_are_masked_alike(three_notes):
    piece, rate, _ = three_notes
    stereo = separate_parts(np.array([piece, 0.5 * piece]), rate, 2, n_iter=20)
    for source in stereo.sources:
        np.testing.assert_allclose(source[1], 0.5 * source[0], atol=1e-5)


@pytest.mark.parametrize("gain", [1e-6, 1e6])
def test_level_does_not_matter(three_notes, notes_apart, gain):
    piece, rate, _ = three_notes
    other = separate_parts(gain * piece, rate, 3)
    for ours, theirs in zip(other.sources, notes_apart.sources, strict=True):
        np.testing.assert_allclose(ours / gain, theirs, atol=0.02)


@pytest.mark.parametrize(
    "options",
    [{"width": 5}, {"divergence": "itakura-saito"}, {"divergence": 0.5},
     {"n_fft": 512, "hop_length": 200}],
)  # fmt: skip
def test_options(three_notes, options):
    piece, rate, _ = three_notes
    found = separate_parts(piece, rate, 3, n_iter=10, **options)
    assert found.n_parts == 3
    np.testing.assert_allclose(np.sum(found.sources, axis=0)[0], piece, atol=2e-6)
    losses = found.decomposition.factors.losses
    assert (np.diff(losses) <= 1e-6 * losses[0]).all()


def test_the_same_seed_gives_the_same_bytes(three_notes):
    piece, rate, _ = three_notes
    first, second, other = (
        separate_parts(piece, rate, 2, n_iter=10, width=2, seed=seed) for seed in (1, 1, 2)
    )
    for a, b in zip(first.sources, second.sources, strict=True):
        assert a.tobytes() == b.tobytes()
    assert first.sources[0].tobytes() != other.sources[0].tobytes()


def test_silent_frames_are_shared_out(rng):
    sound = np.zeros(16000)
    sound[4000:8000] = rng.standard_normal(4000)
    found = tdsep.separate_parts(sound, 16000, 2, n_iter=10)
    np.testing.assert_allclose(np.sum(found.sources, axis=0)[0], sound, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_parts": 0}, "1 to 64"),
        ({"n_parts": 65}, "1 to 64"),
        ({"width": 0}, "width"),
        ({"width": 1000}, "width"),
        ({"divergence": "cosine"}, "cosine"),
        ({"n_fft": 15}, "n_fft"),
        ({"n_parts": 60, "n_fft": 4096}, "windows"),
    ],
)
def test_impossible_options(rng, options, words):
    with pytest.raises(ParameterError, match=words):
        separate_parts(rng.standard_normal(16000), 16000, **{"n_parts": 2, **options})


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (np.zeros(16000), "silent"),
        (np.ones(100), "0.006 s long"),
        (np.full(16000, np.nan), "not numbers"),
        (np.full(16000, 1e30), "largest sample"),
    ],
)
def test_impossible_sounds(sound, words):
    with pytest.raises(UnsuitableInputError, match=words):
        separate_parts(sound, 16000, 2)


def test_progress_rises_to_one(rng):
    shares = []
    separate_parts(rng.standard_normal(16000), 16000, n_iter=5, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
