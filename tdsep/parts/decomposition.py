"""A spectrogram as a sum of parts, by NMF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tdsep.nmf import Factorization, factorize
from tdsep.parts.grouping import count_groups, joins

#: Bases to find the number of parts with: doubled until this many times the parts found, or the
#: most.
_FIRST_BASES, _ENOUGH, _MOST_BASES = 16, 2, 128


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A spectrogram as a sum of parts, each a basis and its activations.

    Attributes
    ----------
    factors : Factorization
    hop : float
        From frame to frame, in seconds.
    """

    factors: Factorization
    hop: float

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self.factors.activations)

    def models(self, frames: slice = slice(None)) -> Iterator[np.ndarray]:
        """Form what each part explains in some frames, one after another, [frequency, frame]."""
        first, last, _ = frames.indices(self.factors.activations.shape[1])
        lead = min(first, self.spectra().shape[2] - 1)  # frames whose sounds reach into these
        for part in range(self.n_parts):
            factors = self.ordered(np.array([part])).factors
            activations = factors.activations[:, first - lead : last]
            yield replace(factors, activations=activations).reconstruction()[:, lead:]

    def masks(self, exponent: float, frames: slice = slice(None)) -> Iterator[np.ndarray]:
        """Return each part's share of the models raised to a power, [frequency, frame].

        The shares add up to 1; where nothing is modelled all parts have the same.
        """
        powers = self._powers(exponent, frames)
        total = next(powers)
        for power in powers:
            total += power
        for share in self._powers(exponent, frames):
            share /= total
            yield share

    def _powers(self, exponent: float, frames: slice) -> Iterator[np.ndarray]:
        for model in self.models(frames):
            model **= exponent
            model += np.finfo(np.float32).tiny
            yield model

    def ordered(self, parts: np.ndarray) -> Decomposition:
        """Take some parts, or all in another order."""
        factors = replace(
            self.factors, bases=self.factors.bases[:, parts],
            activations=self.factors.activations[parts],
        )  # fmt: skip
        return Decomposition(factors, self.hop)

    def heard_in(self, spectrogram: np.ndarray, n_iter: int) -> Decomposition:
        """Find when the same parts are heard in another spectrogram of the same sound.

        Parameters
        ----------
        spectrogram : ndarray [frequency, frame]
            In the unit of the one that was decomposed.
        n_iter : int
            Iterations at most.
        """
        # Each frame starts by itself, so that what is found does not depend on where pieces begin.
        start = np.tile(spectrogram.sum(axis=0) / self.n_parts, (self.n_parts, 1))
        factors = factorize(
            spectrogram, self.n_parts, divergence=self.factors.divergence,
            width=self.spectra().shape[2], fixed_bases=self.factors.bases, activations=start,
            max_iter=n_iter,
        )  # fmt: skip
        return Decomposition(factors, self.hop)

    def spectra(self) -> np.ndarray:
        """Return what each part looks like, [frequency, parts, columns]."""
        bases = self.factors.bases
        return bases.reshape(*bases.shape[:2], -1)

    def activations(self) -> np.ndarray:
        """Return how strong each part is, [parts, frame]."""
        return self.factors.activations

    def tree(self) -> np.ndarray:
        """Return how alike the parts are, [parts - 1, 4]: see `tdsep.parts.grouping.joins`."""
        return joins(self.factors.bases, self.factors.activations, self.hop)


@dataclass(frozen=True, eq=False)
class Decomposer:
    """Decomposes one spectrogram, several times over.

    Attributes
    ----------
    spectrogram : ndarray [frequency, frame]
        Magnitudes or powers.
    hop : float
        From frame to frame, in seconds.
    width : int
        Frames that a basis spans.
    divergence : str or float
    n_iter : int
    seed : int
    """

    spectrogram: np.ndarray
    hop: float
    width: int
    divergence: str | float
    n_iter: int
    seed: int

    def count(self) -> int:
        """Find how many parts there are: groups of bases that are strangers to each other."""
        most = min(_MOST_BASES, self.spectrogram.shape[1])
        n_bases = min(_FIRST_BASES, most)
        while True:
            tried = self.decompose(n_bases)
            found = count_groups(tried.tree(), tried.activations().sum(axis=1))
            if n_bases >= min(_ENOUGH * found, most):
                return found
            n_bases = min(2 * n_bases, most)

    def decompose(
        self, n_parts: int, progress: Callable[[float], None] | None = None
    ) -> Decomposition:
        """Factorise: a basis a part."""
        factors = factorize(
            self.spectrogram, n_parts, divergence=self.divergence, width=self.width,
            # A start at random ends in a poor minimum now and then; there is no other for width.
            init="nndsvd" if self.width == 1 else "random", max_iter=self.n_iter, seed=self.seed,
            progress=progress,
        )  # fmt: skip
        return Decomposition(factors, self.hop)
