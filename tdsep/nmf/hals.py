"""Least squares, one component at a time, with extrapolation.

For the squared Euclidean distance the best value of one component, all others kept, is a formula:
hierarchical alternating least squares. It needs the products of the matrix with either factor
only, and takes far fewer iterations than multiplicative updates; extrapolation along the last
step saves many of these.

A. Cichocki, A.-H. Phan, "Fast local algorithms for large scale nonnegative matrix and tensor
factorizations", IEICE Trans. E92-A (2009), Algorithm 2.
A. M. S. Ang, N. Gillis, "Accelerating nonnegative matrix factorization algorithms using
extrapolation", Neural Computation 31 (2019), Algorithm 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tdsep.nmf.dense import PARTS, TILE, added
from tdsep.nmf.history import History
from tdsep.nmf.workers import Map

#: Share of the last step by which a factor is extrapolated: at the start, and how it changes
#: after a step that lowered the loss and after one that did not.
EXTRAPOLATION = 0.5
_LONGER, _LIMIT_LONGER, _SHORTER = 1.05, 1.01, 1.5


@dataclass(frozen=True)
class LeastSquares:
    """A dense matrix to be factorised under the squared Euclidean distance.

    Attributes
    ----------
    matrix : ndarray [I, J]
    n_fixed : tuple of int
        Components, from the first, whose basis, whose activations are kept.
    allowed : tuple of ndarray or None
        Where the factors [I, K] and [J, K] may differ from 0; None is everywhere.
    share : Map
    """

    matrix: np.ndarray
    n_fixed: tuple[int, int]
    allowed: tuple[np.ndarray | None, np.ndarray | None]
    share: Map

    def minimise(self, rows: np.ndarray, columns: np.ndarray, history: History) -> list[np.ndarray]:
        """Improve both factors in turn until the history ends; it receives the losses (halved)."""
        loss, product = self._start(rows, columns)
        history.add(loss)
        ahead = rows, columns
        share, limit = EXTRAPOLATION, 1.0
        while not history.finished:
            found = self._iteration((rows, columns), ahead, product, share)
            if not found.loss <= history.last:
                limit, share = share, share / _SHORTER
                _, product = self._start(rows, columns)
                found = self._iteration((rows, columns), (rows, columns), product, 0.0)
                if not found.loss <= history.last:
                    history.exhausted()
                    break
            else:
                share, limit = min(limit, share * _LONGER), min(1.0, limit * _LIMIT_LONGER)
            (rows, columns), ahead, product = found.factors, found.ahead, found.product
            history.add(found.loss)
        return [rows, columns]

    def _start(self, rows: np.ndarray, columns: np.ndarray) -> tuple[float, np.ndarray]:
        def part(here: slice) -> tuple[float, np.ndarray]:
            return self._loss(rows, columns[here], here), self.matrix[:, here] @ columns[here]

        losses, products = zip(*self.share(part, self._parts()), strict=True)
        return sum(losses), added(products)

    def _iteration(
        self,
        last: tuple[np.ndarray, np.ndarray],
        ahead: tuple[np.ndarray, np.ndarray],
        product: np.ndarray,
        share: float,
    ) -> _Iteration:
        """Update the rows' factor from `product`, then the columns' in one pass."""
        rows = self._swept(0, ahead[0], product, ahead[1].T @ ahead[1])
        rows_ahead = _extrapolated(rows, last[0], share)
        gram = rows_ahead.T @ rows_ahead
        columns, columns_ahead = np.empty_like(last[1]), np.empty_like(last[1])

        def part(here: slice) -> tuple[float, np.ndarray]:
            x = self.matrix[:, here]
            columns[here] = self._swept(1, ahead[1][here], x.T @ rows_ahead, gram, here)
            columns_ahead[here] = _extrapolated(columns[here], last[1][here], share)
            return self._loss(rows, columns[here], here), x @ columns_ahead[here]

        losses, products = zip(*self.share(part, self._parts()), strict=True)
        return _Iteration(
            sum(losses), (rows, columns), (rows_ahead, columns_ahead), added(products)
        )

    def _swept(
        self,
        mode: int,
        factor: np.ndarray,
        product: np.ndarray,
        gram: np.ndarray,
        here: slice = slice(None),
    ) -> np.ndarray:
        """Update the components of a factor (or some lines of it) in turn."""
        lines = np.ascontiguousarray(factor.T)
        target = np.ascontiguousarray(product.T)
        allowed = self.allowed[mode]
        allowed = None if allowed is None else allowed[here].T
        for k in range(self.n_fixed[mode], gram.shape[0]):
            if not gram[k, k] > 0:
                continue
            step = target[k] - gram[k] @ lines
            step /= gram[k, k]
            step += lines[k]
            np.maximum(step, 0, out=lines[k])
            if allowed is not None:
                lines[k] *= allowed[k]
        return np.ascontiguousarray(lines.T)

    def _loss(self, rows: np.ndarray, columns: np.ndarray, here: slice) -> float:
        """Half the squared distance of some columns of the matrix from the model."""
        n_frames = max(1, TILE // rows.shape[0])
        loss = 0.0
        for first in range(0, columns.shape[0], n_frames):
            tile = slice(first, first + n_frames)
            residual = rows @ columns[tile].T
            residual -= self.matrix[:, here][:, tile]
            residual *= residual
            loss += float(residual.sum())
        return loss / 2

    def _parts(self) -> list[slice]:
        n_frames = self.matrix.shape[1]
        edges = np.linspace(0, n_frames, min(PARTS[-1], n_frames) + 1).astype(int)
        return [slice(a, b) for a, b in pairwise(edges)]


@dataclass(frozen=True)
class _Iteration:
    loss: float
    factors: tuple[np.ndarray, np.ndarray]
    ahead: tuple[np.ndarray, np.ndarray]
    product: np.ndarray


def _extrapolated(new: np.ndarray, old: np.ndarray, share: float) -> np.ndarray:
    if share == 0:
        return new
    ahead = new - old
    ahead *= ahead.dtype.type(share)
    ahead += new
    return np.maximum(ahead, 0, out=ahead)
