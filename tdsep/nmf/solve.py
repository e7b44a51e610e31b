"""Which solver for which problem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tdsep.nmf.dense import DenseTerm
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.hals import LeastSquares
from tdsep.nmf.history import History
from tdsep.nmf.matrices import in_units, is_sparse, mean_entry
from tdsep.nmf.model import Factors, Model
from tdsep.nmf.multiplicative import RELAXED, alternate
from tdsep.nmf.quasi_newton import quasi_newton
from tdsep.nmf.terms import Term, in_lanes


def solve(model: Model, factors: Factors, history: History, solver: str) -> Factors:
    """Minimise from given factors until the history ends."""
    if solver == "multiplicative" or not model.learned_modes:
        return alternate(model, factors, history)
    terms = [link.term for link in model.links]
    dense = [term for term in terms if isinstance(term, DenseTerm)]
    if len(dense) < len(terms):
        return alternate(model, factors, history, RELAXED)
    alone = len(terms) == 1 and model.links[0].weight == 1
    alone = alone and not model.sparsity and model.prior is None
    if alone and dense[0].is_least_squares:
        return _least_squares(model, dense[0], factors, history)
    return quasi_newton(model, factors, history)


def _least_squares(model: Model, term: DenseTerm, factors: Factors, history: History) -> Factors:
    order = (1, 0) if term.turned else (0, 1)
    rows, columns = (factors[mode] for mode in order)
    allowed = [None if factor.all() else factor > 0 for factor in (rows, columns)]
    problem = LeastSquares(
        term,
        (model.n_fixed[order[0]], model.n_fixed[order[1]]),
        (allowed[0], allowed[1]),
        model.share,
        float(np.einsum("ij,ij->i", term.matrix, term.matrix).sum(dtype=np.float64)),
    )
    found = problem.minimise(rows, columns, history)
    return [found[mode] for mode in order]


def term_of(
    x: Any,
    unit: float,
    dtype: np.dtype,
    divergence: Divergence,
    width: int = 1,
    weights: Any = None,
) -> Term:
    """Make a checked matrix, dense or sparse, a term of a model, in a unit."""
    weights = None if weights is None else in_units(weights, 1, dtype)
    matrix = in_units(x, unit, dtype)
    if is_sparse(x):
        from tdsep.nmf.sparse import SparseTerm  # brings numba, which takes long to load

        return SparseTerm(matrix, weights)
    floor = divergence.floor * mean_entry(x, weights) / unit
    if floor:
        matrix += dtype.type(floor)
    return DenseTerm(matrix, floor, divergence, width, weights)


def padded(n_components: int, matrices: Iterable[Any]) -> int:
    """Components that the factors of matrices need room for."""
    sparse = any(is_sparse(x) for x in matrices)
    return in_lanes(n_components) if sparse else n_components
