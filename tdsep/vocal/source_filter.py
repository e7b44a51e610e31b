"""A source-filter model of a voice over a background of known sounds.

The magnitudes of a song are explained as R = W_m H_m + (W_0 H_0) ∘ (Γ H_Γ H_φ): the background,
bases times activations, and the voice, harmonic combs (the vocal folds) times smooth filters (the
mouth). All are fitted under the beta-divergence with beta = 0.5 by multiplicative updates, with
momentum.

J.-L. Durrieu, G. Richard, B. David, C. Févotte, "Source/filter model for unsupervised main melody
extraction from polyphonic audio signals", IEEE TASLP 18 (3), 2010, section III.
C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the beta-divergence",
Neural Computation 23 (2011), Algorithm 1 (the updates).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from tdsep.vocal.factors import TINY, Factors, ahead, normalised
from tdsep.workers import Map

#: The beta-divergence under which voices come out best.
BETA = 0.5
#: Filters that a voice has.
_FILTERS = 12
#: Largest momentum.
_MOMENTUM = 0.8
#: Entries of a tile of frames: what is computed from them stays in the processor's cache.
_TILE = 1 << 17
#: What the model is raised by, in units of the mean magnitude.
_FLOOR = np.float32(1e-6)

_Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class _Part:
    """What some frames contribute to the loss, and to the updates of what all frames share."""

    loss: float
    filters: _Pair | None = None
    bases: _Pair | None = None


@dataclass(frozen=True, eq=False)
class SourceFilter:
    """The model's fixed parts, and the magnitudes it is to explain.

    Attributes
    ----------
    magnitudes : ndarray [channels, frequency, frame], float32
        In units of about 1, positive.
    gains : ndarray [channels]
        How loud the voice is in each channel.
    combs : ndarray [frequency, combs]
    bumps : ndarray [frequency, bumps]
    share : Map
        Spreads work over threads.
    """

    magnitudes: np.ndarray
    gains: np.ndarray
    combs: np.ndarray
    bumps: np.ndarray
    share: Map

    def start(self, bases: np.ndarray, sung: np.ndarray, rng: np.random.Generator) -> Factors:
        """Draw a start.

        Parameters
        ----------
        bases : ndarray [channels * frequency, components]
            The background's.
        sung : ndarray [frame] of bool
            Where there may be a voice.
        rng : Generator
        """
        n_frames = sung.size

        def drawn(*shape: int) -> np.ndarray:
            return (rng.random(shape) + 0.1).astype(np.float32)

        filters = drawn(self.bumps.shape[1], _FILTERS)
        level = self.magnitudes.sum(axis=(0, 1)).mean() / bases.sum()
        return Factors(
            drawn(self.combs.shape[1], n_frames) * sung,
            filters / filters.sum(axis=0),
            drawn(_FILTERS, n_frames),
            bases,
            drawn(bases.shape[1], n_frames) * level,
        )

    def fit(
        self, factors: Factors, n_iter: int, *, adapt: bool, momentum: float = _MOMENTUM
    ) -> tuple[Factors, np.ndarray]:
        """Improve the factors; what is 0 stays 0.

        Parameters
        ----------
        factors : Factors
        n_iter : int
        adapt : bool
            Whether the background's bases are learned on, too.
        momentum : float
            With 0 the divergence never rises.

        Returns
        -------
        factors : Factors
        losses : ndarray [iterations]
            The divergence towards the end of each iteration.
        """
        previous, losses = factors, np.empty(n_iter)
        for iteration in range(n_iter):
            updated, losses[iteration] = self._updated(factors, adapt=adapt)
            factors = updated
            # The first step has nothing to go on from; of the last the result itself is wanted.
            if momentum and 0 < iteration < n_iter - 1:
                share = min(momentum, iteration / (iteration + 2))
                factors = ahead(updated, previous, share)
            previous = updated
        # 2 (x + y) / y^(1/2) is summed above; the divergence is that less 4 x^(1/2).
        return factors, losses - 4 * float(np.sqrt(self.magnitudes).sum(dtype=np.float64))

    def mask(self, factors: Factors) -> tuple[np.ndarray, np.ndarray]:
        """Return the voice's share of the model.

        Returns
        -------
        mask : ndarray [frequency, frame]
            In the first channel.
        levels : ndarray [2, frame]
            Sums of the voice's and of the whole model over its frequencies.
        """
        n_rows = self.combs.shape[0]
        mask = np.empty((n_rows, factors.pitches.shape[1]), np.float32)
        levels = np.empty((2, mask.shape[1]), np.float32)
        shapes = self.bumps @ factors.filters

        def explain(here: slice) -> None:
            voice = self.combs @ factors.pitches[:, here]
            voice *= shapes @ factors.formants[:, here]
            voice *= self.gains[0]
            total = factors.bases[:n_rows] @ factors.activations[:, here]
            total += voice
            levels[:, here] = voice.sum(axis=0), total.sum(axis=0)
            total += _FLOOR
            np.divide(voice, total, out=mask[:, here])

        self.share(explain, self._tiles())
        return mask, levels

    def _tiles(self) -> list[slice]:
        _, n_rows, n_frames = self.magnitudes.shape
        size = max(16, _TILE // n_rows)
        return [slice(start, start + size) for start in range(0, n_frames, size)]

    def _updated(self, old: Factors, *, adapt: bool) -> tuple[Factors, float]:
        """Update all factors once; return the divergence, but for its constant, too."""
        shapes = self.bumps @ old.filters
        new = replace(
            old,
            pitches=np.zeros_like(old.pitches),
            formants=np.empty_like(old.formants),
            activations=np.empty_like(old.activations),
        )

        def update(here: slice) -> _Part:
            return self._tile(old, new, shapes, here, adapt=adapt)

        parts = list(self.share(update, self._tiles()))
        sums = _added(part.filters for part in parts)
        if sums is not None:
            filters, formants = normalised(old.filters * _step(*sums), new.formants)
            new = replace(new, filters=filters, formants=formants)
        sums = _added(part.bases for part in parts)
        if sums is not None:
            bases, activations = normalised(old.bases * _step(*sums), new.activations)
            new = replace(new, bases=bases, activations=activations)
        return new, sum(part.loss for part in parts)

    def _tile(
        self, old: Factors, new: Factors, shapes: np.ndarray, here: slice, *, adapt: bool
    ) -> _Part:
        """Update what belongs to some frames, and sum up what the rest is updated by.

        Each factor sees the model as the updates before it have left it.
        """
        observed = self.magnitudes[:, :, here]
        # Near a melody few of the pitches are heard within a tile.
        active = np.flatnonzero(old.pitches[:, here].any(axis=1))
        combs = self.combs if active.size == self.combs.shape[1] else self.combs[:, active]
        pitches, formants = old.pitches[active, here], old.formants[:, here]
        activations, bases = old.activations[:, here], old.bases
        sings = active.size > 0
        voice = None
        if sings:
            background = bases @ activations
            source, filtered = combs @ pitches, shapes @ formants
            ratios = self._heard(observed, self._model(background, source * filtered))
            pitches = pitches * _step(*(combs.T @ (filtered * part) for part in ratios))
            source = combs @ pitches
            ratios = self._heard(observed, self._model(background, source * filtered))
            formants = formants * _step(*(shapes.T @ (source * part) for part in ratios))
            voice = source * (shapes @ formants)
        over, under = _ratios(observed, self._model(bases @ activations, voice))
        activations = activations * _step(bases.T @ _flat(over), bases.T @ _flat(under))
        new.pitches[active, here], new.formants[:, here] = pitches, formants
        new.activations[:, here] = activations
        model = self._model(bases @ activations, voice)
        over, under = _ratios(observed, model)
        loss = 2 * float(((observed + model) * under).sum(dtype=np.float64))
        by_filters = by_bases = None
        if sings:
            heard = (self.bumps.T @ (source * part) for part in self._mixed(over, under))
            by_filters = tuple(part @ formants.T for part in heard)
        if adapt:
            by_bases = _flat(over) @ activations.T, _flat(under) @ activations.T
        return _Part(loss, by_filters, by_bases)

    def _model(self, background: np.ndarray, voice: np.ndarray | None) -> np.ndarray:
        """Add the voice to the background in each channel, [channels, frequency, frame]."""
        n_channels, n_rows, _ = self.magnitudes.shape
        model = background.reshape(n_channels, n_rows, -1) + _FLOOR
        if voice is not None:
            for channel, gain in zip(model, self.gains, strict=True):
                channel += voice if gain == 1 else voice * gain
        return model

    def _heard(self, observed: np.ndarray, model: np.ndarray) -> _Pair:
        """Ratios as the voice sees them, over all channels, [frequency, frame]."""
        return self._mixed(*_ratios(observed, model))

    def _mixed(self, over: np.ndarray, under: np.ndarray) -> _Pair:
        if len(self.gains) == 1:
            return over[0] * self.gains[0], under[0] * self.gains[0]
        return np.tensordot(self.gains, over, axes=1), np.tensordot(self.gains, under, axes=1)


def _ratios(observed: np.ndarray, model: np.ndarray) -> _Pair:
    """Form what the updates are made of: x y^(beta - 2) and y^(beta - 1), with beta = 1/2."""
    under = np.sqrt(model)
    np.divide(1, under, out=under)
    over = observed * under
    over *= under
    over *= under
    return over, under


def _flat(part: np.ndarray) -> np.ndarray:
    """[channels, frequency, frame] -> [channels * frequency, frame]."""
    return part.reshape(-1, part.shape[2])


def _step(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Form what a multiplicative update multiplies by."""
    ratio = over / (under + TINY)
    return np.power(ratio, np.float32(1 / (2 - BETA)), out=ratio)


def _added(pairs: Iterable[_Pair | None]) -> _Pair | None:
    """Sum numerators and denominators, of those that are there."""
    found = [pair for pair in pairs if pair is not None]
    if not found:
        return None
    return sum(over for over, _ in found), sum(under for _, under in found)  # type: ignore[return-value]
