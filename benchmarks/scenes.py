"""The simulated rooms that the benchmarks share: who talks, from where, in which room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tdsep.simulate import DEFAULT_ROOM, SimulatedMixture, simulate_mixture

RATE = 16000
SECONDS = 10
DATA = Path(os.environ.get("TDSEP_DATA", Path(__file__).parents[2] / "shared" / "data"))
if not DATA.is_dir():
    raise SystemExit(f"no recordings at {DATA}: set TDSEP_DATA to the folder that has A_speech")
VOICES = (
    "female_axb",
    "female_clb",
    "female_eey",
    "female_slt",
    "male_aew",
    "male_awb",
    "male_bdl",
)
RT60S = (0.0, 0.15, 0.3)

#: Two and three talkers: their voices and their angles in degrees. `MAIN` is what constants were
#: chosen on; `HELD_OUT` differs in pairs, angles, room and spacings, and was only ever measured.
MAIN = {
    "scenes": (
        (("female_axb", "male_aew"), (-40, 30)),
        (("male_awb", "male_bdl"), (-60, 10)),
        (("female_clb", "female_slt"), (-15, 25)),
        (("female_axb", "male_aew", "female_eey"), (-50, 0, 45)),
        (("male_awb", "female_slt", "male_bdl"), (-60, -10, 40)),
        (("female_clb", "male_aew", "female_slt"), (-30, 10, 60)),
    ),
    "spacings": (0.04, 0.16),
    "room": DEFAULT_ROOM,
    "distance": 1.1,
}
HELD_OUT = {
    "scenes": (
        (("female_eey", "male_bdl"), (-55, -5)),
        (("female_slt", "male_awb"), (5, 50)),
        (("male_aew", "female_clb"), (-25, 20)),
        (("male_bdl", "female_clb", "male_awb"), (-45, -10, 30)),
        (("female_eey", "male_aew", "female_slt"), (-20, 15, 55)),
        (("female_axb", "male_awb", "female_eey"), (-55, 5, 50)),
    ),
    "spacings": (0.03, 0.1),
    "room": (6.0, 4.2, 2.7),
    "distance": 0.8,
}


@dataclass(frozen=True)
class Condition:
    """One cell of a table."""

    n_talkers: int
    spacing: float
    rt60: float


def dry_voice(name: str, offset: int = 0) -> np.ndarray:
    """Ten seconds of a speaker of CMU ARCTIC, from a given sample on."""
    path = DATA / "A_speech" / "cmu_arctic14" / f"cmu_arctic_{name}_1.wav"
    samples, rate = soundfile.read(path)
    assert rate == RATE
    return samples[offset : offset + SECONDS * RATE]


def scenes(collection: dict) -> Iterator[tuple[Condition, SimulatedMixture]]:
    """Simulate every scene of a collection in every condition."""
    for spacing in collection["spacings"]:
        for rt60 in RT60S:
            for voices, angles in collection["scenes"]:
                mixture = simulate_mixture(
                    [dry_voice(voice) for voice in voices],
                    RATE,
                    angles=angles,
                    spacing=spacing,
                    rt60=rt60,
                    room=collection["room"],
                    distance=collection["distance"],
                )
                yield Condition(len(voices), spacing, rt60), mixture
