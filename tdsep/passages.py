"""Passages of a long recording, put together to be learned from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Fade from passage to passage in seconds: slow, or it would be heard as an onset.
_FADE = 0.5


def faded_together(passages: Iterator[np.ndarray], rate: int) -> np.ndarray:
    """Put passages one after another, each faded into the next.

    Parameters
    ----------
    passages : iterator of ndarray [channels, samples], float32
        They are overwritten.
    rate : int
        In Hz.

    Returns
    -------
    ndarray [channels, samples]
    """
    fade = round(_FADE * rate)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    joined = next(passages)
    parts = []
    for passage in passages:
        parts.append(joined[:, :-fade])
        passage[:, :fade] = rise * passage[:, :fade] + rise[::-1] * joined[:, -fade:]
        joined = passage
    return np.concatenate([*parts, joined], axis=1)
