"""A song's voice by the source-filter model: the default method.

A segment of the song is explained twice. Each time all pitches compete at first; then the voice is
confined to the neighbourhood of one melody while the background's bases adapt to what they do not
explain, held by frames of the background alone. The second time starts from these bases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tdsep.stft import frequencies
from tdsep.vocal.background import Background
from tdsep.vocal.explanation import Explanation
from tdsep.vocal.factors import Factors
from tdsep.vocal.melody import melody, near
from tdsep.vocal.recording import Recording
from tdsep.vocal.segments import Segment
from tdsep.vocal.source_filter import SourceFilter
from tdsep.vocal.voice_sounds import bumps, combs
from tdsep.workers import Map, workers

#: The first round's fits take this share of the iterations, as do those near the melody.
_FEWER = 0.5
#: How far from the melody the voice may be, in semitones.
_WIDTH = 0.6
#: What counts for the mask: the fit of all pitches and the one near the melody; the two rounds.
_FITS, _ROUNDS = (0.3, 0.7), (0.3, 0.7)
#: Bounds of how loud the voice may be in the difference of two channels beside their mean, and the
#: share that it must have of the bins where this is measured.
_SIDE_GAIN, _SURE = (0.02, 1.0), 0.9


class Singer:
    """Finds a voice, by its pitches and formants, in segment after segment of a song.

    Parameters
    ----------
    recording : Recording
    background : Background
    n_iter : int
        Of the longest fit.
    """

    def __init__(self, recording: Recording, background: Background, n_iter: int) -> None:
        self._recording, self._background, self._n_iter = recording, background, n_iter
        bands = frequencies(recording.rate, recording.n_fft)
        self._f0, self._combs = combs(bands)
        self._bumps = bumps(bands)

    def explain(
        self,
        segment: Segment,
        sung: np.ndarray,
        rng: np.random.Generator,
        progress: Callable[[float], None],
    ) -> Explanation:
        """Explain a segment.

        Parameters
        ----------
        segment : Segment
        sung : ndarray [frame] of bool
            Where in the segment there may be a voice.
        rng : Generator
        progress : callable
            Called with the share of the work done.
        """
        anchors = self._background.anchors
        here = slice(anchors.shape[2], None)
        heard = self._recording.magnitudes(segment.start, segment.stop)
        heard = np.concatenate([anchors, heard], axis=2)
        sung = np.concatenate([np.zeros(anchors.shape[2], bool), sung])
        n_rows = heard.shape[1]
        bases = self._background.bases.copy()
        with workers() as share:
            first = self._round(heard[:1], np.ones(1), bases[:n_rows], sung, _FEWER, rng, share)
            progress(0.35)
            bases[:n_rows] = first.factors.bases * bases[:n_rows].sum(axis=0)
            gains = _gains(heard, first.mask[:, sung], sung)
            last = self._round(heard, gains, bases, sung, 1.0, rng, share)
            progress(1.0)
        mask = _ROUNDS[0] * first.mask + _ROUNDS[1] * last.mask
        return Explanation(
            mask[:, here].astype(np.float16),
            last.loudness[:, here],
            last.factors.activations[:, here],
            self._bumps @ last.factors.filters,
            last.strength[:, here],
            np.concatenate([first.losses, last.losses]),
            self._f0,
            np.where(sung, self._f0[last.path], np.nan)[here],
        )

    def _round(
        self,
        heard: np.ndarray,
        gains: np.ndarray,
        bases: np.ndarray,
        sung: np.ndarray,
        length: float,
        rng: np.random.Generator,
        share: Map,
    ) -> _Round:
        """Fit all pitches, find the melody, fit near it with bases that adapt."""
        model = SourceFilter(heard, gains.astype(np.float32), self._combs, self._bumps, share)
        start = model.start(bases, sung, rng)
        free, losses = model.fit(start, round(length * self._n_iter), adapt=False)
        mask, _ = model.mask(free)
        strength = free.pitches * (self._bumps.sum(axis=0) @ free.filters @ free.formants)
        path = np.zeros(sung.size, np.intp)
        path[sung] = melody(strength[:, sung], self._f0, self._recording.hop)
        close = replace(free, pitches=free.pitches * near(path, self._f0, _WIDTH))
        found, more = model.fit(close, round(_FEWER * self._n_iter), adapt=True)
        close_mask, loudness = model.mask(found)
        mask = _FITS[0] * mask + _FITS[1] * close_mask
        return _Round(found, mask, loudness, strength, path, np.concatenate([losses, more]))


@dataclass(frozen=True, eq=False)
class _Round:
    """What one round found: see `Explanation`."""

    factors: Factors
    mask: np.ndarray
    loudness: np.ndarray
    strength: np.ndarray
    path: np.ndarray
    losses: np.ndarray


def _gains(heard: np.ndarray, mask: np.ndarray, sung: np.ndarray) -> np.ndarray:
    """How loud the voice is in each view: 1 in the mean, in the difference by what is surely its.

    There it is the median of the difference's share, the louder bins counting more.
    """
    gains = np.ones(heard.shape[0])
    if heard.shape[0] > 1:
        sure = mask > _SURE
        mid, side = (view[:, sung][sure] for view in heard)
        gains[1] = _SIDE_GAIN[0]
        if mid.size:
            order = np.argsort(side / mid)
            weights = np.cumsum(mid[order], dtype=np.float64)
            middle = order[np.searchsorted(weights, weights[-1] / 2)]
            gains[1] = np.clip(side[middle] / mid[middle], *_SIDE_GAIN)
    return gains
