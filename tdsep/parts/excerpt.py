"""What parts are learned from: a short sound whole, of a long one passages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.passages import faded_together
from tdsep.sounds import Sound
from tdsep.stft import stft
from tdsep.workers import a_few_ahead

#: What is learned from of a long sound, and each passage of it, in seconds.
LEARNED, PASSAGE = 120.0, 5.0


@dataclass(frozen=True, eq=False)
class Excerpt:
    """A sound, or passages of it.

    Attributes
    ----------
    samples : ndarray [channels, samples]
        The whole sound, or the passages, each faded into the next.
    passages : tuple of (start, end)
        Where they are, in seconds; the whole of a short sound.
    """

    samples: np.ndarray
    passages: tuple[tuple[float, float], ...]


def excerpt(sound: Sound, rate: int, n_fft: int) -> Excerpt:
    """Take a short sound whole, of a long one passages all over it and those with most that is new.

    Parameters
    ----------
    sound : Sound [channels, samples]
    rate : int
        In Hz.
    n_fft : int
        Window, in samples, of the spectra by which passages are compared.

    Returns
    -------
    Excerpt
    """
    n_samples = sound.shape[1]
    if n_samples <= LEARNED * rate:
        return Excerpt(sound[..., :], ((0.0, n_samples / rate),))
    length = round(PASSAGE * rate)
    starts = np.linspace(0, n_samples - length, -(-n_samples // length)).astype(int)

    def passage(start: int) -> np.ndarray:
        return np.array(sound[..., start : start + length], np.float32)

    def loudest(start: int) -> np.ndarray:
        return np.abs(stft(passage(start), n_fft, n_fft // 2)).sum(axis=0).max(axis=1)

    bands = np.sqrt(list(a_few_ahead(loudest, starts)))
    chosen = starts[_chosen(bands, round(LEARNED / PASSAGE))]
    samples = faded_together((passage(start) for start in chosen), rate)
    places = tuple((start / rate, (start + length) / rate) for start in chosen.tolist())
    return Excerpt(samples, places)


def _chosen(bands: np.ndarray, count: int) -> list[int]:
    """Choose passages by how loud each band gets in them, [passage, frequency].

    Half of them are spread evenly, for what is usual. Then, one after the other, that in which
    bands get louder most than in any before: what is heard once only sounds where little else does.
    """
    chosen = np.linspace(0, len(bands) - 1, count // 2).astype(int).tolist()
    reached = bands[chosen].max(axis=0)
    for _ in range(count - len(chosen)):
        gains = np.maximum(bands - reached, 0).sum(axis=1)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        reached = np.maximum(reached, bands[chosen[-1]])
    return sorted(chosen)
