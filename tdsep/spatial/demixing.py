"""As many talkers as microphones: a demixing matrix at every frequency (ILRMA).

A matrix cancels each talker's rival with its echoes, where a mask could only share a bin out. Each
separated spectrum is modelled by a small NMF, which ties its frequencies together; model and
matrices are improved in turn.

D. Kitamura, N. Ono, H. Sawada, H. Kameoka, H. Saruwatari, "Determined blind source separation
unifying independent vector analysis and nonnegative matrix factorization", IEEE/ACM TASLP 24 (9),
2016. Its demixing updates, row by row, are those of N. Ono, "Stable and fast update rules for
independent vector analysis based on auxiliary function technique", WASPAA 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.spatial.hermitian import inverse, loaded, multiply, outer, trace
from tdsep.spatial.permutation import align, in_order
from tdsep.workers import Map

#: Demixing updates by the posteriors' powers, to which comes a share of each frequency's mean:
#: posteriors are never sure.
_GUIDED_UPDATES = 3
_SPILL = np.float32(1e-2)
#: Bases of each talker's NMF, and its updates before the first demixing update.
_BASES = 4
_FIRST_UPDATES = 20
#: Added to the models and to the powers they explain, whose mean is 1: silence has no logarithm.
_FLOOR = np.float32(1e-8)
#: Added to the diagonals of covariances, whose mean is 1.
_LOADING = 1e-6


@dataclass(frozen=True)
class Demixing:
    """Demixing matrices and how they were found.

    Attributes
    ----------
    demixing : ndarray [frequency, talker, channel]
    log_likelihood : ndarray [iterations]
        Mean of a bin, in nats, up to a constant, before each iteration and after the last.
    """

    demixing: np.ndarray
    log_likelihood: np.ndarray


def fit_demixing(
    signal: np.ndarray,
    posteriors: np.ndarray,
    share: Map,
    *,
    n_iter: int = 20,
    seed: int = 0,
) -> Demixing:
    """Find demixing matrices, started from posteriors.

    The posteriors' own powers are the first models; then come the NMFs. A last alignment with the
    posteriors mends the frequencies that the models, which start at random, took for another's.

    Parameters
    ----------
    signal : ndarray [frequency, channel, frame], complex64
        Whitened, with as many channels as talkers.
    posteriors : ndarray [frequency, talker, frame]
        Aligned over frequency.
    share : Map
        Shares the talkers out to the processor's cores.
    n_iter : int
        Iterations of NMF and demixing in turn.
    seed : int
        Of the models' random start.

    Returns
    -------
    Demixing
    """
    demixing, history = _fitted(signal, posteriors, share, n_iter, np.random.default_rng(seed))
    power = (signal.real**2 + signal.imag**2).mean(axis=1)
    order = align(_shares(demixing, signal), posteriors, power)
    return Demixing(in_order(demixing, order), np.array(history))


def _fitted(
    signal: np.ndarray,
    posteriors: np.ndarray,
    share: Map,
    n_iter: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, list[float]]:
    """Find demixing matrices, each frequency's talkers perhaps in an order of their own."""
    n_frequencies, n_talkers, n_frames = signal.shape
    products = outer(signal)
    demixing = _guided(products, posteriors, trace(products)[:, 0] / n_talkers)
    models = [_Model(n_frequencies, n_frames, rng) for _ in range(n_talkers)]
    talkers = range(n_talkers)

    def demixed_power(talker: int) -> np.ndarray:
        """Demix, and set the scale: each talker's mean power is 1."""
        separated = np.matmul(demixing[:, talker, None].astype(np.complex64), signal)[:, 0]
        power = separated.real**2
        power += separated.imag**2
        level = max(float(power.mean()), float(_FLOOR) ** 2)
        demixing[:, talker] /= np.sqrt(level)
        models[talker].bases /= level
        power /= level
        power += _FLOOR
        return power

    def learn(talker: int) -> np.ndarray:
        models[talker].update(powers[talker])
        return _covariance(products, models[talker].variance())

    powers = share(demixed_power, talkers)
    for _ in range(_FIRST_UPDATES):
        share(lambda talker: models[talker].update(powers[talker]), talkers)
    history = []
    for _ in range(n_iter):
        history.append(_log_likelihood(demixing, models, powers))
        for talker, covariance in enumerate(share(learn, talkers)):
            demixing[:, talker] = _projected(demixing, covariance, talker)
        powers = share(demixed_power, talkers)
    history.append(_log_likelihood(demixing, models, powers))
    return demixing, history


class _Model:
    """The variance of one talker's spectrum: an NMF under the Itakura-Saito divergence."""

    def __init__(self, n_frequencies: int, n_frames: int, rng: np.random.Generator) -> None:
        self.bases = rng.uniform(0.1, 1, (n_frequencies, _BASES)).astype(np.float32)
        self.activations = rng.uniform(0.1, 1, (_BASES, n_frames)).astype(np.float32)

    def variance(self) -> np.ndarray:
        """[frequency, frame]."""
        variance = self.bases @ self.activations
        variance += _FLOOR
        return variance

    def update(self, power: np.ndarray) -> None:
        """Update the bases, then the activations, by the multiplicative rules (eq. 38, 39)."""
        ratio, inverse = self._terms(power)
        self.bases *= np.sqrt((ratio @ self.activations.T) / (inverse @ self.activations.T))
        np.maximum(self.bases, _FLOOR, out=self.bases)
        ratio, inverse = self._terms(power)
        self.activations *= np.sqrt((self.bases.T @ ratio) / (self.bases.T @ inverse))
        np.maximum(self.activations, _FLOOR, out=self.activations)

    def _terms(self, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inverse = 1 / self.variance()
        ratio = inverse * inverse
        ratio *= power
        return ratio, inverse


def _guided(products: np.ndarray, posteriors: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Demix by what the posteriors say of each talker's power, [frequency, talker, channel]."""
    n_talkers = posteriors.shape[1]
    covariances = []
    for talker in range(n_talkers):
        variance = posteriors[:, talker] * power
        variance += _SPILL * variance.mean(axis=1, keepdims=True) + _FLOOR
        covariances.append(_covariance(products, variance))
    demixing = np.tile(np.eye(n_talkers, dtype=complex), (len(products), 1, 1))
    for _ in range(_GUIDED_UPDATES):
        for talker, covariance in enumerate(covariances):
            demixing[:, talker] = _projected(demixing, covariance, talker)
    return demixing


def _shares(demixing: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Each talker's share of each bin, where all are equally loud at each frequency."""
    demixed = np.matmul(demixing.astype(np.complex64), signal)
    levels = demixed.real**2
    levels += demixed.imag**2
    levels += _FLOOR
    levels /= levels.mean(axis=2, keepdims=True)
    levels /= levels.sum(axis=1, keepdims=True)
    return levels


def _covariance(products: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Covariance weighted by the inverse of a model, [frequency, channel * channel, 1]."""
    return np.matmul(products, (1 / variance)[:, :, None]).astype(float) / variance.shape[1]


def _projected(demixing: np.ndarray, covariance: np.ndarray, talker: int) -> np.ndarray:
    """Iterate projection: the row that makes the talker's part likeliest, the others held."""
    level = covariance[:, : demixing.shape[1]].mean(axis=1, keepdims=True)
    level = np.maximum(level, _FLOOR)  # a silent band has none
    regular = loaded(covariance, _LOADING)
    row = multiply(inverse(regular)[0], _inverse_column(demixing, talker))
    norm = (row.conj() * multiply(regular, row)).real.sum(axis=1, keepdims=True)
    row /= np.sqrt(np.maximum(norm, _FLOOR) * level)
    return row[:, :, 0].conj()


def _inverse_column(demixing: np.ndarray, talker: int) -> np.ndarray:
    """Compute a talker's column of the inverse, [frequency, channel, 1], to a factor."""
    if demixing.shape[1] == 2:
        other = demixing[:, 1 - talker]
        return np.stack([other[:, 1], -other[:, 0]], axis=1)[:, :, None]
    return np.linalg.inv(demixing)[:, :, talker, None]


def _log_likelihood(demixing: np.ndarray, models: list[_Model], powers: list[np.ndarray]) -> float:
    volume = 2 * np.linalg.slogdet(demixing)[1].mean()
    for model, power in zip(models, powers, strict=True):
        variance = model.variance()
        volume -= float((power / variance + np.log(variance)).mean(dtype=np.float64))
    return float(volume)
