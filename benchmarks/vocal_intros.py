"""How often nmf-vocal finds by itself where nobody sings.

    python benchmarks/vocal_intros.py [--songs N]

Songs that have one passage of 4 s or more without a voice: the real ones, those of MIR-1K's voices
over each other's accompaniments with the passage at the start, in the middle or at the end, and
synthetic ones (seeds that played no part in the making). Found means that what is returned holds
less than 0.25 s of voice; refused, that nothing was returned.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tdsep.errors import UnsuitableInputError
from tdsep.stft import window_length
from tdsep.vocal.intro import find_passages
from tdsep.vocal.recording import Recording
from tdsep.vocal.separate import WINDOW

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from song_synthesis import song as synthetic_song
from vocal_songs import Song, crossed_songs, real_songs

#: A frame of 50 ms holds a voice if it is this far above silence, in dB under the voice's mean.
VOICE_LEVEL = -30.0
#: Seconds of voice that a passage may hold.
TOLERANCE = 0.25


def synthetic(n_songs: int) -> Iterator[Song]:
    """Make songs with passages of 4 to 10 s, at voice levels of -6 to 6 dB."""
    rng = np.random.default_rng(77)
    for number in range(n_songs):
        intro = float(rng.uniform(4, 10))
        level = float(rng.uniform(-6, 6))
        _, vocals, accompaniment = synthetic_song(
            5000 + number, seconds=intro + 20, intro=intro, vocal_level_db=level
        )
        yield Song(f"synthetic {number}", 16000, intro, vocals, accompaniment)


def turned(song: Song, seconds: float) -> Song:
    """Move the beginning of a song to later, the end to its beginning."""
    shift = round(seconds * song.rate)
    vocals, accompaniment = (
        np.roll(part, shift, axis=1) for part in (song.vocals, song.accompaniment)
    )
    return Song(f"{song.name}, {seconds:.0f} s later", song.rate, song.intro, vocals, accompaniment)


def seconds_of_voice(song: Song, passages: list[tuple[float, float]]) -> float:
    """Measure how much voice passages hold."""
    frame = round(0.05 * song.rate)
    mono = song.vocals.mean(axis=0)
    power = (mono[: mono.size // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)
    sings = power > power.mean() * 10 ** (VOICE_LEVEL / 10)
    times = (np.arange(power.size) + 0.5) * 0.05
    return 0.05 * sum(
        float(sings[(times >= start) & (times < end)].sum()) for start, end in passages
    )


def main() -> None:
    """Print a line for each kind of song."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=30, help="synthetic songs")
    options = parser.parse_args()
    crossed = crossed_songs()
    made = list(synthetic(options.songs))
    kinds = {
        "real, at the start": real_songs(),
        "crossed, at the start": crossed,
        "crossed, in the middle": [turned(song, 7) for song in crossed],
        "crossed, at the end": [turned(song, song.seconds - song.intro) for song in crossed],
        "synthetic, at the start": made,
        "synthetic, in the middle": [turned(song, 8) for song in made],
        "synthetic, at the end": [turned(song, song.seconds - song.intro) for song in made],
    }
    for kind, songs in kinds.items():
        found, refused, shares = 0, 0, []
        for song in songs:
            n_fft = window_length(song.rate, WINDOW)
            try:
                passages = find_passages(Recording.of(song.mixture, song.rate, n_fft, n_fft // 4))
            except UnsuitableInputError:
                refused += 1
                continue
            if seconds_of_voice(song, passages) < TOLERANCE:
                found += 1
                shares.append(sum(end - start for start, end in passages) / song.intro)
        length = f"; {np.mean(shares):.2f} of the passage's length" if shares else ""
        print(f"{kind:25s} {found} of {len(songs)} found, {refused} refused{length}", flush=True)


if __name__ == "__main__":
    main()
