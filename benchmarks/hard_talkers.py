"""Talkers who make it hard: what gmm-separate finds and separates of them.

    python benchmarks/hard_talkers.py [--seed N] [--scenes N]

Two talkers in rooms drawn at random (microphones 5 cm apart unless said otherwise, ten seconds):
how often both are found, and, the number given, the mean SDR (dB) of both and of the one who is
faint, brief, or the worse off. Beside it the SDR of masks alone.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np
from scenes import RATE, SECONDS, VOICES, dry_voice

import tdsep
from tdsep.evaluate import evaluate
from tdsep.gmm.talkers import find_talkers
from tdsep.simulate import SimulatedMixture, simulate_mixture

RT60S = (0.0, 0.3)


@dataclass(frozen=True)
class Case:
    """How a scene differs from two people who talk on equal terms."""

    name: str
    gap: tuple[float, float] = (30.0, 80.0)  # degrees
    seconds: float = SECONDS
    brief: float | None = None  # seconds that the second talker speaks
    room: dict = field(default_factory=dict)  # further arguments of simulate_mixture


CASES = (
    Case("on equal terms"),
    Case("10 dB apart in level", room={"levels": (0.0, -10.0)}),
    Case("one speaks for 2 s", brief=2.0),
    Case("15 degrees apart", gap=(15.0, 15.0)),
    Case("5 s of recording", seconds=5.0),
    Case("2 s of recording", seconds=2.0),
    Case("noise 20 dB below", room={"snr": 20.0}),
    Case("noise 10 dB below", room={"snr": 10.0}),
    Case("microphones 1 m apart", room={"spacing": 1.0}),
    Case("four microphones", room={"n_microphones": 4}),
)


def draw(case: Case, rt60: float, rng: np.random.Generator) -> SimulatedMixture:
    """Simulate one room."""
    voices = rng.choice(VOICES, 2, replace=False)
    length = int(case.seconds * RATE)
    talkers = [dry_voice(voice)[:length].copy() for voice in voices]
    if case.brief is not None:
        start = int(rng.integers(0, length - case.brief * RATE))
        talkers[1][:start] = 0
        talkers[1][start + int(case.brief * RATE) :] = 0
    gap = rng.uniform(*case.gap)
    first = rng.uniform(-60, 60 - gap)
    room = {"spacing": 0.05, **case.room}
    seed = int(rng.integers(2**31))
    return simulate_mixture(
        talkers, RATE, angles=(first, first + gap), rt60=rt60, seed=seed, **room
    )


def main() -> None:
    """Draw, separate and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--scenes", type=int, default=10)
    options = parser.parse_args()
    for rt60 in RT60S:
        print(f"RT60 {rt60} s{'':18}found (%)   SDR   the worse off   masks   the worse off")
        for case in CASES:
            rng = np.random.default_rng(options.seed)
            found, scores = [], []
            for _ in range(options.scenes):
                scene = draw(case, rt60, rng)
                pair = scene.mixture[[0, -1]] / np.abs(scene.mixture).max()
                found.append(find_talkers(pair, RATE).n_talkers == 2)
                row = []
                for output in ("auto", "mask"):
                    separation = tdsep.separate_talkers(scene.mixture, RATE, 2, output=output)
                    sdr = evaluate(scene.images[:, 0], separation.sources[:, 0]).sdr
                    faint = sdr[1] if case.brief or "levels" in case.room else sdr.min()
                    row += [sdr.mean(), faint]
                scores.append(row)
            cells = "".join(f"{cell:10.1f}" for cell in np.mean(scores, axis=0))
            print(f"{case.name:26}{100 * np.mean(found):9.0f} {cells}", flush=True)


if __name__ == "__main__":
    main()
