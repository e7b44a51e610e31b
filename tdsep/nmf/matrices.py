"""What may be factorised: matrices, dense or sparse, checked once at the door."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ParameterError

#: A matrix as callers give it: anything array-like, or any of scipy's sparse kinds.
Matrix = Any


def is_sparse(matrix: Matrix) -> bool:
    """Whether a matrix is one of scipy's sparse kinds."""
    return sp.issparse(matrix)


def checked_matrix(
    matrix: Matrix, name: str, *, sparse: bool = False, zero: bool = False, n_dim: int = 2
) -> Any:
    """Bring a matrix into its plain form, or say what is wrong with it.

    Parameters
    ----------
    matrix : array_like, or sparse
    name : str
        What the messages call it.
    sparse : bool
        Whether a sparse matrix will do.
    zero : bool
        Whether nothing but zeros will do.
    n_dim : int
        Dimensions it must have.

    Returns
    -------
    ndarray (perhaps the caller's own), or csr_array without duplicates and stored zeros (a copy)

    Raises
    ------
    ParameterError
    """
    if isinstance(matrix, np.ma.MaskedArray):
        raise ParameterError(
            f"{name} is a masked array: give its values (any from 0 up where masked) and, for a "
            "matrix to factorise, weights of 0 where it is masked"
        )
    if is_sparse(matrix):
        if not sparse:
            raise ParameterError(
                f"{name} is sparse: give a dense array (sparse may be the matrix itself, under the "
                "Kullback-Leibler divergence and with bases one column wide)"
            )
        values = sp.csr_array(matrix, copy=True)
        values.sum_duplicates()
        entries = values.data
    else:
        try:
            values = entries = np.asarray(matrix)
        except ValueError as error:
            raise ParameterError(f"{name} is no matrix: its rows differ in length") from error
    if values.ndim != n_dim:
        raise ParameterError(f"{name} has {values.ndim} dimensions: give {n_dim}")
    if 0 in values.shape:
        raise ParameterError(f"{name} is empty: its shape is {values.shape}")
    if entries.dtype.kind not in "fiub":
        raise ParameterError(f"{name} holds {entries.dtype.name}: give real numbers")
    if not np.isfinite(entries).all():
        raise ParameterError(
            f"{name} holds NaN or infinity: replace them (give missing entries a weight of 0)"
        )
    if entries.size and entries.min() < 0:
        raise ParameterError(f"{name} holds negative values: give values from 0 up")
    if not zero and not entries.any():
        raise ParameterError(f"{name} is zero throughout: there is nothing to be learned from it")
    if is_sparse(values):
        values.eliminate_zeros()
    return values


def checked_weights(weights: Matrix, x: Any, name: str = "X") -> Any:
    """Weights of the entries of a checked matrix, checked; `name` is what the matrix is called."""
    own = "weights" if name == "X" else f"the weights of {name}"
    if is_sparse(weights) != is_sparse(x):
        raise ParameterError(
            f"{own}: those of a sparse matrix must be sparse and those of a dense one dense "
            "(entries that sparse weights do not store count as missing)"
        )
    checked = checked_matrix(weights, own, sparse=True)
    if checked.shape != x.shape:
        raise ParameterError(f"{name} is {x.shape} and {own} {checked.shape}: give them one shape")
    if mean_entry(x, checked) == 0:
        raise ParameterError(
            f"{name} is zero wherever it has a weight: there is nothing to be learned"
        )
    return checked


def n_known(x: Any, weights: Any = None) -> float:
    """How many entries of a checked matrix count."""
    if weights is None:
        return float(np.prod(x.shape, dtype=np.float64))
    return float(weights.nnz if is_sparse(weights) else np.count_nonzero(weights))


def mean_entry(x: Any, weights: Any = None) -> float:
    """Mean of a checked matrix, or of those of its entries that have a weight."""
    if weights is None:
        return float(x.sum(dtype=np.float64)) / n_known(x)
    if is_sparse(x):
        known = weights.copy()
        known.data = np.ones_like(known.data)
        return float(x.multiply(known).sum(dtype=np.float64)) / n_known(x, weights)
    return float(x[weights > 0].mean(dtype=np.float64))


def checked_unit(unit: float, dtype: np.dtype) -> float:
    """Check that the mean of what is to be factorised is one that a type can compute with."""
    widest = 1e30 if dtype == np.float32 else 1e120
    if not 1 / widest <= unit <= widest:
        raise ParameterError(
            f"the mean is {unit:.3g}, out of the range that {dtype.name} can compute with, "
            f"{1 / widest:g} to {widest:g}: scale the values"
        )
    return unit


def in_units(x: Any, unit: float, dtype: np.dtype) -> Any:
    """Divide a checked matrix by a unit: a copy, in C order."""
    if is_sparse(x):
        scaled = in_units(x.data, unit, dtype)
        return sp.csr_array((scaled, x.indices, x.indptr), shape=x.shape)
    exact = dtype.type if x.dtype == dtype else np.float64
    return np.divide(x, exact(unit), out=np.empty(x.shape, dtype), casting="same_kind")


def even_parts(indptr: np.ndarray, n_parts: int) -> list[tuple[int, int]]:
    """Cut the rows of a CSR matrix into parts of about equally many entries: first, after last."""
    levels = np.linspace(0, indptr[-1], n_parts + 1)
    edges = np.searchsorted(indptr, levels).astype(int)
    edges[0], edges[-1] = 0, indptr.size - 1
    return [(a, b) for a, b in pairwise(edges.tolist()) if a < b]
