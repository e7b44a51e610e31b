"""What was learned takes any part of a recording apart, of any length."""

import numpy as np
import pytest
import soundfile

import tdsep
from tdsep.audio import open_sound
from tdsep.evaluate import evaluate
from tests.conftest import dead_room_mixture

RATE = 16000
DELAYS = [-8e-5, 9e-5]
OPTIONS = [
    {"method": "lecture"},
    {"method": "lecture", "mask": "binary"},
    {"output": "mask"},
    {"output": "wiener", "n_fft": 2048},
    {"output": "demix", "n_fft": 4096},
]


@pytest.fixture
def short_memory(monkeypatch):
    """Learn from three seconds, take apart in blocks of a second or less."""
    monkeypatch.setattr("tdsep.gmm.digest.LEARNED", 3.0)
    monkeypatch.setattr("tdsep.gmm.digest.PASSAGE", 1.5)
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 14)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_file_in_pieces_is_the_array_in_memory(rng, tmp_path, short_memory, options):
    mixture, images = dead_room_mixture(rng, DELAYS, seconds=8)
    soundfile.write(tmp_path / "a.wav", mixture.T, RATE, "FLOAT")
    whole = tdsep.separate_talkers(mixture.astype(np.float32), RATE, 2, **options)
    with open_sound(tmp_path / "a.wav") as sound:
        pieces = tdsep.separate_talkers(sound, RATE, 2, **options)
        assert len(pieces.digest.passages) == 2
        np.testing.assert_array_equal(pieces.sources, whole.sources)
    np.testing.assert_allclose(whole.sources.sum(axis=0), mixture, atol=1e-6)
    scores = evaluate(images[:, 0], whole.sources[:, 0])
    np.testing.assert_array_equal(scores.permutation, [0, 1])
    assert scores.si_sdr.min() > 6


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_size_of_the_blocks_changes_nothing(rng, monkeypatch, options):
    mixture, _ = dead_room_mixture(rng, DELAYS, seconds=5)
    separation = tdsep.separate_talkers(mixture, RATE, 2, **options)
    assert len(list(separation.blocks())) == 1
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 14)
    blocks = list(separation.blocks())
    assert len(blocks) > 3
    scale = np.abs(mixture).max()
    np.testing.assert_allclose(
        np.concatenate(blocks, axis=2), separation.sources, atol=2e-5 * scale
    )


def test_more_microphones_than_talkers_in_pieces(rng, monkeypatch):
    mixture, _ = dead_room_mixture(rng, DELAYS, seconds=5)
    third = np.roll(mixture[1], 1) + 1e-4 * rng.standard_normal(mixture.shape[1])
    separation = tdsep.separate_talkers(np.vstack([mixture, third]), RATE, 2, n_fft=4096)
    whole = separation.sources
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 14)
    pieces = np.concatenate(list(separation.blocks()), axis=2)
    # The third microphone hears nearly what the second does, which magnifies what is rounded.
    np.testing.assert_allclose(pieces, whole, atol=1e-4 * np.abs(mixture).max())
