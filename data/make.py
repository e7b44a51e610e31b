"""Make the samples of this folder: synthetic voices in simulated rooms, a song, and letters.

    apt-get install flite; pip install -e '.[rooms]'; python data/make.py

The voices are flite's slt, rms and awb (free to use, modify and pass on); the texts and the rooms
are ours. Each recording NAME.wav comes with its truth, NAME.truth1.flac and so on: each talker
alone, as both microphones hear that talker, in the order of the directions.

The song, song.wav, is computed by song_synthesis.py: 4 s of a band alone, then with a singer. Its
voice alone is song.vocals.flac; the rest is the band.

three_notes.wav, three notes of keys in overlapping patterns, and drums.wav are computed by
pattern_synthesis.py; their truths are the notes from low to high, and kick, snare and hi-hat.

counts.npz is a sparse matrix of counts with four components.

The letters, letters.jsonl, are written by letter_writing.py; their labels say what they are about.

The tables of a shop, shop_*.csv, are drawn by shop_tables.py.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
import soundfile
from letter_writing import letters
from pattern_synthesis import drum_loop, three_notes
from shop_tables import shop_tables
from song_synthesis import song

from tdsep.simulate import simulate_mixture

HERE = Path(__file__).parent
RATE = 16000
SECONDS = 10
SAMPLES = RATE * SECONDS
SONG_SEED = 7
LETTERS_SEED = 1
SHOP_SEED = 0
TEXTS = {
    "slt": "Good evening, and welcome back. The ferry leaves the northern harbour at seven, so "
    "please keep your tickets ready and stay behind the yellow line until the gate has opened. "
    "Children travel free, and dogs are welcome on the upper deck.",
    "rms": "We measured the old bridge twice this morning. Its western arch has moved by four "
    "millimetres since last winter, which is less than we feared. Still, heavy trucks should "
    "take the road along the river while we look at the stones.",
    "awb": "My grandmother kept bees behind the orchard wall. Every autumn she gave us jars of "
    "dark honey, wrapped in newspaper, and told us which flowers had gone into each of them. I "
    "never learned how she could tell.",
}


@dataclass(frozen=True)
class Recording:
    """What to place around the microphones; in the order of the angles, so of the delays."""

    name: str
    voices: tuple[str, ...]
    angles: tuple[float, ...]
    spacing: float
    rt60: float
    in_turn: bool = False


RECORDINGS = (
    Recording("two_talkers", ("slt", "rms"), (-40, 30), 0.04, 0.1),
    Recording("two_talkers_in_turn", ("slt", "rms"), (-40, 30), 0.04, 0.1, in_turn=True),
    Recording("three_talkers_wide", ("slt", "awb", "rms"), (-50, 0, 45), 0.16, 0.1),
)


def speak(voice: str) -> np.ndarray:
    """Let a voice read its text, [samples] at `RATE`."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder) / "spoken.wav"
        command = ["flite", "-voice", voice, "-t", TEXTS[voice], "-o", str(spoken)]
        subprocess.run(command, check=True)
        samples, rate = soundfile.read(spoken)
    assert rate == RATE and len(samples) >= SAMPLES, (voice, rate, len(samples))
    return samples[:SAMPLES]


def in_turn(talkers: list[np.ndarray]) -> list[np.ndarray]:
    """Let each talk for its share of the time, the others silent."""
    share = SAMPLES // len(talkers)
    turns = []
    for number, talker in enumerate(talkers):
        turn = np.zeros(SAMPLES)
        turn[number * share : (number + 1) * share] = talker[:share]
        turns.append(turn)
    return turns


def make(recording: Recording) -> None:
    """Write one recording and its truth."""
    talkers = [speak(voice) for voice in recording.voices]
    if recording.in_turn:
        talkers = in_turn(talkers)
    simulated = simulate_mixture(
        talkers, RATE, angles=recording.angles, spacing=recording.spacing, rt60=recording.rt60
    )
    scale = 0.7 / np.abs(simulated.mixture).max()
    soundfile.write(HERE / f"{recording.name}.wav", scale * simulated.mixture.T, RATE, "PCM_16")
    for number, image in enumerate(simulated.images, start=1):
        truth = HERE / f"{recording.name}.truth{number}.flac"
        soundfile.write(truth, scale * image.T, RATE, "PCM_16")


def make_song() -> None:
    """Write the song and its voice; the rest is the accompaniment."""
    _, *parts = song(SONG_SEED, RATE)
    vocals, accompaniment = (np.rint(part.T * 2**15).astype(np.int16) for part in parts)
    soundfile.write(HERE / "song.wav", vocals + accompaniment, RATE, "PCM_16")
    soundfile.write(HERE / "song.vocals.flac", vocals, RATE, "PCM_16")


def make_patterns() -> None:
    """Write pieces of a few sounds, and each sound alone; they add up to the piece."""
    for name, tracks in (("three_notes", three_notes(RATE)), ("drums", drum_loop(RATE))):
        whole = tracks.sum(axis=0)
        sounds = np.rint(0.7 / np.abs(whole).max() * tracks * 2**15).astype(np.int16)
        soundfile.write(HERE / f"{name}.wav", sounds.sum(axis=0, dtype=np.int16), RATE, "PCM_16")
        for number, sound in enumerate(sounds, start=1):
            soundfile.write(HERE / f"{name}.truth{number}.flac", sound, RATE, "PCM_16")


def make_counts() -> None:
    """Write a sparse matrix of counts that has four components."""
    rng = np.random.default_rng(4)
    bases, activations = rng.gamma(0.5, 1, (80, 4)), rng.gamma(0.5, 1, (4, 120))
    means = 2 * bases @ activations
    scipy.sparse.save_npz(HERE / "counts.npz", scipy.sparse.csr_array(rng.poisson(means)))


def make_letters() -> None:
    """Write the letters, one a line."""
    lines = [json.dumps(letter) + "\n" for letter in letters(LETTERS_SEED)]
    (HERE / "letters.jsonl").write_text("".join(lines), encoding="utf-8")


def make_shop() -> None:
    """Write the tables of a shop."""
    for name, content in shop_tables(SHOP_SEED).items():
        (HERE / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    make_song()
    make_patterns()
    make_counts()
    make_letters()
    make_shop()
    for recording in RECORDINGS:  # last, as these alone need flite
        make(recording)
