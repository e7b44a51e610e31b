"""A spectrogram as a sum of parts, each of one or more bases of an NMF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tdsep.nmf import Factorization, factorize
from tdsep.parts.grouping import count_groups, groups, joins

#: Bases to find the number of parts with: doubled until this many times the parts found, or the
#: most.
_FIRST_BASES, _ENOUGH, _MOST_BASES = 16, 2, 128


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Factors of a spectrogram, and which of them belong together.

    Attributes
    ----------
    factors : Factorization
    part_of : ndarray [bases] of int
        The part that each basis belongs to.
    tree : ndarray [bases - 1, 4]
        How alike the bases are: see `tdsep.parts.grouping.joins`.
    """

    factors: Factorization
    part_of: np.ndarray
    tree: np.ndarray

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return int(self.part_of.max()) + 1

    def models(self) -> Iterator[np.ndarray]:
        """Form what each part explains, one after another, [frequency, frame]."""
        for part in range(self.n_parts):
            members = self.part_of == part
            kept = Factorization(
                self.factors.bases[:, members], self.factors.activations[members],
                self.factors.losses, self.factors.divergence, self.factors.converged,
            )  # fmt: skip
            yield kept.reconstruction()

    def masks(self, exponent: float) -> Iterator[np.ndarray]:
        """Return each part's share of the models raised to a power, [frequency, frame].

        The shares add up to 1; where nothing is modelled all parts have the same.
        """
        tiny = np.finfo(np.float32).tiny
        total = sum(model**exponent + tiny for model in self.models())
        for model in self.models():
            yield (model**exponent + tiny) / total

    def ordered(self, order: np.ndarray) -> Decomposition:
        """Name the parts anew: the first is what `order` begins with."""
        return Decomposition(self.factors, np.argsort(order)[self.part_of], self.tree)

    def spectra(self) -> np.ndarray:
        """Return what a part looks like on the whole, [frequency, parts, columns].

        Its bases, each as much as it is heard; every part adds up to 1.
        """
        bases, heard = self.factors.bases, self.factors.activations.sum(axis=1)
        weighted = bases.reshape(*bases.shape[:2], -1) * heard[:, None]
        joined = np.stack(
            [weighted[:, self.part_of == part].sum(axis=1) for part in range(self.n_parts)], axis=1
        )
        sizes = joined.sum(axis=(0, 2))
        return joined / np.where(sizes > 0, sizes, 1)[:, None]

    def activations(self) -> np.ndarray:
        """Return how strong each part is, [parts, frame]."""
        heard = self.factors.activations
        return np.stack([heard[self.part_of == part].sum(axis=0) for part in range(self.n_parts)])


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
            factors, tree = self._bases(n_bases)
            found = count_groups(tree, factors.activations.sum(axis=1))
            if n_bases >= min(_ENOUGH * found, most):
                return found
            n_bases = min(2 * n_bases, most)

    def decompose(
        self, n_parts: int, n_bases: int, progress: Callable[[float], None] | None = None
    ) -> Decomposition:
        """Learn bases and join them to parts."""
        factors, tree = self._bases(n_bases, progress)
        return Decomposition(factors, groups(tree, n_parts), tree)

    def _bases(
        self, n_bases: int, progress: Callable[[float], None] | None = None
    ) -> tuple[Factorization, np.ndarray]:
        """Factorise, and say how alike the bases are."""
        factors = factorize(
            self.spectrogram, n_bases, divergence=self.divergence, width=self.width,
            # A start at random ends in a poor minimum now and then; there is no other for width.
            init="nndsvd" if self.width == 1 else "random", max_iter=self.n_iter, seed=self.seed,
            progress=progress,
        )  # fmt: skip
        return factors, joins(factors.bases, factors.activations, self.hop)
