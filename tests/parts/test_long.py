"""Sounds of any length: learned from passages, taken apart block by block."""

import numpy as np
import pytest
import soundfile

import tdsep
from tdsep import plots
from tdsep.audio import open_sound
from tdsep.evaluate import evaluate
from tdsep.parts.excerpt import excerpt
from tdsep.parts.separate import PartsSeparation
from tdsep.report.entries import parts_entry

RATE = 16000
OPTIONS = [
    {},
    {"width": 4},
    {"divergence": "euclidean"},
    {"divergence": "itakura-saito"},
    {"n_fft": 512, "hop_length": 200},
]


@pytest.fixture
def small(monkeypatch):
    """Learn from ten seconds in passages of two, take apart in blocks of less than one."""
    monkeypatch.setattr("tdsep.parts.excerpt.LEARNED", 10.0)
    monkeypatch.setattr("tdsep.parts.excerpt.PASSAGE", 2.0)
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 14)


def played(three_notes: tuple, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Play the piece of three notes again and again: it [samples], and each note alone."""
    _, rate, notes = three_notes
    assert rate == RATE
    times = -(-round(seconds * RATE) // notes.shape[1])
    notes = np.tile(notes, times)[:, : round(seconds * RATE)].astype(np.float32)
    return notes.sum(axis=0), notes


def test_a_file_in_pieces_is_the_array_in_memory(three_notes, tmp_path, small):
    piece, _ = played(three_notes, 12)
    stereo = np.stack([piece, 0.5 * np.roll(piece, 20)])
    soundfile.write(tmp_path / "a.wav", stereo.T, RATE, "FLOAT")
    before = stereo.copy()
    whole = tdsep.separate_parts(stereo, RATE, 3, n_iter=20)
    np.testing.assert_array_equal(stereo, before)
    with open_sound(tmp_path / "a.wav") as sound:
        pieces = tdsep.separate_parts(sound, RATE, 3, n_iter=20)
        np.testing.assert_array_equal(pieces.sources, whole.sources)
    assert len(whole.excerpt.passages) == 5
    assert whole.sources.shape == (3, 2, stereo.shape[1])
    np.testing.assert_allclose(whole.sources.sum(axis=0), stereo, atol=2e-6)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_size_of_the_blocks_changes_nothing(three_notes, monkeypatch, small, options):
    piece, _ = played(three_notes, 12)
    found = tdsep.separate_parts(piece, RATE, 3, **options)
    assert len(list(found.blocks())) > 8
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 19)
    monkeypatch.setattr("tdsep.stft._BLOCK", 1 << 10)
    (at_once,) = found.blocks()
    for part, wanted in zip(found.sources, at_once, strict=True):
        assert level(part - wanted) < level(piece) - 45


def level(sound: np.ndarray) -> float:
    """In dB."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-30))


def test_blocks_of_a_short_sound_are_its_parts(three_notes, notes_apart, monkeypatch):
    monkeypatch.setattr("tdsep.stft._BLOCK_BINS", 1 << 14)
    blocks = list(notes_apart.blocks())
    assert len(blocks) > 8
    np.testing.assert_allclose(np.concatenate(blocks, axis=2), notes_apart.sources, atol=1e-6)


@pytest.mark.parametrize("width", [1, 3])
def test_a_long_sound_comes_apart_as_well_as_a_short_one(three_notes, monkeypatch, small, width):
    piece, notes = played(three_notes, 20)
    long = scores(notes, tdsep.separate_parts(piece, RATE, 3, width=width))
    monkeypatch.setattr("tdsep.parts.excerpt.LEARNED", 60.0)
    short = scores(notes, tdsep.separate_parts(piece, RATE, 3, width=width))
    assert long.min() > short.min() - 1


def scores(notes: np.ndarray, found: PartsSeparation) -> np.ndarray:
    return evaluate(notes, found.sources[:, 0]).sdr


def test_what_is_heard_once_is_learned(three_notes, small):
    """A fourth note sounds for two seconds of a minute."""
    piece, _ = played(three_notes, 60)
    time = np.arange(2 * RATE) / RATE
    note = sum(np.sin(2 * np.pi * 185 * k * time) / k for k in range(1, 6))
    once = np.zeros_like(piece)
    once[40 * RATE : 42 * RATE] = 0.2 * note * np.exp(-time)
    found = tdsep.separate_parts(piece + once, RATE, 4)
    assert any(start < 42 and end > 40 for start, end in found.excerpt.passages)
    pitches = np.array([pitch or np.inf for pitch in found.pitches])
    assert np.isclose(pitches, 185, rtol=0.015).any()
    assert evaluate(once[None], found.sources[None, int(pitches.argmin()), 0]).sdr[0] > 7


def test_the_number_is_found_from_passages(three_notes, small):
    piece, _ = played(three_notes, 20)
    assert 3 <= tdsep.separate_parts(piece, RATE, n_iter=50).n_parts <= 4


def test_passages_lie_within_the_sound(rng, small):
    sound = rng.standard_normal((2, round(13.3 * RATE))).astype(np.float32)
    taken = excerpt(sound, RATE, 1024)
    starts, ends = np.array(taken.passages).T
    assert starts.min() >= 0
    assert ends.max() <= 13.3
    assert (np.diff(starts) > 0).all()
    np.testing.assert_allclose(ends - starts, 2)


def test_silence_between_sounds_is_silent(three_notes, small):
    """Blocks in which there is nothing have nothing to be explained."""
    piece, _ = played(three_notes, 13)
    piece[3 * RATE : 6 * RATE] = 0
    found = tdsep.separate_parts(piece, RATE, 3, n_iter=20)
    assert np.abs(found.sources[..., 4 * RATE : 5 * RATE]).max() == 0
    np.testing.assert_allclose(found.sources.sum(axis=0)[0], piece, atol=2e-6)


def test_the_manifest_and_the_sheet_tell_of_the_passages(three_notes, small):
    piece, _ = played(three_notes, 12)
    found = tdsep.separate_parts(piece, RATE, 2, n_iter=5)
    places = np.array(parts_entry(found, 3.0)["learned_from"])
    np.testing.assert_allclose(places, np.array(found.excerpt.passages) + 3)
    titles = [axes.get_title() for axes in plots.part_sheet(found).axes]
    assert "The sound: the 5 passages of 12 s learned from" in titles
