"""Non-negative matrix factorisation: one matrix, two factors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.convolutive import one_by_one, reconstruct, side_by_side
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.matrices import (
    Matrix,
    checked_matrix,
    checked_unit,
    checked_weights,
    mean_entry,
)
from tdsep.nmf.model import Factors, Link, Model
from tdsep.nmf.options import checked_count, checked_dtype, checked_history, checked_number
from tdsep.nmf.solve import padded, solve, term_of
from tdsep.nmf.start import Given, generator, start_values
from tdsep.workers import workers


@dataclass(frozen=True, eq=False)
class Factorization:
    """A matrix as bases times activations, and the history of the fit.

    Attributes
    ----------
    bases : ndarray [I, K], or [I, K, L] if they are L > 1 columns wide
        Each learned basis adds up to 1 (unless its activations were given).
    activations : ndarray [K, J]
    losses : ndarray [iterations + 1]
        The divergence (and what sparsity adds) at the start and after each iteration.
    divergence : str or float
        As it was asked for.
    converged : bool
        Whether the fit ended before the iterations did: by the tolerance, or because rounding let
        no step lower the loss any more.
    """

    bases: np.ndarray
    activations: np.ndarray
    losses: np.ndarray
    divergence: str | float
    converged: bool

    @property
    def n_iter(self) -> int:
        """Iterations made."""
        return self.losses.size - 1

    def reconstruction(self) -> np.ndarray:
        """Form the model of the matrix, [I, J]."""
        if self.bases.ndim == 3:
            return reconstruct(self.bases, self.activations)
        return self.bases @ self.activations


def factorize(
    X: Matrix,
    n_components: int,
    *,
    divergence: str | float = "kullback-leibler",
    width: int = 1,
    init: str = "random",
    bases: Matrix | None = None,
    activations: Matrix | None = None,
    fixed_bases: Matrix | None = None,
    fixed_activations: Matrix | None = None,
    weights: Matrix | None = None,
    sparsity: float = 0.0,
    solver: str = "accelerated",
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int | np.random.Generator | None = None,
    dtype: Any = None,
    progress: Callable[[float], None] | None = None,
) -> Factorization:
    """Factorise a non-negative matrix: X ≈ bases @ activations.

    Parameters
    ----------
    X : array_like [I, J], or sparse for the Kullback-Leibler divergence and width 1
        Not negative, not zero throughout. A sparse matrix is never made dense.
    n_components : int
        K, fixed components included.
    divergence : {"kullback-leibler", "euclidean", "itakura-saito"} or float
        What is minimised; a number from -1 to 2.5 is the beta of a beta-divergence. See
        `tdsep.nmf.divergence`, also for how Itakura-Saito bears zeros.
    width : int
        Columns L that a basis spans. With L > 1 the model is convolutive:
        ``X[:, j] ≈ Σ_l bases[:, :, l] @ activations[:, j - l]``.
    init : {"random", "nndsvd"}
        Start at random, or from singular vectors (for width 1).
    bases, activations : array_like [I, K] or [I, K, L], [K, J], optional
        Where to start instead. Zeros stay zeros.
    fixed_bases : array_like [I, F] or [I, F, L], optional
        Bases that the first F components keep, bit for bit (once they are of `dtype`).
    fixed_activations : array_like [F, J], optional
        Activations that the first F components keep, likewise.
    weights : array_like [I, J], optional
        How much each entry counts, 0 for a missing one (whatever number X has there). For a sparse
        X: sparse, entries it does not store count as missing. Without weights, entries that a
        sparse X does not store are zeros. A row or column without any weight keeps its start.
    sparsity : float
        Makes activations sparse: adds this times the sum of the activations (L1), as they are for
        bases of Euclidean norm 1, to what is minimised.
    solver : {"accelerated", "multiplicative"}
        The fastest known for the problem, or the textbook's updates, bases then activations.
    max_iter : int
        Iterations at most.
    tol : float
        Stop when the loss fell by less than this share of itself in ten iterations. With 0 only
        the iterations end a fit, or rounding, where no step lowers the loss any more.
    seed : int or Generator, optional
        For the random start. The same seed gives the same bytes, on any number of threads.
    dtype : {float32, float64}, optional
        What to compute in, float32 by default; float64 for fits that are to be all but perfect,
        as float32 cannot tell losses apart that are below about 1e-6 of the matrix's sum.
    progress : callable, optional
        Called with the share of the iterations done.

    Returns
    -------
    Factorization

    Raises
    ------
    ParameterError
        If X is empty, zero, negative or not finite, or an option cannot be.

    Warns
    -----
    UserWarning
        If there are more components than rows and than columns: then X itself is a solution.

    Notes
    -----
    The loss never rises. Under "accelerated" dense matrices are factorised by a quasi-Newton
    method (by HALS with extrapolation under the Euclidean distance), sparse ones by multiplicative
    updates with longer steps.

    References
    ----------
    D. D. Lee, H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
    C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the
    beta-divergence", Neural Computation 23 (2011).
    P. Smaragdis, "Non-negative matrix factor deconvolution", ICA 2004 (width).

    Examples
    --------
    >>> import numpy as np
    >>> X = np.outer([1, 2, 3], [1, 0, 2, 1]) + np.outer([2, 0, 1], [0, 1, 1, 3])
    >>> found = factorize(X, 2, divergence="euclidean", max_iter=500, seed=0)
    >>> np.allclose(found.reconstruction(), X, atol=0.01)
    True
    """
    measure = Divergence.of(divergence)
    n_components = checked_count(n_components, "n_components", 1)
    width = checked_count(width, "width", 1)
    kind = checked_dtype(dtype)
    history = checked_history(max_iter, tol, progress, solver)
    x = checked_matrix(X, "X", sparse=measure.beta == 1 and width == 1)
    weights = None if weights is None else checked_weights(weights, x)
    sparsity = checked_number(sparsity, "sparsity")
    if width > x.shape[1]:
        raise ParameterError(
            f"`width` is {width} columns, and the matrix has {x.shape[1]}: give at most these"
        )
    if n_components > max(x.shape):
        warnings.warn(
            f"{n_components} components are more than the rows and the columns of X {x.shape}: "
            "X itself is a solution",
            stacklevel=2,
        )
    unit = checked_unit(mean_entry(x, weights), kind)
    given = Given.checked(
        x.shape,
        n_components,
        width,
        {
            "bases": bases,
            "activations": activations,
            "fixed_bases": fixed_bases,
            "fixed_activations": fixed_activations,
        },
    )
    rng = generator(seed)
    given = given.completed(x, n_components, width, init, rng)
    shape = (x.shape[0], n_components, width)
    scales, start = start_values(shape, x.shape[1], unit, given, rng)
    room = padded(n_components, [x])
    working = working_factors(start, room, kind)
    loss_unit = unit**measure.beta * measure.factor
    with workers() as share:
        model = Model(
            [Link(term_of(x, unit, kind, measure, width, weights), 0, 1)],
            [room if n == n_components else n for n in given.n_fixed],
            room,
            [width, 1],
            measure.exponent,
            share,
            sparsity * unit / loss_unit,
            measure.beta == 1 and weights is None,
        )
        found = solve(model, working, history, solver)
    learned, heard = factors_in_units(found, n_components, width, np.sqrt(unit), scales, given)
    return Factorization(
        learned if width > 1 else learned[:, :, 0],
        heard,
        np.array(history.losses) * loss_unit,
        divergence,
        history.converged,
    )


def working_factors(start: tuple[np.ndarray, np.ndarray], room: int, dtype: np.dtype) -> Factors:
    """Bring bases [I, K, L] and activations [K, J] to the solvers' form, with room for more."""
    padding = (0, 0), (0, room - start[1].shape[0])
    return [
        np.pad(side_by_side(start[0]).astype(dtype), padding),
        np.pad(np.ascontiguousarray(start[1].T, dtype), padding),
    ]


def factors_in_units(
    factors: Factors, n_components: int, width: int, root: float, scales: np.ndarray, given: Given
) -> tuple[np.ndarray, np.ndarray]:
    """Bases [I, K, L] that add up to 1 where they are free to, and activations [K, J]."""
    dtype = factors[0].dtype
    bases = one_by_one(factors[0], width)[:, :n_components] * (root / scales)[:, None]
    activations = factors[1].T[:n_components] * (root * scales)[:, None]
    free = slice(max(given.n_fixed), None)
    sizes = bases[:, free].sum(axis=(0, 2))[:, None]
    sizes = np.where(sizes > 0, sizes, 1)
    bases[:, free] /= sizes
    activations[free] *= sizes
    bases[:, : given.n_fixed[0]] = given.fixed_bases
    activations[: given.n_fixed[1]] = given.fixed_activations
    return bases.astype(dtype, order="C"), activations.astype(dtype, order="C")
