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

from tdsep.nmf.dense import PARTS, DenseTerm, added
from tdsep.nmf.history import History
from tdsep.nmf.terms import Need
from tdsep.workers import Map

#: Share of the last step by which a factor is extrapolated: at the start, and how it changes
#: after a step that lowered the loss and after one that did not.
EXTRAPOLATION = 0.5
_LONGER, _LIMIT_LONGER, _SHORTER = 1.05, 1.01, 1.5
#: A loss of less than this share of the matrix's energy, times the square root of the numbers'
#: precision, is summed up from the residual: as a difference of products little of it would be
#: left.
_CANCELLING = 32


@dataclass(frozen=True)
class LeastSquares:
    """A dense matrix to be factorised under the squared Euclidean distance.

    Rows and columns are those of the term's matrix as it holds it, turned or not.

    Attributes
    ----------
    term : DenseTerm
    n_fixed : tuple of int
        Components, from the first, whose basis, whose activations are kept.
    allowed : tuple of ndarray or None
        Where the factors [I, K] and [J, K] may differ from 0; None is everywhere.
    share : Map
    energy : float
        Sum of the matrix's squares.
    """

    term: DenseTerm
    n_fixed: tuple[int, int]
    allowed: tuple[np.ndarray | None, np.ndarray | None]
    share: Map
    energy: float

    def minimise(self, rows: np.ndarray, columns: np.ndarray, history: History) -> list[np.ndarray]:
        """Improve both factors in turn until the history ends; it receives the losses (halved)."""
        best = self._begin(rows, columns)
        history.add(best.loss)
        share, limit = EXTRAPOLATION, 1.0
        while not history.finished:
            found = self._iteration(best, share)
            if not found.loss <= history.last:
                share, limit = share / _SHORTER, share
                found = self._iteration(self._begin(best.rows_ahead, best.columns), 0.0)
                if not found.loss <= history.last:
                    history.exhausted()
                    break
            else:
                share, limit = min(limit, share * _LONGER), min(1.0, limit * _LIMIT_LONGER)
            best = found
            history.add(best.loss)
        return [best.rows_ahead, best.columns]

    def _begin(self, rows: np.ndarray, columns: np.ndarray) -> _State:
        """Start, or start again, without extrapolation."""
        products = self.share(lambda h: self.term.matrix[:, h] @ columns[h], self._parts())
        loss = self._exact_loss(rows, columns)
        return _State(loss, rows, rows, columns, columns, added(products))

    def _iteration(self, last: _State, share: float) -> _State:
        """Update the rows' factor by the product at hand, then the columns' in one pass."""
        gram = last.columns_ahead.T @ last.columns_ahead
        rows = self._swept(0, last.rows_ahead, last.product, gram)
        rows_ahead = _extrapolated(rows, last.rows, share)
        gram = rows_ahead.T @ rows_ahead
        columns, columns_ahead = np.empty_like(last.columns), np.empty_like(last.columns)

        def part(here: slice) -> tuple[float, np.ndarray]:
            x = self.term.matrix[:, here]
            product = x.T @ rows_ahead
            new = columns[here] = self._swept(1, last.columns_ahead[here], product, gram, here)
            columns_ahead[here] = _extrapolated(new, last.columns[here], share)
            product *= new
            loss = float(np.vdot(new.T @ new, gram)) / 2 - float(product.sum(dtype=np.float64))
            return loss, x @ columns_ahead[here]

        losses, products = zip(*self.share(part, self._parts()), strict=True)
        loss = self.energy / 2 + sum(losses)
        if loss < self.energy * _CANCELLING * np.sqrt(np.finfo(rows.dtype).eps):
            loss = self._exact_loss(rows_ahead, columns)
        return _State(loss, rows, rows_ahead, columns, columns_ahead, added(products))

    def _swept(
        self,
        mode: int,
        factor: np.ndarray,
        product: np.ndarray,
        gram: np.ndarray,
        here: slice = slice(None),
    ) -> np.ndarray:
        """Update the components of a factor (or some lines of it) in turn."""
        lines = factor.T.copy(order="C")  # never a view: the caller keeps its own
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

    def _exact_loss(self, rows: np.ndarray, columns: np.ndarray) -> float:
        """Half the squared distance from the model, summed up from the residual."""
        factors = (columns, rows) if self.term.turned else (rows, columns)
        return self.term.statistics(*factors, Need(True, False, False, True), self.share).loss

    def _parts(self) -> list[slice]:
        n_frames = self.term.matrix.shape[1]
        edges = np.linspace(0, n_frames, min(PARTS[-1], n_frames) + 1).astype(int)
        return [slice(a, b) for a, b in pairwise(edges)]


@dataclass(frozen=True)
class _State:
    """Factors, those extrapolated from them, and the matrix times the columns' extrapolated one.

    The loss is that of the rows' extrapolated factor with the columns' own: its products come
    along anyway.
    """

    loss: float
    rows: np.ndarray
    rows_ahead: np.ndarray
    columns: np.ndarray
    columns_ahead: np.ndarray
    product: np.ndarray


def _extrapolated(new: np.ndarray, old: np.ndarray, share: float) -> np.ndarray:
    if share == 0:
        return new
    ahead = new - old
    ahead *= ahead.dtype.type(share)
    ahead += new
    return np.maximum(ahead, 0, out=ahead)
