"""How many talkers there are, and their time differences, at any spacing of the microphones.

A mixture of wrapped Gaussians plus a uniform background is fitted to the inter-channel phase at
onsets: a talker at delay tau stands at phase 2 pi f tau in every band, so the delays are found on
the whole band however often the phase wraps. Talkers are added one by one, each where it raises
the likelihood most. One more is believed in while it explains something (a gain in likelihood)
and every talker has moments alone: an echo, or a component midway between two talkers, has none.

The fit is after M. I. Mandel, R. J. Weiss, D. P. W. Ellis, IEEE TASLP 18 (2), 2010; adding
components greedily after N. Vlassis, A. Likas, "A greedy EM algorithm for Gaussian mixture
learning", Neural Processing Letters 15, 2002. The score is our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.onsets import Onsets, find_onsets
from tdsep.stft import frequencies, stft, window_length

#: Window in seconds: shorter than for the masks, for onsets are brief.
SEARCH_WINDOW = 0.064
#: Longest delay looked for, in seconds: microphones a metre apart.
LONGEST_DELAY = 3e-3
#: Most talkers counted where the number is not given.
MOST_COUNTED = 4
#: Score that a number of talkers must reach to be believed.
THRESHOLD = 0.67

#: Bins of the phase histogram: 10 degrees, finer than the narrowest component.
_BINS = 36
#: Phases at which a new talker is tried.
_STEPS = 72
#: Bounds of the variance in rad^2: a narrower one invents talkers, a wider one swallows several.
_NARROW, _WIDE = 0.015, 0.3
#: Weight given to the first talker and to each new one before EM settles it.
_FIRST_WEIGHT, _NEW_WEIGHT = 0.4, 0.04
#: EM iterations to compare starts, and to finish.
_SHORT, _LONG = 8, 12
#: Pairs of bands to each side over which the variance is smoothed: few onsets fall in one alone.
_SMOOTHING = 8
#: A talker's share of the onsets is taken at this quantile of the busier frames.
_BEST_FRAMES = 0.99
#: A talker who explains less of the log-likelihood than this is none.
_LEAST_GAIN = 0.01
_TURN = 2 * np.pi


@dataclass(frozen=True)
class TalkerSearch:
    """The talkers found and the evidence.

    Attributes
    ----------
    delays : ndarray [talkers]
        Time differences in seconds, increasing; positive when microphone 2 hears it later.
    scores : dict of int to float
        Evidence for each number of talkers tried. The number believed is the largest whose score
        reaches the threshold; 1 needs none.
    threshold : float
    estimated : bool
        Whether the number was found, not given.
    """

    delays: np.ndarray
    scores: dict[int, float]
    threshold: float
    estimated: bool

    @property
    def n_talkers(self) -> int:
        """Number of talkers."""
        return self.delays.size


def find_talkers(
    mixture: np.ndarray,
    rate: int,
    n_talkers: int | None = None,
    *,
    max_delay: float | None = None,
) -> TalkerSearch:
    """Find the talkers' delays, and their number where it is not given.

    Parameters
    ----------
    mixture : ndarray [2, samples]
    rate : int
        Sampling rate in Hz.
    n_talkers : int, optional
        Found by default, from 1 to 4.
    max_delay : float, optional
        Longest possible delay in seconds; 3 ms by default.

    Returns
    -------
    TalkerSearch
    """
    n_fft = window_length(rate, SEARCH_WINDOW)
    bands = frequencies(rate, n_fft)
    onsets = find_onsets(stft(mixture, n_fft), bands)
    histogram = _PhaseHistogram(onsets, bands, LONGEST_DELAY if max_delay is None else max_delay)
    model = _Model(np.zeros(0), np.zeros(0), histogram.narrow)
    models: list[_Model] = []
    scores: dict[int, float] = {}
    before = 0.0
    for number in range(1, (n_talkers or MOST_COUNTED) + 1):
        model = _with_one_more(model, histogram)
        models.append(model)
        gained = histogram.log_likelihood(model)
        share = _share_in_best_frames(model, histogram, onsets)
        scores[number] = _score(model, gained, before, share)
        before = gained
    believed = [number for number in scores if number > 1 and scores[number] >= THRESHOLD]
    chosen = n_talkers or max(believed, default=1)
    return TalkerSearch(np.sort(models[chosen - 1].delays), scores, THRESHOLD, n_talkers is None)


@dataclass(frozen=True)
class _Model:
    """Delays and weights [talkers], and the variance [bands] that all talkers share.

    It is shared because echoes widen all talkers alike.
    """

    delays: np.ndarray
    weights: np.ndarray
    variance: np.ndarray

    def without(self, talker: int) -> _Model:
        return _Model(
            np.delete(self.delays, talker), np.delete(self.weights, talker), self.variance
        )


class _PhaseHistogram:
    """Onset weight over phase and frequency: the cost does not grow with the recording's length.

    Neighbouring bands are pooled in pairs; only filled cells are kept.
    """

    def __init__(self, onsets: Onsets, frequencies: np.ndarray, max_delay: float) -> None:
        pairs, row = np.unique(onsets.band // 2, return_inverse=True)
        turn = (onsets.phase + np.pi) / _TURN
        place = row * _BINS + np.minimum((turn * _BINS).astype(np.intp), _BINS - 1)
        total = np.bincount(place, onsets.weight, pairs.size * _BINS)
        cells = np.flatnonzero(total)
        self.cell_of_onset = np.searchsorted(cells, place)
        self.row = cells // _BINS
        self.row_start = np.searchsorted(self.row, np.arange(pairs.size))
        self.mass = (total[cells] / total.sum()).astype(np.float32)
        self.phase = ((cells % _BINS + 0.5) * (_TURN / _BINS) - np.pi).astype(np.float32)
        omega = _TURN * (2 * pairs + 0.5) * frequencies[1]
        self.omega = omega[self.row].astype(np.float32)
        self.narrow = np.full(pairs.size, _NARROW)
        self.smoother = _hann_smoother(pairs)
        # Where the phases of each delay of the grid lie among the phases tried, [band, delay].
        self.grid = _delay_grid(max_delay)
        self.step_of_delay = np.rint(omega[:, None] * self.grid * (_STEPS / _TURN)).astype(int)
        self.step_of_delay %= _STEPS
        steps = np.arange(_STEPS, dtype=np.float32)[:, None] * np.float32(_TURN / _STEPS)
        self.squared_distance = _wrapped(self.phase - steps) ** 2

    def expect(self, model: _Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """E-step: residual and joint density [talkers, cell], evidence [cell]."""
        residual = _wrapped(self.phase - self.omega * model.delays[:, None].astype(np.float32))
        joint = _gaussian(residual**2, model.variance[self.row].astype(np.float32))
        joint *= model.weights[:, None].astype(np.float32)
        background = (1 - model.weights.sum()) / _TURN
        return residual, joint, joint.sum(axis=0) + np.float32(max(background, 1e-12))

    def log_likelihood(self, model: _Model) -> float:
        """Mean log-likelihood of an onset's phase over that of a uniform one, in nats."""
        return float(self.mass @ np.log(self.expect(model)[2])) + float(np.log(_TURN))

    def em(self, model: _Model, n_iter: int) -> _Model:
        """Iterate EM; the delays move in every second iteration, when the rest has followed."""
        delays, weights, variance = model.delays, model.weights, model.variance
        for iteration in range(n_iter):
            residual, joint, evidence = self.expect(_Model(delays, weights, variance))
            mass = joint * (self.mass / evidence)
            weights = mass.sum(axis=1, dtype=np.float64)
            total = self._by_row(mass.sum(axis=0))
            square = self._by_row((mass * residual**2).sum(axis=0))
            variance = np.clip(square / np.maximum(total, 1e-12), _NARROW, _WIDE)
            if iteration % 2:
                lever = mass * self.omega / variance[self.row]
                slope, stiffness = (lever * residual).sum(axis=1), (lever * self.omega).sum(axis=1)
                delays = delays + slope / np.maximum(stiffness, 1e-12)
        return _Model(delays, weights, variance)

    def with_best_delay(self, model: _Model) -> _Model:
        """Add the delay of the grid that raises the likelihood most, then let EM begin to settle.

        EM starts from the narrowest variance: started at the width of the smaller model, two
        talkers close together would stay in one wide component.
        """
        weight = _NEW_WEIGHT if model.delays.size else _FIRST_WEIGHT
        density = _gaussian(self.squared_distance, model.variance[self.row].astype(np.float32))
        gain = self.mass * np.log1p(weight * (density / self.expect(model)[2] - 1))
        gain = np.add.reduceat(gain, self.row_start, axis=1)  # [step, band]
        spectrum = gain[self.step_of_delay, np.arange(len(self.narrow))[:, None]].sum(axis=0)
        delays = np.append(model.delays, self.grid[spectrum.argmax()])
        weights = np.append(model.weights * (1 - weight), weight)
        return self.em(_Model(delays, weights, self.narrow), _SHORT)

    def _by_row(self, values: np.ndarray) -> np.ndarray:
        """Sum over the cells of each pair of bands, smoothed over the pairs."""
        return self.smoother @ np.bincount(self.row, values, self.narrow.size)


def _with_one_more(model: _Model, histogram: _PhaseHistogram) -> _Model:
    """Add a talker, then move each in turn to where it helps most, and keep the likeliest.

    A greedy fit alone cannot undo a delay that was best only among fewer.
    """
    model = histogram.with_best_delay(model)
    candidates = [model]
    if model.delays.size > 1:
        candidates += [
            histogram.with_best_delay(model.without(talker)) for talker in range(model.delays.size)
        ]
    return histogram.em(max(candidates, key=histogram.log_likelihood), _LONG)


def _score(model: _Model, gained: float, before: float, share: float) -> float:
    """Evidence for as many talkers as the model has, against one fewer.

    Parameters
    ----------
    model : _Model
    gained, before : float
        Log-likelihood with all talkers and with one fewer.
    share : float
        What the least heard talker has in that talker's best frames.

    Notes
    -----
    Three signs, multiplied: nobody is without moments alone (`share`), the last talker explains
    something (`gain`), and neither is owed to a component that is large for other reasons: wide
    in all frames (its weight), or in a dead room, where every likelihood is high. The exponents
    were fitted to simulated rooms and tried on others.
    """
    gain = (gained - before) / gained if gained > 0 else 0.0
    if gain < _LEAST_GAIN:
        return 0.0
    smallest = max(float(model.weights.min()), 1e-3)
    stricter = float(np.sqrt(smallest * max(gained, 1e-3)))
    return model.delays.size * share**2 * gain**0.25 / stricter


def _share_in_best_frames(model: _Model, histogram: _PhaseHistogram, onsets: Onsets) -> float:
    """Share of the onsets that each talker has in that talker's best frames; the smallest.

    Taken over frames (three pooled) with more onsets than the median, at the best 1 %.
    """

    def pooled(weight: np.ndarray) -> np.ndarray:
        return np.convolve(np.bincount(onsets.frame, weight, onsets.n_frames), np.ones(3), "same")

    _, joint, evidence = histogram.expect(model)
    everyone = pooled(onsets.weight)
    busy = everyone >= np.median(everyone[everyone > 0])
    shares = [
        np.quantile(pooled(onsets.weight * part[histogram.cell_of_onset])[busy] / everyone[busy],
                    _BEST_FRAMES)
        for part in joint / evidence
    ]  # fmt: skip
    return float(min(shares))


def _delay_grid(max_delay: float) -> np.ndarray:
    """Delays to try: 3 us apart near zero, where microphones a few centimetres apart need it."""
    spacing = ([150e-6, 500e-6, 3e-3], [3e-6, 6e-6, 12e-6])
    points = [0.0]
    while (following := points[-1] + float(np.interp(points[-1], *spacing))) <= max_delay:
        points.append(following)
    positive = np.array(points[1:])
    return np.concatenate([-positive[::-1], [0.0], positive])


def _hann_smoother(pairs: np.ndarray) -> np.ndarray:
    """Matrix that sums over neighbouring pairs of bands with a Hann window, [pair, pair]."""
    distance = np.abs(pairs[:, None] - pairs)
    window = 0.5 + 0.5 * np.cos(np.pi * distance / (_SMOOTHING + 1))
    return np.where(distance <= _SMOOTHING, window, 0.0)


def _gaussian(squared: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * squared / variance) / np.sqrt(np.float32(_TURN) * variance)


def _wrapped(phase: np.ndarray) -> np.ndarray:
    """Bring phases to within +-pi."""
    return phase - np.float32(_TURN) * np.rint(phase * np.float32(1 / _TURN))
