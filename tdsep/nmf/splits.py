"""Entries of a matrix to learn from and others to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import TINY, Divergence
from tdsep.nmf.matrices import is_sparse
from tdsep.nmf.path import Fit

_TOO_SMALL = "X is too small to hold entries out: nothing would be left"


@dataclass(frozen=True)
class Split:
    """What is learned from, and what is to be predicted.

    Attributes
    ----------
    seen : ndarray or csr_array [I, J]
        What to learn from.
    weights : ndarray, optional
        Which entries of `seen` count.
    places : pair of ndarray
        Rows and columns of the entries held out. Those in rows and columns of which nothing but
        zeros was left to learn from are not among them: no model can know of them, and their
        divergence may be infinite.
    values : ndarray
        What is there; of a sparse matrix, the counts held out.
    gain : float
        How much larger the held-out part's model is than that of the part learned from.
    n_entries : float
        Entries that the errors are a mean of: of a sparse matrix all, zeros included.
    """

    seen: Any
    weights: np.ndarray | None
    places: tuple[np.ndarray, np.ndarray]
    values: np.ndarray
    gain: float
    n_entries: float

    @classmethod
    def draw(cls, x: Any, share: float, rng: np.random.Generator) -> Split:
        """Hold out a share of a matrix's entries, of a sparse one's counts."""
        return cls._of_counts(x, share, rng) if is_sparse(x) else cls._of_entries(x, share, rng)

    @classmethod
    def _of_entries(cls, x: np.ndarray, share: float, rng: np.random.Generator) -> Split:
        drawn = rng.choice(x.size, max(1, round(share * x.size)), replace=False)
        held: np.ndarray = np.zeros(x.shape, bool)
        held.flat[drawn] = True
        seen = np.where(held, 0, x) > 0
        rows, columns = np.nonzero(held & seen.any(axis=1, keepdims=True) & seen.any(axis=0))
        places = rows, columns
        if not x[places].any():
            raise ParameterError(_TOO_SMALL)
        weights = (~held).astype(np.float32)
        return cls(x, weights, places, x[places].astype(np.float64), 1.0, float(places[0].size))

    @classmethod
    def _of_counts(cls, x: Any, share: float, rng: np.random.Generator) -> Split:
        if not (x.data == np.rint(x.data)).all():
            raise ParameterError(
                "a sparse X to choose the number of components for must hold counts, of which some "
                "are held out: give whole numbers (before any weighting), or a dense array"
            )
        taken = rng.binomial(x.data.astype(np.int64), share)
        seen = sp.csr_array((x.data - taken, x.indices, x.indptr), shape=x.shape, copy=True)
        seen.eliminate_zeros()
        known: list[np.ndarray] = [np.asarray(seen.sum(axis=axis)) > 0 for axis in (1, 0)]
        rows, columns = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr)), x.indices
        kept = (taken > 0) & known[0][rows] & known[1][columns]
        if not kept.any():
            raise ParameterError(_TOO_SMALL)
        return cls(
            seen, None, (rows[kept], columns[kept]), taken[kept].astype(np.float64),
            share / (1 - share), float(np.prod(x.shape, dtype=np.float64)),
        )  # fmt: skip

    def errors(self, fit: Fit, unit: float, divergence: Divergence) -> tuple[float, np.ndarray]:
        """Divergence of what is held out from a fit's model.

        Parameters
        ----------
        fit : Fit
        unit : float
            Of the fit.
        divergence : Divergence

        Returns
        -------
        mean : float
            Of all `n_entries`.
        entries : ndarray, float32
            Of each entry at `places`, but for what is no matter of chance.
        """
        scale = unit**divergence.beta * divergence.factor
        x = self.values / unit + divergence.floor
        y = self.gain * fit.model_at(*self.places).astype(np.float64) + divergence.floor + TINY
        if self.weights is not None:
            entries = divergence.of_entries(x, y) * scale
            return float(entries.mean()), entries.astype(np.float32)
        entries = x * (np.log(x / y) - 1) * scale  # and what the model is, in all entries:
        total = fit.rows.sum(axis=(0, 1), dtype=np.float64) @ fit.columns.sum(
            axis=0, dtype=np.float64
        )
        mean = (entries.sum() + self.gain * scale * float(total)) / self.n_entries
        return float(mean), entries.astype(np.float32)
