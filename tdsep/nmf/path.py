"""One matrix factorised with many numbers of components, each fit from the one before.

From few to many components, new ones point along what the fit before left unexplained; on the way
back that component is taken out whose loss costs least. A fit so begun takes a fraction of the
iterations of one from a random start, and ends in a better minimum than the best of several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.nmf.convolutive import stack
from tdsep.nmf.divergences import TINY, Divergence
from tdsep.nmf.history import History
from tdsep.nmf.matrices import checked_unit, in_units, is_sparse, mean_entry
from tdsep.nmf.model import Factors, Link, Model
from tdsep.nmf.prior import Prior
from tdsep.nmf.residual import Residual
from tdsep.nmf.solve import padded, solve, term_of
from tdsep.nmf.terms import Need
from tdsep.workers import Map

#: Shares of the prior that a fit begins with, and the iterations under each: at full strength a
#: new component would fall back to the margins before it has found what it is for.
_EASED = ((0.1, 12), (0.3, 6))
#: Iterations after each but the last of several components taken out.
_SETTLING = 5
#: Entries on which it is tried which component can be missed.
_TRIED = 1 << 15
#: Entries whose model is formed at a time.
_BLOCK = 1 << 14
#: Rows and columns, and entries of factors that are to change, have this share of their mean.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit with one number of components, in units of the matrix's mean.

    Attributes
    ----------
    rows : ndarray [I, L, K]
    columns : ndarray [J, K]
    loss : float
        The divergence, without `Divergence.factor` and without the prior.
    """

    rows: np.ndarray
    columns: np.ndarray
    loss: float

    @property
    def n_components(self) -> int:
        """K."""
        return self.columns.shape[1]

    def model_at(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Form the model of some entries."""
        return np.concatenate(
            [
                self.shares_at(i[first : first + _BLOCK], j[first : first + _BLOCK]).sum(axis=1)
                for first in range(0, i.size, _BLOCK)
            ]
        )

    def shares_at(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Share of each component in the model of some entries, [entries, K]."""
        return _product_at(self.rows, self.columns, i, j)


def _product_at(rows: np.ndarray, columns: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Σ_l rows[i, l] * columns[j - l], [entries, K]."""
    total = rows[i, 0] * columns[j]
    for lag in range(1, rows.shape[1]):
        total += np.where((j >= lag)[:, None], rows[i, lag] * columns[j - lag], 0)
    return total


class Path:
    """A matrix to be factorised with one number of components after another.

    Parameters
    ----------
    x : ndarray or csr_array [I, J]
        Checked.
    weights : ndarray [I, J], optional
        1 for the entries that are seen, else 0.
    divergence : Divergence
    width : int
    dtype : dtype
    max_iter, tol
        Of each fit.
    rng : Generator
    share : Map
    """

    def __init__(
        self,
        x: Any,
        weights: np.ndarray | None,
        divergence: Divergence,
        width: int,
        dtype: np.dtype,
        max_iter: int,
        tol: float,
        rng: np.random.Generator,
        share: Map,
    ) -> None:
        self.unit = checked_unit(mean_entry(x, weights), dtype)
        self._divergence, self._width, self._dtype = divergence, width, dtype
        self._max_iter, self._tol, self._strength = max_iter, tol, 0.0
        self._rng, self._share, self._weights = rng, share, weights
        self._x = in_units(x, self.unit, dtype)
        self._floor = dtype.type(divergence.floor)
        self._term = term_of(x, self.unit, dtype, divergence, width, weights)
        self._n_seen = float(np.prod(x.shape)) if weights is None else float(weights.sum())
        entries = x.data if is_sparse(x) else x
        counts = divergence.beta == 1 and bool((entries == np.rint(entries)).all())
        # Counts are as uncertain as Poisson's at least, however close a model comes to them.
        self._least_dispersion = 1 / self.unit if counts else 0.0
        self._margins = self._sizes(x)
        self._sample = self._drawn()

    def under(self, strength: float) -> Path:
        """Put a prior on the factors, worth so many observations of each entry of them."""
        other = copy(self)
        other._strength = strength
        return other

    def rising(self, numbers: Iterable[int]) -> Iterator[tuple[int, Fit]]:
        """Yield rising numbers of components and the fit of each."""
        fit = self.begin()
        for number in numbers:
            if number > fit.n_components:
                fit = self.more(fit, number - fit.n_components)
            yield number, fit

    def begin(self) -> Fit:
        """Fit one component."""
        rows = np.repeat(self._margins[0][:, None, None] / self._width, self._width, axis=1)
        return self._fitted(rows, self._margins[1][:, None])

    def more(self, fit: Fit, count: int) -> Fit:
        """Add components along what a fit leaves unexplained, and fit."""
        residual = Residual.of(
            self._x, self._model(fit), self._weights, self._divergence.beta, self._margins,
            self._width,
        )  # fmt: skip
        rows, columns = residual.components(count, self._rng)
        missing = count - columns.shape[1]
        drawn = self._rng.random((len(self._margins[1]), missing)) * self._margins[1][:, None]
        flat = np.repeat(self._margins[0][:, None, None] / self._width, self._width, axis=1)
        new_rows = np.concatenate([fit.rows, rows, np.repeat(flat, missing, axis=2)], axis=2)
        new_columns = np.hstack([fit.columns, columns, drawn / fit.n_components])
        return self._fitted(
            np.maximum(new_rows, _LEAST * self._margins[0][:, None, None]),
            np.maximum(new_columns, _LEAST * self._margins[1][:, None]),
        )

    def fewer(self, fit: Fit, count: int) -> Fit:
        """Take out, one after the other, the component whose loss costs least, and fit."""
        for left in range(count, 0, -1):
            fit = self._fitted(*self._without_one(fit), None if left == 1 else _SETTLING)
        return fit

    def cost(self, fit: Fit) -> float:
        """Return what a fit minimises: half the entries' number times log loss, and the prior."""
        prior = self._prior(fit.n_components, 1.0)
        penalty = prior.cost(self._padded(fit), [self._width, 1])
        return self._n_seen / 2 * np.log(max(fit.loss, TINY)) + self._strength * penalty

    def _without_one(self, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns but for the component that can be missed best.

        Its columns are shared out evenly among the others, as a crude guess at what they will
        do without it.
        """
        sizes = (fit.rows / self._margins[0][:, None, None]).sum(axis=1).mean(axis=0)
        rows, columns = fit.rows / sizes, fit.columns * sizes
        i, j, x = self._sample
        others = rows.sum(axis=2, keepdims=True) - rows
        spread = _product_at(others / max(fit.n_components - 1, 1), columns, i, j)
        shares = _product_at(rows, columns, i, j)
        models = shares.sum(axis=1, keepdims=True) - shares + spread
        costs = []
        for model in models.T:
            y = np.ascontiguousarray(model) + (self._floor + self._dtype.type(TINY))
            costs.append(float(self._divergence.of_entries(x, y).sum()))
        gone = int(np.argmin(costs))
        kept = np.arange(fit.n_components) != gone
        return rows[:, :, kept], columns[:, kept] + columns[:, gone, None] / kept.sum()

    def _fitted(self, rows: np.ndarray, columns: np.ndarray, max_iter: int | None = None) -> Fit:
        """Minimise from given factors; the noise's dispersion is that of the fit on the way."""
        fit = Fit(rows.astype(self._dtype), columns.astype(self._dtype), np.inf)
        if not self._strength:
            return self._solved(fit, max_iter or self._max_iter, None)
        fit = self._solved(fit, 0, None)
        n_iter = max_iter or self._max_iter
        for share, most in (*_EASED, (1.0, n_iter)):
            dispersion = max(2 * fit.loss / self._n_seen, self._least_dispersion)
            prior = self._prior(fit.n_components, share * self._strength * dispersion)
            fit = self._solved(fit, min(most, n_iter), prior)
        return fit

    def _solved(self, fit: Fit, max_iter: int, prior: Prior | None) -> Fit:
        room = padded(fit.n_components, [self._x])
        beta = self._divergence.beta
        model = Model(
            [Link(self._term, 0, 1)], [0, 0], room, [self._width, 1],
            min(self._divergence.exponent, 1 / max(beta, 1)), self._share,
            scaling_is_free=beta == 1 and self._weights is None, prior=prior,
        )  # fmt: skip
        history = History(max_iter, self._tol, None)
        start = self._padded(fit)
        if max_iter:
            start = solve(model, start, history, "accelerated")
        need = Need(True, False, False, True)
        loss = self._term.statistics(start[0], start[1], need, self._share).loss
        k = fit.n_components
        rows = start[0].reshape(len(start[0]), self._width, -1)[:, :, :k]
        return Fit(rows, start[1][:, :k], loss)

    def _padded(self, fit: Fit) -> Factors:
        room = padded(fit.n_components, [self._x]) - fit.n_components
        rows = np.pad(fit.rows, ((0, 0), (0, 0), (0, room)))
        columns = np.pad(fit.columns, ((0, 0), (0, room)))
        return [
            np.ascontiguousarray(rows.reshape(len(rows), -1), self._dtype),
            np.ascontiguousarray(columns, self._dtype),
        ]

    def _prior(self, n_components: int, strength: float) -> Prior:
        return Prior(strength, (self._margins[0] / self._width, self._margins[1]), n_components)

    def _sizes(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Sizes of the rows and of the columns: the best fit of rank one."""
        term = self._term
        if self._width > 1:
            term = term_of(x, self.unit, self._dtype, self._divergence, 1, self._weights)
        room = padded(1, [x])
        model = Model([Link(term, 0, 1)], [0, 0], room, [1, 1], self._divergence.exponent,
                      self._share)  # fmt: skip
        start = [np.zeros((n, room), self._dtype) for n in x.shape]
        for factor in start:
            factor[:, 0] = 1
        found = solve(model, start, History(50, 1e-5, None), "accelerated")
        rows, columns = (factor[:, 0].astype(np.float64) for factor in found)
        scale = columns.mean()
        rows, columns = rows * scale, columns / scale
        margins = [(m + _LEAST * m.mean()).astype(self._dtype) for m in (rows, columns)]
        return margins[0], margins[1]

    def _drawn(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw entries that are seen: rows, columns and values."""
        if is_sparse(self._x):
            rows, columns = self._x.nonzero()
            values = self._x.data
        else:
            seen = np.ones(self._x.shape, bool) if self._weights is None else self._weights > 0
            rows, columns = np.nonzero(seen)
            values = self._x[rows, columns] + self._floor
        if values.size > _TRIED:
            drawn = np.sort(self._rng.choice(values.size, _TRIED, replace=False))
            rows, columns, values = rows[drawn], columns[drawn], values[drawn]
        return rows, columns, values

    def _model(self, fit: Fit) -> np.ndarray:
        """Form the model [I, J], or of a sparse matrix that of the entries it stores."""
        if is_sparse(self._x):
            return fit.model_at(*self._x.nonzero())
        lags = stack(fit.columns, self._width, 0, len(fit.columns))
        rows = fit.rows.reshape(len(fit.rows), -1)
        return rows @ lags.T + (self._floor + self._dtype.type(TINY))
