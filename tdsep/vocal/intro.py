"""Find where nobody sings, from the song alone.

Voices glide and are rich in harmonics, instruments hold their notes and drums have none: peaks
over frequency that do not stay are what tells a voice. How much of them there is, in each frame
against all others, is low for seconds on end only where nobody sings.

H. Tachibana, N. Ono, S. Sagayama, "Singing voice enhancement in monaural music signals based on
two-stage harmonic/percussive sound separation", IEEE/ACM TASLP 22 (1), 2014 (voices as what
fluctuates).
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d

from tdsep.errors import UnsuitableInputError
from tdsep.stft import frequencies
from tdsep.vocal.passages import Passage
from tdsep.vocal.recording import FLOOR, Recording
from tdsep.vocal.voice_sounds import combs

#: Where voices are told from instruments, in Hz: below are basses, above are cymbals.
_BAND = (200.0, 4000.0)
#: Highest fundamental frequency looked for, in Hz: less than the combs', whose highest are sparse.
_HIGHEST_F0 = 700.0
#: What stays through the better part of so many seconds is held by an instrument; what is as loud
#: over so many Hz is no harmonic.
_STEADY, _BROAD = 0.33, 180.0
#: Seconds over which a frame is judged: longer than a breath or a consonant.
_SMOOTH = 1.0
#: Shortest passage returned, and the length beyond which a longer one is no better found, in
#: seconds: a long quiet verse must not outweigh a short intro.
_SHORTEST, _LONG_ENOUGH = 3.0, 10.0
#: Between passage and voice, in seconds: soft entries rise late.
_MARGIN = 0.5
#: Songs begin with an instrument more often than with a voice: what a passage at the start weighs.
_AT_START = 1.2
#: Still the passage: up to this share of the way from its mean to the mean of the rest; what is
#: above counts against it so many times.
_THRESHOLD, _CAUTION = 0.3, 2.0
#: How far the passage's mean must lie below the rest's, in standard deviations.
_LEAST_CONTRAST = 1.3
#: Mean magnitude below which a frame is silent, in units of the song's mean.
_SILENT = 1e-3
#: Grid of starts and ends: seconds apart, and the most of them.
_GRID, _GRID_POINTS = 0.15, 1000


def find_passages(recording: Recording) -> list[Passage]:
    """Find a passage of a song in which nobody sings.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    list of (start, end)
        One, in seconds: of a song without a voice, its calmest.

    Raises
    ------
    UnsuitableInputError
        If none stands out.
    """
    liveliness = _liveliness(recording)
    # The first and last windows hang over the song's ends, where it seems calm.
    hop, beyond = recording.hop, recording.n_fft // recording.hop_length
    ranks = _ranks(liveliness[beyond:-beyond])
    if ranks.size * hop > 2 * _SHORTEST:
        seed = _calmest(ranks, hop)
        start, stop = _extent(ranks, seed)
        first = (beyond + 0.5) * hop - recording.n_fft / 2 / recording.rate
        duration = recording.song.shape[1] / recording.rate
        begin = first + start * hop + _MARGIN if start else 0.0
        end = first + stop * hop - _MARGIN if stop < ranks.size else duration
        if end - begin >= _SHORTEST and _contrast(ranks, start, stop) >= _LEAST_CONTRAST:
            return [(begin, end)]
    raise UnsuitableInputError(
        "no passage was found in which the background is alone: say where it is"
    )


def _liveliness(recording: Recording) -> np.ndarray:
    """Measure how much of each frame is harmonic and does not stay, [frame]."""
    bands = frequencies(recording.rate, recording.n_fft)
    below = bands < _BAND[1]
    inside = bands[below] >= _BAND[0]
    f0, spectra = combs(bands[below])
    teeth = spectra[:, f0 < _HIGHEST_F0] * inside[:, None]
    teeth /= np.sqrt((teeth**2).sum(axis=0)) + np.float32(FLOOR)
    steady = _odd(_STEADY / recording.hop)
    broad = _odd(_BROAD / bands[1])
    amount, salience, level = np.empty((3, recording.n_frames), np.float32)
    for start, stop in recording.blocks():
        first = max(0, start - steady // 2)
        magnitudes = recording.magnitudes(first, min(stop + steady // 2, recording.n_frames))[
            0, below
        ]
        peaks = magnitudes - median_filter(magnitudes, size=(broad, 1), mode="nearest")
        np.maximum(peaks, 0, out=peaks)
        peaks -= median_filter(peaks, size=(1, steady), mode="nearest")
        # Of the roots many weak harmonics count for more than one strong sound.
        moving = np.sqrt(np.maximum(peaks[:, start - first : stop - first], 0))
        level[start:stop] = magnitudes[:, start - first : stop - first].mean(axis=0)
        amount[start:stop] = moving[inside].sum(axis=0)
        pitches = teeth.T @ moving
        salience[start:stop] = pitches.max(axis=0) - np.median(pitches, axis=0)
    frames = max(1, round(_SMOOTH / recording.hop))
    smooth = uniform_filter1d(
        np.stack([amount, salience]).astype(np.float64), frames, mode="nearest"
    )
    lively = np.log(smooth + FLOOR).sum(axis=0)
    return np.where(level > _SILENT, lively, np.inf)  # nothing is to be learned from silence


def _odd(length: float) -> int:
    """Nearest odd number, 3 or more."""
    return max(3, 2 * int(length / 2) + 1)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Rank values, equal ones alike: how far one stands out must not count, only for how long."""
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values) + np.searchsorted(ordered, values, "right")) / 2


def _calmest(ranks: np.ndarray, hop: float) -> tuple[int, int]:
    """Find the passage that explains most of the ranks' variance by being lower than the rest."""
    n_frames = ranks.size
    step = max(round(_GRID / hop), -(-n_frames // _GRID_POINTS), 1)
    grid = np.arange(0, n_frames + 1, step)
    sums = np.concatenate([[0], np.cumsum(ranks - ranks.mean())])[grid]
    least = max(1, round((_SHORTEST + _MARGIN) / hop / step))
    starts, stops = np.triu_indices(grid.size, least)
    length = grid[stops] - grid[starts]
    depth = np.maximum(sums[starts] - sums[stops], 0) / length
    rest = np.maximum(1 - length / n_frames, 0.05)
    weight = np.minimum(length, _LONG_ENOUGH / hop) / rest
    score = depth**2 * weight * np.where(starts == 0, _AT_START, 1)
    best = int(score.argmax())
    return int(grid[starts[best]]), int(grid[stops[best]])


def _extent(ranks: np.ndarray, seed: tuple[int, int]) -> tuple[int, int]:
    """Cut from a passage what is too lively, and go on while it is calm."""
    start, stop = seed
    inside = ranks[start:stop].mean()
    rest = (ranks.sum() - ranks[start:stop].sum()) / max(1, ranks.size - (stop - start))
    calm = (inside + _THRESHOLD * (rest - inside) - ranks) / max(1.0, rest - inside)
    np.clip(calm, -1.5, 1, out=calm)
    calm[calm < 0] *= _CAUTION
    sums = np.concatenate([[0], np.cumsum(calm[start:stop])])
    end = int((sums - np.minimum.accumulate(sums)).argmax())
    start, stop = start + int(sums[: end + 1].argmin()), start + end
    while start > 0 and calm[start - 1] > 0:
        start -= 1
    while stop < ranks.size and calm[stop] > 0:
        stop += 1
    return start, stop


def _contrast(ranks: np.ndarray, start: int, stop: int) -> float:
    """How far the ranks of a passage lie below the rest's, in standard deviations."""
    inside, rest = ranks[start:stop], np.delete(ranks, np.s_[start:stop])
    if not inside.size or not rest.size:
        return 0.0
    return float((rest.mean() - inside.mean()) / (np.sqrt((inside.var() + rest.var()) / 2) + 1e-9))
