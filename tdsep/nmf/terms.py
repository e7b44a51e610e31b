"""What a matrix to be factorised tells the solvers, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from tdsep.workers import Map

#: Components that sparse matrices handle at a time: factors are padded to a multiple of this.
LANES = 8


def in_lanes(n_components: int) -> int:
    """Components that a sparse matrix's factors need room for."""
    return -(-n_components // LANES) * LANES


class Need(NamedTuple):
    """What is wanted of a matrix.

    Attributes
    ----------
    loss : bool
        The divergence; what a term returns for it otherwise is not to be used.
    rows, columns : bool
        The derivative by the factor of the rows, by that of the columns.
    apart : bool
        Its two parts (the updates' numerator and denominator) or their difference only, which
        takes fewer matrix products.
    """

    loss: bool
    rows: bool
    columns: bool
    apart: bool

    def turned(self) -> Need:
        """Exchange rows and columns."""
        return Need(self.loss, self.columns, self.rows, self.apart)


@dataclass(frozen=True)
class Derivative:
    """Derivative of the divergence by a factor: denominator less numerator.

    Attributes
    ----------
    numerator, denominator : ndarray [n, columns of the factor], or what broadcasts to it
        None where only the difference was asked for.
    difference : ndarray, optional
        The derivative, where the parts are not there.
    """

    numerator: np.ndarray | None = None
    denominator: np.ndarray | None = None
    difference: np.ndarray | None = None

    @property
    def gradient(self) -> np.ndarray:
        """The derivative."""
        if self.difference is not None:
            return self.difference
        assert self.numerator is not None and self.denominator is not None
        return self.denominator - self.numerator

    def plus(self, other: Derivative, weight: float = 1.0) -> Derivative:
        """Add another of the same kind, times a weight."""
        return Derivative(
            _sum(self.numerator, other.numerator, weight),
            _sum(self.denominator, other.denominator, weight),
            _sum(self.difference, other.difference, weight),
        )


class Statistics(NamedTuple):
    """Divergence of a matrix from its model, without `Divergence.factor`, and the derivatives."""

    loss: float
    rows: Derivative | None
    columns: Derivative | None


class Term(Protocol):
    """A matrix to be factorised."""

    def statistics(
        self, rows: np.ndarray, columns: np.ndarray, need: Need, share: Map
    ) -> Statistics:
        """Compare with the model of two factors; `share` spreads work over threads."""


def _sum(a: np.ndarray | None, b: np.ndarray | None, weight: float) -> np.ndarray | None:
    if b is None:
        return a
    b = b if weight == 1 else b * b.dtype.type(weight)
    return b if a is None else a + b
