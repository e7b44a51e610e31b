"""Which window suits a recording: dead rooms want it short, echoes want it long.

Whatever the room, voices apart hardly overlap: most time-frequency bins belong to one of them. Of
several separations of the same kind, that whose parts overlap least is taken.

O. Yilmaz, S. Rickard, "Blind separation of speech mixtures via time-frequency masking", IEEE
Trans. Signal Processing 52 (7), 2004, on how little voices overlap.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from tdsep.stft import stft, window_length

#: Windows in seconds, by what the parts are made with. A mask has one: where it can do well, in
#: rooms with few echoes, it wants no other.
WINDOWS = {"mask": (0.128,), "wiener": (0.128, 0.256, 0.512), "demix": (0.256, 0.512, 1.024)}
#: A window must fit this often into the recording, or there are too few frames to learn from.
_LEAST_FITS = 6
#: Window in seconds in which overlap is measured, at which voices overlap least.
_OVERLAP_WINDOW = 0.064


def candidate_windows(output: str, rate: int, n_samples: int) -> list[int]:
    """Window lengths in samples worth trying; never none."""
    lengths = [window_length(rate, seconds) for seconds in WINDOWS[output]]
    return [n for n in lengths if _LEAST_FITS * n <= n_samples] or lengths[:1]


def overlap(parts: np.ndarray, rate: int) -> float:
    """Share of the sound that two talkers have in the same bins, 0 to 0.5, mean over the pairs.

    Parameters
    ----------
    parts : ndarray [talker, samples]
        Compared at equal power, or a part with nothing in it would seem best.
    rate : int
    """
    powers = []
    for part in parts:
        power = np.abs(stft(part, window_length(rate, _OVERLAP_WINDOW))) ** 2
        powers.append(power / max(float(power.sum()), np.finfo(np.float32).tiny))
    shared = [float(np.minimum(one, other).sum()) / 2 for one, other in combinations(powers, 2)]
    return float(np.mean(shared)) if shared else 0.0
