"""A dense matrix to be factorised: its divergence from a model, and what the updates need."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from tdsep.nmf.convolutive import fold, stack
from tdsep.nmf.divergences import TINY, Divergence
from tdsep.nmf.terms import Derivative, Need, Statistics
from tdsep.workers import Map

#: Entries of a tile: it, its model and what is computed from them stay in the processor's cache.
TILE = 1 << 17
#: Frames of a tile at least. Wide bases ask for more: each tile adds to sums as large as they are.
_FRAMES, _WIDE_FRAMES = 64, 512
#: Frames of a part at least.
_PART_FRAMES = 256
#: A pass is cut into one of these numbers of parts, whatever the number of threads: the results
#: are then the same on any number of them, to the last bit.
PARTS = 1, 2, 4, 8

_Sums = list[np.ndarray]


class DenseTerm:
    """Divergence of a dense matrix from its model, the rows' factor times the columns'.

    Parameters
    ----------
    matrix : ndarray [I, J]
        In units of about 1, C order; positive where the divergence's beta is below 1.
    floor : float
        What the model is raised by.
    divergence : Divergence
    width : int
        Frames that a basis spans.
    weights : ndarray [I, J], optional
        How much each entry counts.

    Attributes
    ----------
    matrix : ndarray
        The matrix, or its transpose if `turned`.
    turned : bool
    """

    def __init__(
        self,
        matrix: np.ndarray,
        floor: float,
        divergence: Divergence,
        width: int = 1,
        weights: np.ndarray | None = None,
    ) -> None:
        # The parts are made of columns, so the long side should be these.
        self.turned = width == 1 and matrix.shape[0] > matrix.shape[1]
        if self.turned:
            matrix = np.ascontiguousarray(matrix.T)
            weights = None if weights is None else np.ascontiguousarray(weights.T)
        self.matrix = matrix
        self._weights = weights
        self._floor = matrix.dtype.type(floor + TINY)
        self._divergence = divergence
        self._width = width

    @property
    def is_least_squares(self) -> bool:
        """Whether the squared distance of all entries is all that counts."""
        return self._divergence.beta == 2 and self._weights is None and self._width == 1

    def statistics(
        self, rows: np.ndarray, columns: np.ndarray, need: Need, share: Map
    ) -> Statistics:
        """Divergence and derivatives in one pass over the matrix.

        Each tile of the model is formed, compared and used while it is in the cache; the model
        as a whole is never stored.

        Parameters
        ----------
        rows : ndarray [I, L * K]
        columns : ndarray [J, K]
        need : Need
        share : Map
        """
        if self.turned:
            found = self._pass(columns, rows, need.turned(), share)
            return Statistics(found.loss, found.columns, found.rows)
        return self._pass(rows, columns, need, share)

    def _pass(self, rows: np.ndarray, columns: np.ndarray, need: Need, share: Map) -> Statistics:
        n_frames = self.matrix.shape[1]
        n_parts = max(n for n in PARTS if n == 1 or n * _PART_FRAMES <= n_frames)
        edges = np.linspace(0, n_frames, n_parts + 1).astype(int)
        parts = list(pairwise(edges))
        done = share(lambda part: self._part(rows, columns, need, *part), parts)
        row_sums, column_sums = [d[1] for d in done], [d[2] for d in done]
        by_rows = [added(sums) for sums in zip(*row_sums, strict=True)]
        by_columns = []
        for sums in zip(*column_sums, strict=True):
            total = np.zeros(columns.shape, columns.dtype)
            for (_, last), part_sum in zip(parts, sums, strict=True):
                total[last - part_sum.shape[0] : last] += part_sum
            by_columns.append(total)
        return Statistics(sum(d[0] for d in done), _derivative(by_rows), _derivative(by_columns))

    def _part(
        self, rows: np.ndarray, columns: np.ndarray, need: Need, first: int, last: int
    ) -> tuple[float, _Sums, _Sums]:
        """One part's share of the loss and of the sums for the rows and for its columns."""
        n_rows, width = rows.shape[0], self._width
        least = _FRAMES if width == 1 else _WIDE_FRAMES
        n_frames = min(last - first, max(least, TILE // n_rows))
        n_tile = min(n_rows, max(1, 2 * TILE // n_frames))
        space = np.empty((4, n_tile * n_frames), rows.dtype)
        start = max(first - width + 1, 0)  # what wide bases reach back to
        n_sums = 2 if need.apart else 1
        row_sums = [np.empty_like(rows) for _ in range(n_sums * need.rows)]
        column_sums = [
            np.zeros((last - start, columns.shape[1]), rows.dtype)
            for _ in range(n_sums * need.columns)
        ]
        loss = 0.0
        for frame in range(first, last, n_frames):
            stop = min(frame + n_frames, last)
            lags = stack(columns, width, frame, stop)
            stacked = [np.empty(lags.shape, lags.dtype) for _ in column_sums]
            for row in range(0, n_rows, n_tile):
                here = slice(row, row + n_tile)
                tile_loss, tiles = self._tile(rows[here], lags, need, here, frame, stop, space)
                loss += tile_loss
                for total, tile in zip(row_sums, tiles, strict=False):
                    _add_product(total[here], tile, lags, fresh=frame == first)
                for total, tile in zip(stacked, tiles, strict=False):
                    _add_product(
                        total, None if tile is None else tile.T, rows[here], fresh=row == 0
                    )
            for total, share in zip(column_sums, stacked, strict=True):
                fold(share, width, frame - start, total)
        return loss, row_sums, column_sums

    def _tile(
        self,
        rows: np.ndarray,
        lags: np.ndarray,
        need: Need,
        here: slice,
        frame: int,
        stop: int,
        space: np.ndarray,
    ) -> tuple[float, list[np.ndarray | None]]:
        """Loss of one tile, and its N and D or their difference (None is 1 throughout)."""
        shape = rows.shape[0], stop - frame
        y, *scratch = (room[: shape[0] * shape[1]].reshape(shape) for room in space)
        np.matmul(rows, lags.T, out=y)
        y += self._floor
        weights = None if self._weights is None else self._weights[here, frame:stop]
        x = self.matrix[here, frame:stop]
        loss, n, d = self._divergence.compare(x, y, weights, (scratch[0], scratch[1], scratch[2]))
        if need.apart:
            return loss, [n, d]
        return loss, [np.subtract(1 if d is None else d, n, out=scratch[1])]


def _add_product(total: np.ndarray, a: np.ndarray | None, b: np.ndarray, *, fresh: bool) -> None:
    """Add a @ b to a total, or begin it; None is a matrix of ones."""
    if not fresh:
        total += b.sum(axis=0) if a is None else a @ b
    elif a is None:
        total[...] = b.sum(axis=0)
    else:
        np.matmul(a, b, out=total)


def added(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """Sum of arrays, in the first of them."""
    first, *others = arrays
    for other in others:
        first += other
    return first


def _derivative(sums: _Sums) -> Derivative | None:
    if not sums:
        return None
    return Derivative(*sums) if len(sums) == 2 else Derivative(difference=sums[0])
