"""How often gmm-separate finds the right number of talkers by itself.

    python benchmarks/talker_count.py [--seed N] [--widest DEGREES] [--repeats N] [--rt60 S ...]

Rooms of 1 to 4 talkers drawn at random (voices of CMU ARCTIC, angles at least 25 degrees apart
and within +-60 unless another is given), the spacing of the microphones unknown to tdsep. Per
spacing and RT60: the share of mixes whose number is found. Constants were chosen on other draws.
"""

from __future__ import annotations

import argparse

import numpy as np
from scenes import RATE, SECONDS, VOICES, dry_voice

from tdsep.gmm.talkers import find_talkers
from tdsep.simulate import simulate_mixture

#: Spacing in metres -> times each room is drawn for each number of talkers and repeat.
SPACINGS = {0.04: 2, 0.16: 2, 0.02: 1, 0.08: 1, 0.3: 1}
RT60S = (0.0, 0.15, 0.3)
CLOSEST = 25.0


def draw_angles(rng: np.random.Generator, n_talkers: int, widest: float) -> np.ndarray:
    """Draw angles until no two talkers are too close."""
    while True:
        angles = rng.uniform(-widest, widest, n_talkers)
        if n_talkers == 1 or np.diff(np.sort(angles)).min() >= CLOSEST:
            return angles


def draw_mixture(
    rng: np.random.Generator, n_talkers: int, spacing: float, rt60: float, widest: float
) -> np.ndarray:
    """Simulate one room, [2, samples]."""
    voices = rng.choice(VOICES, n_talkers, replace=False)
    talkers = [dry_voice(voice, int(rng.integers(0, 5000))) for voice in voices]
    talkers = [np.pad(talker, (0, SECONDS * RATE - talker.size)) for talker in talkers]
    return simulate_mixture(
        talkers,
        RATE,
        angles=draw_angles(rng, n_talkers, widest),
        spacing=spacing,
        rt60=rt60,
        seed=int(rng.integers(2**31)),
    ).mixture


def main() -> None:
    """Draw, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--widest", type=float, default=60.0)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--rt60", type=float, nargs="+", default=RT60S)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    right: dict[tuple[float, float], list[bool]] = {}
    for spacing, times in SPACINGS.items():
        for rt60 in options.rt60:
            cell = right.setdefault((spacing, rt60), [])
            for _ in range(times * options.repeats):
                for n_talkers in (1, 2, 3, 4):
                    mixture = draw_mixture(rng, n_talkers, spacing, rt60, options.widest)
                    scaled = mixture / np.abs(mixture).max()
                    cell.append(find_talkers(scaled, RATE).n_talkers == n_talkers)
    print("right number of talkers (%) of 1 to 4, by spacing and RT60")
    print("          " + " ".join(f"{rt60:6.2f}s" for rt60 in options.rt60))
    for spacing in SPACINGS:
        cells = [100 * np.mean(right[spacing, rt60]) for rt60 in options.rt60]
        print(f"{100 * spacing:6.0f} cm " + " ".join(f"{cell:7.1f}" for cell in cells))
    for title, group in (("4 and 16 cm", (0.04, 0.16)), ("2, 8 and 30 cm", (0.02, 0.08, 0.3))):
        all_right = [
            hit for (spacing, _), hits in right.items() if spacing in group for hit in hits
        ]
        print(f"{title}: {100 * np.mean(all_right):.1f} % of {len(all_right)} mixes")


if __name__ == "__main__":
    main()
