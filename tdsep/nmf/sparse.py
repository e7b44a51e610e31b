"""A sparse matrix to be factorised under the Kullback-Leibler divergence.

Only the entries that are stored need the model: where x is 0 the divergence is the model itself,
whose sum over all entries is the product of the factors' sums. Time and memory go with the stored
entries and the factors; nothing of the matrix's full size is ever formed.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from tdsep.nmf.divergences import TINY
from tdsep.nmf.matrices import even_parts
from tdsep.nmf.sparse_kernel import numerators
from tdsep.nmf.terms import Derivative, Need, Statistics
from tdsep.workers import Map

#: Parts of about equally many entries, several for each thread to even out the load.
_PARTS = 16
#: Lines of a factor summed at a time.
_SUMMED = 16384
#: Stands for a sum that is 0; lost beside any other, also where sums of several blocks add up.
_SMALLEST = np.sqrt(np.finfo(np.float32).tiny)


class SparseTerm:
    """Kullback-Leibler divergence of a sparse matrix from its model.

    Parameters
    ----------
    matrix : csr_array [I, J]
        No duplicates, no stored zeros.
    weights : csr_array [I, J], optional
        How much each entry counts; those not stored do not count.
    """

    def __init__(self, matrix: sp.csr_array, weights: sp.csr_array | None = None) -> None:
        if weights is not None:
            observed = weights.copy()
            observed.data = np.ones_like(observed.data)
            matrix = sp.csr_array(matrix.multiply(observed))
        x = matrix.data.astype(np.float64)
        if weights is not None:
            matrix = sp.csr_array(matrix.multiply(weights))
        self._constant = float(matrix.data @ (np.log(x) - 1))
        self._by_row = _Side(matrix, weights)
        self._by_column = _Side(
            sp.csr_array(matrix.T), None if weights is None else sp.csr_array(weights.T)
        )

    def __sizeof__(self) -> int:
        """Bytes without the weights, which tell a cluster what it would cost to move this."""
        return self._by_row.size + self._by_column.size

    def statistics(
        self, rows: np.ndarray, columns: np.ndarray, need: Need, share: Map
    ) -> Statistics:
        """Divergence and derivatives, each by a pass over the stored entries.

        Parameters
        ----------
        rows : ndarray [I, K]
            K a multiple of `LANES`.
        columns : ndarray [J, K]
        need : Need
            The derivative's parts always come apart.
        share : Map
        """
        loss, by_row, by_column = 0.0, None, None
        if need.rows or need.loss:
            by_row, log_sum = self._by_row.derivative(rows, columns, share, log=need.loss)
            if need.loss:
                everywhere = self._by_row.model_sum(rows, columns, share)
                loss = self._constant + everywhere - log_sum
        if need.columns:
            by_column, _ = self._by_column.derivative(columns, rows, share, log=False)
        return Statistics(loss, by_row if need.rows else None, by_column)


class _Side:
    """The matrix by rows, or its transpose: what the update of one factor reads."""

    def __init__(self, matrix: sp.csr_array, weights: sp.csr_array | None) -> None:
        self.weights = weights
        self._indptr, self._data = matrix.indptr, matrix.data
        self._matrix = matrix.indptr, matrix.indices, matrix.data
        self._model = np.empty_like(matrix.data)  # of the stored entries
        self._parts = even_parts(matrix.indptr, _PARTS)

    @property
    def size(self) -> int:
        """Bytes of the entries."""
        return sum(array.nbytes for array in (*self._matrix, self._model))

    def derivative(
        self, factor: np.ndarray, other: np.ndarray, share: Map, *, log: bool
    ) -> tuple[Derivative, float]:
        """Form the derivative by `factor` [n, K], and the sum of x log y if it is asked for."""
        numerator = np.zeros_like(factor)
        model = self._model if log else self._model[:0]

        def part(rows: tuple[int, int]) -> float:
            numerators(*self._matrix, factor, other, TINY, *rows, numerator, model)
            if not log:
                return 0.0
            here = slice(self._indptr[rows[0]], self._indptr[rows[1]])
            return float(self._data[here] @ np.log(model[here], out=model[here]))

        log_sum = sum(share(part, self._parts))
        if self.weights is not None:
            return Derivative(numerator, self.weights @ other), log_sum
        sums = _column_sums(other, share).astype(other.dtype)
        # Not 0 where the other factor is: the numerator, 0 there, is divided by it.
        return Derivative(numerator, np.maximum(sums, _SMALLEST)[None]), log_sum

    def model_sum(self, factor: np.ndarray, other: np.ndarray, share: Map) -> float:
        """Weighted sum of the model over all entries, stored or not."""
        if self.weights is not None:
            return float(np.vdot(factor, self.weights @ other))
        return float(_column_sums(factor, share) @ _column_sums(other, share))


def _column_sums(factor: np.ndarray, share: Map) -> np.ndarray:
    """Sum the columns, in double precision from block to block."""
    ones = np.ones(_SUMMED, factor.dtype)

    def part(first: int) -> np.ndarray:
        lines = factor[first : first + _SUMMED]
        return ones[: lines.shape[0]] @ lines

    sums = share(part, range(0, factor.shape[0], _SUMMED))
    return np.asarray(np.sum(sums, axis=0, dtype=np.float64))
