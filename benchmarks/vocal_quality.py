"""Quality and speed of separate_vocals on songs, beside its peers.

    python benchmarks/vocal_quality.py [--stereo] [--seeds N]

SDR, SIR, SAR (BSS Eval v3, 512 taps) and SI-SDR, in dB, of the voice and of the accompaniment,
each against its own truth, measured after the intro. First the mean over the songs, with the
seconds of computing per second of audio, by the clock and of all processors together; then, song
by song, SDR and SI-SDR of the voice and SDR of the accompaniment. What a peer leaves of the song
is its accompaniment. tdsep is given where the intro ends, and so is scikit-learn; the peers of
nussl and librosa's recipe are blind. Each peer shows its best window of three, by the voice's SDR
over the real songs; the mean over seeds (0, 1, ...) is of tdsep alone, for the others draw
nothing. "Crossed" songs have the voice of one and the accompaniment of another.

With --stereo, songs in two channels instead: tdsep's default, which sees both, against the mask
that it finds in their mean, put on both. Scores are means over the channels.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np
from vocal_peers import PEERS, Peer
from vocal_songs import Song, crossed_songs, real_songs, stereo_songs

from tdsep.evaluate import evaluate
from tdsep.stft import istft, masked, stft, window_length
from tdsep.vocal.separate import WINDOW, separate_vocals

FIGURES = ("sdr", "sir", "sar", "si_sdr")
#: In seconds: 32 ms is nussl's default.
PEER_WINDOWS = (0.032, 0.064, 0.128)
#: A song and a seed -> its voice, its accompaniment.
Method = Callable[[Song, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Row:
    """One way of a method, e.g. with one of several windows.

    Attributes
    ----------
    method : callable
    label : str
    seeded : bool
        Whether it draws at random.
    timed : bool
        Whether it could be used: not with the truth.
    """

    method: Method
    label: str
    seeded: bool = False
    timed: bool = True


@dataclass(frozen=True)
class Result:
    """What a row did on a song.

    Attributes
    ----------
    scores : ndarray [seeds, voice or accompaniment, figure]
    seconds : ndarray [2]
        By the clock, and of all processors together.
    """

    scores: np.ndarray
    seconds: np.ndarray


def tdsep_method(**options: str) -> Method:
    """Separate by tdsep."""

    def run(song: Song, seed: int) -> tuple[np.ndarray, np.ndarray]:
        found = separate_vocals(song.mixture, song.rate, song.intro, seed=seed, **options)
        return found.vocals, found.accompaniment

    return run


def mid_mask(song: Song, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Find a mask in the mean of the channels, and put it on both."""
    mixture = song.mixture
    mid = separate_vocals(mixture.mean(axis=0), song.rate, song.intro, seed=seed)
    vocals = masked(mixture, np.asarray(mid.mask), mid.recording.n_fft, mid.recording.hop_length)
    return vocals, mixture - vocals


def unseparated(song: Song, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mixture for both."""
    return song.mixture, song.mixture


def ideal_ratio_mask(song: Song, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the voice the share of each bin's magnitude that it truly has."""
    mixture, n_fft = song.mixture, window_length(song.rate, WINDOW)
    voice, accompaniment = (np.abs(stft(part, n_fft)) for part in (song.vocals, song.accompaniment))
    mask = voice / np.maximum(voice + accompaniment, 1e-12)
    vocals = istft(mask * stft(mixture, n_fft), mixture.shape[1], n_fft)
    return vocals, mixture - vocals


def peer_method(peer: Peer, window: float) -> Method:
    """Separate by a peer: what it leaves is the accompaniment."""

    def run(song: Song, seed: int) -> tuple[np.ndarray, np.ndarray]:
        mixture = song.mixture
        vocals = peer(mixture, song.rate, song.intro, window)
        return vocals, mixture - vocals

    return run


def rows() -> list[list[Row]]:
    """Return each row's variants: the best on the mean is shown."""
    collection = [
        [Row(unseparated, "mixture", timed=False)],
        [Row(tdsep_method(), "tdsep", seeded=True)],
        [Row(tdsep_method(method="nmf"), "tdsep nmf", seeded=True)],
        [Row(tdsep_method(method="cnmf"), "tdsep cnmf", seeded=True)],
    ]
    for name, make in PEERS.items():
        if (peer := make()) is not None:
            collection.append(
                [Row(peer_method(peer, w), f"{name}, {1e3 * w:.0f} ms") for w in PEER_WINDOWS]
            )
    ideal = f"ideal ratio mask, {1e3 * WINDOW:.0f} ms"
    return [*collection, [Row(ideal_ratio_mask, ideal, timed=False)]]


def in_order(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Score the voice against the voice, and the rest against the rest: [part, figure]."""
    with np.errstate(divide="ignore"):  # the mixture has no artefacts
        scores = [evaluate(truth, found)] * 2
        if list(scores[0].permutation) != [0, 1]:
            # There was less interference the other way around; of two that are alike there is none.
            scores = [evaluate(truth, np.stack([one, one])) for one in found]
    return np.array([[getattr(s, f)[part] for f in FIGURES] for part, s in enumerate(scores)])


def scored(song: Song, parts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Score both parts after the intro, mean over the channels: [part, figure]."""
    truth = song.after_intro(np.stack([song.vocals, song.accompaniment]))
    found = song.after_intro(np.stack(parts))
    channels = range(song.vocals.shape[0])
    return np.mean([in_order(truth[:, c], found[:, c]) for c in channels], axis=0)


def measured(row: Row, song: Song, n_seeds: int) -> Result:
    """Run a row on a song, once for each seed."""
    scores, seconds = [], []
    for seed in range(n_seeds if row.seeded else 1):
        start = perf_counter(), process_time()
        parts = row.method(song, seed)
        seconds.append((perf_counter() - start[0], process_time() - start[1]))
        scores.append(scored(song, parts))
    return Result(np.array(scores), np.mean(seconds, axis=0))


def excerpt(song: Song, seconds: float = 5.0, intro: float = 2.0) -> Song:
    """Cut a song short, around where the voice begins, so that a method can warm up."""
    first = round((song.intro - intro) * song.rate)
    part = slice(first, first + round(seconds * song.rate))
    return Song("", song.rate, intro, song.vocals[:, part], song.accompaniment[:, part])


def chosen(variants: list[Row], songs: list[Song], n_seeds: int) -> tuple[Row, list[Result]]:
    """Measure a row's variants, and keep the one with the best mean SDR of the voice."""
    found = []
    for row in variants:
        row.method(excerpt(songs[0]), 0)
        found.append((row, [measured(row, song, n_seeds) for song in songs]))
    return max(found, key=lambda one: np.mean([result.scores[:, 0, 0].mean() for result in one[1]]))


def print_table(title: str, songs: list[Song], table: list[tuple[Row, list[Result]]]) -> None:
    """Print the means over songs and seeds, then the main figures song by song."""
    heads = "".join(f"{figure.upper().replace('_', '-'):>7}" for figure in FIGURES)
    print(f"\n{title}: mean over {len(songs)} songs (dB)")
    print(f"{'':26}{'voice':>28} |{'accompaniment':>28} |    s per s of audio")
    print(f"{'':26}{heads} |{heads} |    clock      CPU")
    audio = sum(song.seconds for song in songs)
    for row, results in table:
        means = np.mean([result.scores.mean(axis=0) for result in results], axis=0)
        line = " |".join("".join(f"{value:7.2f}" for value in part) for part in means)
        seconds = sum(result.seconds for result in results) / audio
        speed = "".join(f"{value:9.4f}" for value in seconds) if row.timed else ""
        print(f"{row.label:26}{line} |{speed}")
    print(f"\n{title}, song by song: voice SDR / voice SI-SDR / accompaniment SDR (dB)")
    print(f"{'':26}" + " ".join(f"{song.name:>22}" for song in songs))
    for row, results in table:
        cells = []
        for result in results:
            scores = result.scores.mean(axis=0)
            figures = (scores[0, 0], scores[0, 3], scores[1, 0])
            cells.append(f"{' / '.join(f'{value:.2f}' for value in figures):>22}")
        print(f"{row.label:26}" + " ".join(cells))


def print_spread(table: list[tuple[Row, list[Result]]]) -> None:
    """Print the voice's mean SDR for each seed."""
    for row, results in table:
        if row.seeded:
            by_seed = np.mean([result.scores[:, 0, 0] for result in results], axis=0)
            print(f"{row.label}, voice SDR by seed: " + " ".join(f"{v:.2f}" for v in by_seed))


def print_mono(n_seeds: int) -> None:
    """Measure and print the real songs, then the crossed ones."""
    songs = real_songs()
    table = [chosen(variants, songs, n_seeds) for variants in rows()]
    print_table("Real songs", songs, table)
    if n_seeds > 1:
        print_spread(table)
    crossed = crossed_songs()
    again = [(row, [measured(row, song, n_seeds) for song in crossed]) for row, _ in table]
    print_table("Crossed songs (voice / accompaniment)", crossed, again)
    if n_seeds > 1:
        print_spread(again)


def print_stereo(n_seeds: int) -> None:
    """Measure and print both ways to use two channels."""
    ways = [Row(tdsep_method(), "both", seeded=True), Row(mid_mask, "mid", seeded=True)]
    shown = ((0, 0, "voice SDR"), (0, 3, "voice SI-SDR"), (1, 0, "accomp. SDR"))
    print("Stereo (dB): tdsep's default, the mask of the mid on both channels, difference;")
    print("r is the correlation of the voice's channels")
    print(f"{'':20}     r " + " ".join(f"{name:>24}" for _, _, name in shown))
    differences = []
    for song in stereo_songs():
        both, mid = (measured(row, song, n_seeds).scores.mean(axis=0) for row in ways)
        differences.append(both - mid)
        cells = (
            f"{both[p, f]:8.2f}{mid[p, f]:8.2f}{both[p, f] - mid[p, f]:+8.2f}" for p, f, _ in shown
        )
        alike = np.corrcoef(song.after_intro(song.vocals))[0, 1]
        print(f"{song.name:20}{alike:6.2f} " + " ".join(cells))
    mean = np.mean(differences, axis=0)
    print(f"{'mean difference':27}" + " ".join(f"{mean[p, f]:+24.2f}" for p, f, _ in shown))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stereo", action="store_true", help="songs in two channels instead")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="mean over N seeds")
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error("--seeds: give 1 or more")
    (print_stereo if arguments.stereo else print_mono)(arguments.seeds)


if __name__ == "__main__":
    main()
