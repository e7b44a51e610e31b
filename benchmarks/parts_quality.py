"""How well sounds that recur come apart: python benchmarks/parts_quality.py.

Pieces of piano notes (recordings that the project does not contain) in random overlapping
patterns, and of synthetic drums; asked for as many parts as there are sounds, for five, and for
any number. Beside tdsep stands scikit-learn's NMF of the same magnitudes, masked alike. SDR is BSS
Eval's; each sound is scored by the part that suits it best. "seconds" are a second of sound.

With `--long MINUTES` instead: the project's own synthetic notes and drums in turn, for so long,
learned from passages as tdsep does it, and from the whole, which takes much memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fast_bss_eval
import numpy as np
import soundfile
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF

from tdsep.parts import excerpt
from tdsep.parts.separate import WINDOW, separate_parts
from tdsep.stft import masked, stft, window_length

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("TDSEP_DATA", ROOT.parent / "shared" / "data"))
PIANO = DATA / "D_instruments" / "piano_kekatzmann"
sys.path.insert(0, str(ROOT / "data"))
from pattern_synthesis import drum_loop, three_notes  # noqa: E402

#: A method takes a sound, its rate and a number of parts; it returns parts and activations.
Method = Callable[[np.ndarray, int, int], tuple[np.ndarray, np.ndarray, int]]


@dataclass(frozen=True)
class Piece:
    """Sounds that are known alone, [sound, samples]; the piece is their sum."""

    name: str
    sounds: np.ndarray
    rate: int


def notes(names: tuple[str, ...], seed: int) -> Piece:
    """Strike piano notes in a random pattern of overlapping chords, every other one let ring."""
    rng = np.random.default_rng(seed)
    recorded = [soundfile.read(PIANO / f"{name}.wav") for name in names]
    rate = recorded[0][1]
    beat = int(rng.uniform(0.3, 0.6) * rate)
    struck = np.zeros((len(names), 14), bool)
    while not (struck.any(axis=1).all() and np.linalg.matrix_rank(struck) == len(names)):
        struck = rng.random(struck.shape) < 0.45
    length = beat * (3 if seed % 2 else 1)
    sounds = np.zeros((len(names), beat * 14 + length))
    for number, beats in enumerate(struck):
        sample = recorded[number][0]
        onset = int(np.argmax(np.abs(sample) > 0.02 * np.abs(sample).max()))
        sample = sample[max(0, onset - 200) :][:length]
        fade = np.minimum(1, np.arange(sample.size)[::-1] / (0.05 * rate))
        for place in np.flatnonzero(beats) * beat:
            sounds[number, place : place + sample.size] += rng.uniform(0.7, 1.4) * sample * fade
    return Piece("".join(names), sounds, rate)


def pieces(count: int) -> Iterator[tuple[str, Piece]]:
    """Yield groups' names and their pieces."""
    for seed in range(count):
        yield "C4 E4 G4", notes(("C4", "E4", "G4"), 1000 + seed)
    rng = np.random.default_rng(2)
    for seed in range(count):
        drawn = rng.choice(["C4", "D4", "E4", "F4", "G4", "A4", "B4"], 3, replace=False)
        yield "three others", notes(tuple(sorted(drawn)), 2000 + seed)
    for seed in range(count // 2):
        yield "drums", Piece("drums", drum_loop(44100, 3000 + seed), 44100)


def by_tdsep(sound: np.ndarray, rate: int, n_parts: int):
    """Take apart by tdsep; return parts, activations and the hop."""
    found = separate_parts(sound, rate, n_parts or None)
    parts = np.array([source[0] for source in found.sources])
    return parts, found.decomposition.activations(), found.hop_length


def by_sklearn(sound: np.ndarray, rate: int, n_parts: int):
    """Take apart by scikit-learn's multiplicative updates."""
    n_fft = window_length(rate, WINDOW)
    magnitudes = np.abs(stft(sound, n_fft)).astype(np.float64) + 1e-9
    model = NMF(n_parts, beta_loss="kullback-leibler", solver="mu", init="random", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bases = model.fit_transform(magnitudes)
    models = bases.T[:, :, None] * model.components_[:, None, :]
    shares = models**2 / np.maximum((models**2).sum(axis=0), 1e-30)
    parts = [masked(sound[None], share, n_fft, n_fft // 4)[0] for share in shares]
    return np.array(parts), bases.sum(axis=0)[:, None] * model.components_, n_fft // 4


METHODS: dict[str, Method] = {
    "tdsep": by_tdsep,
    "scikit-learn": by_sklearn,
}


def best_sdr(piece: Piece, parts: np.ndarray) -> np.ndarray:
    """Return the SDR of each sound's best part."""
    heard = parts[[part.any() for part in parts]]
    # A metric of pairs: each sound against each part, whatever their numbers.
    pairs = [
        [float(fast_bss_eval.sdr(sound[None], part[None])[0]) for part in heard]
        for sound in piece.sounds
    ]
    sdr = np.array(pairs)
    return sdr[linear_sum_assignment(-sdr)]


def scored(piece: Piece, parts: np.ndarray, lines: np.ndarray, hop: int):
    """Return SDR and correlation with the loudness of each sound's best part."""
    loudness = [np.sqrt((np.abs(stft(s, 4 * hop, hop)) ** 2).sum(axis=0)) for s in piece.sounds]
    alike = np.array([[np.corrcoef(a, b)[0, 1] if b.any() else 0 for b in lines] for a in loudness])
    places, best = linear_sum_assignment(-alike)
    return best_sdr(piece, parts), alike[places, best]


def long_piece(minutes: float, rate: int = 16000) -> Piece:
    """Play three notes and three drums in turn, each time otherwise."""
    length = round(60 * minutes * rate)
    played, n_samples = [], 0
    while n_samples < length:
        seed = len(played)
        tracks = three_notes(rate, seed) if seed % 3 else drum_loop(rate, seed)
        place = (0, 3) if seed % 3 else (3, 0)
        played.append(np.pad(tracks, (place, (0, 0))))
        n_samples += tracks.shape[1]
    return Piece("long", np.concatenate(played, axis=1)[:, :length], rate)


def compare_passages_and_whole(minutes: float) -> None:
    """Print the SDR of each sound of a long piece."""
    piece = long_piece(minutes)
    sound = piece.sounds.sum(axis=0).astype(np.float32)
    for name, learned in (("passages", excerpt.LEARNED), ("the whole", np.inf)):
        excerpt.LEARNED = learned
        start = time.perf_counter()
        parts, _, _ = by_tdsep(sound, piece.rate, len(piece.sounds))
        seconds = time.perf_counter() - start
        print(f"learned from {name:10}{np.round(best_sdr(piece, parts), 1)} dB, {seconds:.0f} s")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pieces", type=int, default=8)
    parser.add_argument("--long", type=float, metavar="MINUTES")
    options = parser.parse_args()
    if options.long:
        compare_passages_and_whole(options.long)
        return
    count = options.pieces
    if not PIANO.is_dir():
        sys.exit(f"no recordings at {PIANO}: set TDSEP_DATA to their folder")
    chosen = list(pieces(count))
    print("mean / worst SDR, share of SDR >= 10 dB, worst correlation of activations, seconds")
    for group in dict.fromkeys(group for group, _ in chosen):
        members = [piece for other, piece in chosen if other == group]
        mixed = np.mean([
            10 * np.log10((s**2).sum() / ((p.sounds.sum(axis=0) - s) ** 2).sum())
            for p in members for s in p.sounds
        ])  # fmt: skip
        print(f"\n{group}: {len(members)} pieces, the mixture {mixed:.1f} dB")
        for n_parts in (3, 5):
            for name, method in METHODS.items():
                found = []
                spent = 0.0
                for piece in members:
                    sound = piece.sounds.sum(axis=0).astype(np.float32)
                    start = time.perf_counter()
                    parts, lines, hop = method(sound, piece.rate, n_parts)
                    spent += (time.perf_counter() - start) / (sound.size / piece.rate)
                    found.append(scored(piece, parts, lines, hop))
                sdr = np.concatenate([s for s, _ in found])
                alike = min(c.min() for _, c in found)
                print(
                    f"  {n_parts} parts, {name:22} {sdr.mean():5.1f} / {sdr.min():5.1f}"
                    f"  {100 * np.mean(sdr >= 10):3.0f} %  {alike:5.2f}"
                    f"  {spent / len(members):.2f}"
                )
        counted = [len(by_tdsep(p.sounds.sum(axis=0), p.rate, 0)[0]) for p in members]
        right = np.mean(np.array(counted) == 3)
        close = np.mean(np.abs(np.array(counted) - 3) <= 1)
        print(f"  auto: {100 * right:.0f} % right, {100 * close:.0f} % within one: {counted}")


if __name__ == "__main__":
    main()
