"""The factors of the source-filter model, and how a step between two sets of them goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

#: Keeps 0 / 0 away.
TINY = np.float32(1e-12)
#: How far momentum may take an entry.
_FARTHEST = 10.0


@dataclass(frozen=True, eq=False)
class Factors:
    """What the model is made of.

    Attributes
    ----------
    pitches : ndarray [combs, frame]
        H_0, how strong each comb is; 0 where nobody sings.
    filters : ndarray [bumps, filters]
        H_Γ, each adding up to 1.
    formants : ndarray [filters, frame]
        H_φ, how strong each filter is.
    bases : ndarray [channels * frequency, components]
        W_m, each adding up to 1, once learned on.
    activations : ndarray [components, frame]
        H_m.
    """

    pitches: np.ndarray
    filters: np.ndarray
    formants: np.ndarray
    bases: np.ndarray
    activations: np.ndarray


def normalised(columns: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Let the columns add up to 1, and the rows of the other factor make up for it."""
    sizes = columns.sum(axis=0) + TINY
    return columns / sizes, rows * sizes[:, None]


def ahead(new: Factors, old: Factors, share: float) -> Factors:
    """Go on, in logarithms, by a share of the last step."""
    changed = {}
    for name in ("pitches", "filters", "formants", "bases", "activations"):
        now, before = getattr(new, name), getattr(old, name)
        if now is not before:
            ratio = np.clip((now + TINY) / (before + TINY), 1 / _FARTHEST, _FARTHEST)
            changed[name] = now * np.power(ratio, np.float32(share), out=ratio)
    return replace(new, **changed)
