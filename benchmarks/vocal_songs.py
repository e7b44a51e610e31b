"""The songs that the vocal benchmarks share: real ones, crossed ones, stereo made from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import soundfile
from scipy.ndimage import map_coordinates
from scipy.signal import lfilter

DATA = Path(os.environ.get("TDSEP_DATA", Path(__file__).parents[2] / "shared" / "data"))
FOLDER = DATA / "derived" / "music"
if not FOLDER.is_dir():
    raise SystemExit(f"no songs at {FOLDER}: set TDSEP_DATA to the folder that has derived/music")
MIR1K = ("abjones_1", "Kenshin_1", "amy_1")
#: Seconds before the voice begins.
MIR1K_INTRO, FOF_INTRO = 10.0, 7.15


@dataclass(frozen=True, eq=False)
class Song:
    """A song and its parts, [channels, samples]; it is their sum."""

    name: str
    rate: int
    intro: float
    vocals: np.ndarray
    accompaniment: np.ndarray

    @property
    def mixture(self) -> np.ndarray:
        """What a method is given."""
        return self.vocals + self.accompaniment

    @property
    def seconds(self) -> float:
        """Length."""
        return self.vocals.shape[1] / self.rate

    def after_intro(self, signal: np.ndarray) -> np.ndarray:
        """Cut to where the voice may be."""
        return signal[..., int(self.intro * self.rate) :]


def read(name: str, intro: float, vocals: str) -> Song:
    """Read the parts of a song."""
    parts = [soundfile.read(FOLDER / f"{name}_{part}.wav") for part in (vocals, "accomp")]
    (voice, rate), (accompaniment, _) = parts
    short = name.removeprefix("mir1k_").removeprefix("fof_").removesuffix("_intro10s")
    return Song(short, rate, intro, voice[None], accompaniment[None])


def mir1k() -> list[Song]:
    """Three karaoke recordings of MIR-1K, 16 kHz, voice and accompaniment of equal power."""
    return [read(f"mir1k_{name}_intro10s", MIR1K_INTRO, "vocals") for name in MIR1K]


def real_songs() -> list[Song]:
    """Those of MIR-1K and a rock song at 44.1 kHz, whose voice is 9 dB below the band."""
    return [*mir1k(), read("fof_Escape_from_chaosland", FOF_INTRO, "lead")]


def power(song: Song, signal: np.ndarray) -> float:
    """Mean square after the intro, over all channels."""
    return float(np.square(song.after_intro(signal)).mean())


def mixed(name: str, voice: Song, vocals: np.ndarray, accompaniment: np.ndarray) -> Song:
    """Put a voice over an accompaniment, at equal power after the intro."""
    n_samples = min(vocals.shape[1], accompaniment.shape[1])
    vocals, accompaniment = vocals[:, :n_samples], accompaniment[:, :n_samples]
    gain = np.sqrt(power(voice, accompaniment) / power(voice, vocals))
    return Song(name, voice.rate, voice.intro, gain * vocals, accompaniment)


def crossed_songs() -> list[Song]:
    """Each voice of MIR-1K over the accompaniments of the other two songs."""
    return [
        mixed(f"{voice.name} / {band.name}", voice, voice.vocals, band.accompaniment)
        for voice, band in permutations(mir1k(), 2)
    ]


def centred(voice: np.ndarray, rate: int) -> np.ndarray:
    """Give both channels the same."""
    return np.stack([voice, voice])


def wide(voice: np.ndarray, rate: int) -> np.ndarray:
    """Add to the voice, in each channel, what two all-passes of 3 to 12 ms make of it.

    They are Schroeder's, and others in the other channel.
    """
    channels = []
    for delays in ((0.0031, 0.0113), (0.0047, 0.0083)):
        channel = voice
        for delay in delays:
            numerator = np.zeros(round(delay * rate) + 1)
            denominator = numerator.copy()
            numerator[[0, -1]], denominator[[0, -1]] = (-0.6, 1), (1, -0.6)
            channel = lfilter(numerator, denominator, channel)
        channels.append(voice + channel)
    return np.stack(channels)


def doubled(voice: np.ndarray, rate: int) -> np.ndarray:
    """Sing twice: left, and 20 ms later right, each up to 6 cents off, slowly to and fro."""
    time = np.arange(len(voice)) / rate
    slope = 6 * np.log(2) / 1200  # of a delay that shifts by 6 cents
    channels = []
    for delay, rhythm, phase in ((0.002, 0.31, 0.0), (0.022, 0.37, 2.0)):
        swing = slope / (2 * np.pi * rhythm)
        late = delay + swing * np.sin(2 * np.pi * rhythm * time + phase)
        channels.append(map_coordinates(voice, [(time - late) * rate], order=3))
    return np.stack(channels)


#: How a voice is spread over two channels.
SPREADS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "centred": centred,
    "wide": wide,
    "doubled": doubled,
}
#: Voice, and the panned instruments: each a whole accompaniment of MIR-1K, gain left and right.
STEREO = (
    ("abjones_1", (("abjones_1", 0.9, 0.4), ("Kenshin_1", 0.4, 0.9))),
    ("Kenshin_1", (("Kenshin_1", 0.9, 0.4), ("amy_1", 0.3, 0.95))),
    ("amy_1", (("amy_1", 0.95, 0.3), ("abjones_1", 0.4, 0.9), ("Kenshin_1", 0.75, 0.65))),
)


def stereo_songs() -> Iterator[Song]:
    """Spread each voice in each way over instruments of equal power, panned by their gains."""
    songs = {song.name: song for song in mir1k()}
    n_samples = min(song.vocals.shape[1] for song in songs.values())
    for name, instruments in STEREO:
        voice = songs[name]
        accompaniment = np.zeros((2, n_samples))
        for instrument, *gains in instruments:
            sound = songs[instrument].accompaniment[0, :n_samples]
            accompaniment += np.outer(gains, sound / np.sqrt(power(voice, sound)))
        accompaniment *= 0.1
        for spread, spreading in SPREADS.items():
            vocals = spreading(voice.vocals[0, :n_samples], voice.rate)
            yield mixed(f"{name} {spread}", voice, vocals, accompaniment)
