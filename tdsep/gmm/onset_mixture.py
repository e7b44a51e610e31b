"""A mixture of talkers at onsets, in which the onsets of a moment help each other.

Each talker is a wrapped Gaussian around phase 2 pi f tau, beside a uniform background. What a
talker weighs differs from frame to frame: it is expected from the other onsets nearby, never from
the onset itself. So a talker gains likelihood by speaking alone for moments, which an echo, or a
component midway between two talkers, hardly does; and splitting one talker in two gains nothing.

The mixture is that of M. I. Mandel, R. J. Weiss, D. P. W. Ellis, IEEE TASLP 18 (2), 2010; adding
components greedily is after N. Vlassis, A. Likas, "A greedy EM algorithm for Gaussian mixture
learning", Neural Processing Letters 15, 2002. The weights from nearby onsets are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.gmm.onsets import Onsets

#: Bins of the phase histogram: 10 degrees, finer than the narrowest component.
_BINS = 36
#: Phases at which a new talker is tried.
_STEPS = 72
#: Bounds of the variance in rad^2: a narrower one invents talkers, a wider one swallows several.
_NARROW, _WIDE = 0.015, 0.5
#: Weight given to the first talker and to each new one before EM settles it.
_FIRST_WEIGHT, _NEW_WEIGHT = 0.4, 0.04
#: Delays of the histogram looked at again, moment by moment.
_PEAKS = 8
#: A new talker is expected to speak in this part of the frames, and to own this share of them.
_ACTIVE, _SHARE_WHEN_ACTIVE = 0.02, 0.5
#: Onsets that the weights over the whole recording count for among those nearby.
_PRIOR_ONSETS = 3.0
#: Frames pooled: about one window.
_POOLED = 3
#: EM iterations to compare starts, and to finish.
_SHORT, _LONG = 5, 8
#: Pairs of bands to each side over which the variance is smoothed: few onsets fall in one alone.
_SMOOTHING = 8
_TURN = 2 * np.pi


@dataclass(frozen=True)
class Fit:
    """Talkers fitted to onsets.

    Attributes
    ----------
    delays : ndarray [talkers]
    variance : ndarray [pairs of bands]
        Shared by all talkers, because echoes widen all alike.
    posterior : ndarray [talkers + 1, onsets]
        Whose each onset is; the background comes last.
    evidence : ndarray [onsets]
        Density of each onset's phase, given the onsets nearby.
    log_likelihood : float
        Mean over the onsets of the evidence over that of a uniform phase, in nats.
    """

    delays: np.ndarray
    variance: np.ndarray
    posterior: np.ndarray
    evidence: np.ndarray
    log_likelihood: float


class OnsetMixture:
    """Fits talkers, one by one, to the phases of onsets.

    Parameters
    ----------
    onsets : Onsets
    frequencies : ndarray [frequency]
        In Hz.
    max_delay : float
        In seconds.
    """

    def __init__(self, onsets: Onsets, frequencies: np.ndarray, max_delay: float) -> None:
        pairs, self.row = np.unique(onsets.band // 2, return_inverse=True)
        omega = _TURN * (2 * pairs + 0.5) * frequencies[1]
        self.omega = omega[self.row].astype(np.float32)
        self.phase = onsets.phase.astype(np.float32)
        self.weight = (onsets.weight / onsets.weight.sum()).astype(np.float32)
        self.frame, self.n_frames = onsets.frame, onsets.n_frames
        self.nearby = self.in_frames(self.weight)[self.frame].astype(np.float32)
        self.smoother = _hann_smoother(pairs)
        self._make_histogram(pairs.size)
        # Where the phases of each delay of the grid lie among the phases tried, [pair, delay].
        self.grid = _delay_grid(max_delay)
        self.step_of_delay = np.rint(omega[:, None] * self.grid * (_STEPS / _TURN)).astype(int)
        self.step_of_delay %= _STEPS

    def _make_histogram(self, n_pairs: int) -> None:
        """Sort the onsets into cells of phase and frequency; only filled cells are kept."""
        turn = (self.phase + np.float32(np.pi)) / np.float32(_TURN)
        place = self.row * _BINS + np.minimum((turn * _BINS).astype(np.intp), _BINS - 1)
        cells = np.unique(place)
        self.cell_of_onset = np.searchsorted(cells, place)
        self.row_of_cell = cells // _BINS
        self.row_start = np.searchsorted(self.row_of_cell, np.arange(n_pairs))
        self.mass = np.bincount(self.cell_of_onset, self.weight).astype(np.float32)
        phase = (cells % _BINS + 0.5) * (_TURN / _BINS) - np.pi
        steps = np.arange(_STEPS)[:, None] * (_TURN / _STEPS)
        self.squared_distance = _wrapped((phase - steps).astype(np.float32)) ** 2

    def nobody(self) -> Fit:
        """All onsets are background."""
        n_onsets = self.phase.size
        return Fit(
            np.zeros(0),
            np.full(self.row_start.size, _NARROW),
            np.ones((1, n_onsets), np.float32),
            np.full(n_onsets, 1 / _TURN, np.float32),
            0.0,
        )

    def with_one_more(self, fit: Fit) -> Fit:
        """Add a talker, then move each in turn to where it helps most, and keep the likeliest.

        A greedy fit alone cannot undo a delay that was best only among fewer.
        """
        fit = self._with_best_delay(fit)
        candidates = [fit]
        if fit.delays.size > 1:
            candidates += [
                self._with_best_delay(self._without(fit, talker))
                for talker in range(fit.delays.size)
            ]
        likeliest = max(candidates, key=lambda candidate: candidate.log_likelihood)
        return self._em(likeliest.delays, likeliest.variance, likeliest.posterior, _LONG)

    def in_frames(self, values: np.ndarray) -> np.ndarray:
        """Sum values of the onsets over each frame and those nearby, [frame]."""
        total = np.bincount(self.frame, values, self.n_frames)
        return np.convolve(total, np.ones(_POOLED))[_POOLED // 2 :][: self.n_frames]

    def _em(
        self, delays: np.ndarray, variance: np.ndarray, posterior: np.ndarray, n_iter: int
    ) -> Fit:
        """Iterate EM; the delays move in every second iteration, when the rest has followed."""
        for iteration in range(n_iter):
            residual = _wrapped(self.phase - self.omega * delays[:, None].astype(np.float32))
            spread = variance[self.row].astype(np.float32)
            joint = self._expected(posterior)
            joint[:-1] *= _gaussian(residual**2, spread)
            joint[-1] *= np.float32(1 / _TURN)
            evidence = joint.sum(axis=0)
            posterior = joint / evidence
            mass = posterior[:-1] * self.weight
            total = self._by_row(mass.sum(axis=0))
            square = self._by_row((mass * residual**2).sum(axis=0))
            variance = np.clip(square / np.maximum(total, 1e-12), _NARROW, _WIDE)
            if iteration % 2:
                lever = mass * self.omega / spread
                slope, stiffness = (lever * residual).sum(axis=1), (lever * self.omega).sum(axis=1)
                delays = delays + slope / np.maximum(stiffness, 1e-12)
        log_likelihood = float(self.weight @ np.log(evidence)) + float(np.log(_TURN))
        return Fit(delays, variance, posterior, evidence, log_likelihood)

    def _expected(self, posterior: np.ndarray) -> np.ndarray:
        """Weights that the other onsets nearby lead to expect for each, [talkers + 1, onsets].

        Each onset is left out of its own: counted in, any component would explain itself.
        """
        own = posterior * self.weight
        others = np.stack([self.in_frames(part)[self.frame] for part in own]).astype(np.float32)
        others -= own
        overall = np.maximum(own.sum(axis=1, keepdims=True), np.float32(1e-6))
        prior = np.float32(_PRIOR_ONSETS / self.phase.size)
        expected = np.maximum(others, 0) + prior * overall
        return expected / expected.sum(axis=0)

    def _with_best_delay(self, fit: Fit) -> Fit:
        """Add the delay that raises the likelihood most, then let EM begin to settle.

        EM starts from the narrowest variance: started at the width of the smaller model, two
        talkers close together would stay in one wide component.
        """
        weight = _NEW_WEIGHT if fit.delays.size else _FIRST_WEIGHT
        delay = self._most_alone(self._peaks(fit), fit)
        narrow = np.full(fit.variance.size, _NARROW)
        new = weight * self._over_evidence(np.array([delay]), narrow, fit)
        posterior = np.vstack([fit.posterior[:-1], new, fit.posterior[-1:]]) / (1 + new)
        posterior[-2] = new / (1 + new)
        return self._em(np.append(fit.delays, delay), narrow, posterior, _SHORT)

    def angular_spectrum(self, fit: Fit) -> np.ndarray:
        """How much a new talker at each delay of the grid raises the log-likelihood, [delay].

        Tried on the histogram, whose cells do not grow in number with the recording's length.
        """
        weight = _NEW_WEIGHT if fit.delays.size else _FIRST_WEIGHT
        density = _gaussian(self.squared_distance, fit.variance[self.row_of_cell])
        inverse = np.bincount(self.cell_of_onset, self.weight / fit.evidence) / self.mass
        gain = self.mass * np.log1p(weight * (density * inverse.astype(np.float32) - 1))
        gain = np.add.reduceat(gain, self.row_start, axis=1)  # [step, pair]
        return gain[self.step_of_delay, np.arange(self.row_start.size)[:, None]].sum(axis=0)

    def _peaks(self, fit: Fit) -> np.ndarray:
        """Highest peaks of the angular spectrum, [peaks] in seconds."""
        spectrum = self.angular_spectrum(fit)
        padded = np.pad(spectrum, 1, constant_values=-np.inf)
        peaks = np.flatnonzero((spectrum > padded[:-2]) & (spectrum >= padded[2:]))
        return self.grid[peaks[np.argsort(-spectrum[peaks])[:_PEAKS]]]

    def _most_alone(self, delays: np.ndarray, fit: Fit) -> float:
        """Choose the delay of a talker who explains whole moments, not a little everywhere."""
        ratio = self._over_evidence(delays, fit.variance, fit)
        gain = self.weight * np.log1p(_SHARE_WHEN_ACTIVE * (ratio - 1))
        gain *= self.phase.size / _POOLED
        alone = np.stack([self.in_frames(part) for part in gain])
        return float(delays[np.logaddexp(0, np.log(_ACTIVE) + alone).sum(axis=1).argmax()])

    def _over_evidence(self, delays: np.ndarray, variance: np.ndarray, fit: Fit) -> np.ndarray:
        """Density of talkers at some delays over what the onsets have already, [delay, onset]."""
        residual = _wrapped(self.phase - self.omega * delays[:, None].astype(np.float32))
        return _gaussian(residual**2, variance[self.row].astype(np.float32)) / fit.evidence

    def _without(self, fit: Fit, talker: int) -> Fit:
        """Leave a talker out; the others and the background take over that talker's onsets."""
        posterior = np.delete(fit.posterior, talker, axis=0) + np.float32(1e-6)
        return self._em(
            np.delete(fit.delays, talker), fit.variance, posterior / posterior.sum(axis=0), 1
        )

    def _by_row(self, values: np.ndarray) -> np.ndarray:
        """Sum over the onsets of each pair of bands, smoothed over the pairs."""
        return self.smoother @ np.bincount(self.row, values, self.row_start.size)


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
    variance = variance.astype(np.float32)
    return np.exp(-0.5 * squared / variance) / np.sqrt(np.float32(_TURN) * variance)


def _wrapped(phase: np.ndarray) -> np.ndarray:
    """Bring phases to within +-pi."""
    return phase - np.float32(_TURN) * np.rint(phase * np.float32(1 / _TURN))
