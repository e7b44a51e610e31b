"""Several matrices factorised together, with one factor for each of their modes (NMMF)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.matrices import (
    Matrix,
    checked_matrix,
    checked_unit,
    checked_weights,
    mean_entry,
    n_known,
)
from tdsep.nmf.model import Link, Model
from tdsep.nmf.options import checked_count, checked_dtype, checked_history, checked_number
from tdsep.nmf.solve import padded, solve, term_of
from tdsep.nmf.start import check_size, generator, given_start, random_factor
from tdsep.workers import workers

#: The modes of a matrix: of its rows and of its columns.
Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class JointFactorization:
    """Several matrices as products of one factor a mode, and the history of the fit.

    Attributes
    ----------
    factors : dict of ndarray [n, K]
        By mode. Of modes that hang together by matrices, the columns of the first one named add up
        to 1, unless one of them is fixed or the modes form a ring of odd length.
    losses : ndarray [iterations + 1]
        The weighted sum of the divergences at the start and after each iteration.
    divergence : str or float
        As it was asked for.
    converged : bool
        Whether the fit ended before the iterations did.
    """

    factors: dict[str, np.ndarray]
    losses: np.ndarray
    divergence: str | float
    converged: bool

    @property
    def n_iter(self) -> int:
        """Iterations made."""
        return self.losses.size - 1

    def reconstruction(self, pair: Pair) -> np.ndarray:
        """Form the model of two modes, dense; there need not have been a matrix of them.

        Raises
        ------
        ParameterError
            If there is no such mode.
        """
        if not isinstance(pair, tuple) or len(pair) != 2 or not set(pair) <= set(self.factors):
            raise ParameterError(f"{pair!r} is no pair of modes: give two of {list(self.factors)}")
        return self.factors[pair[0]] @ self.factors[pair[1]].T


def factorize_jointly(
    matrices: Mapping[Pair, Matrix],
    n_components: int,
    *,
    divergence: str | float = "kullback-leibler",
    weights: Mapping[Pair, Matrix] | None = None,
    matrix_weights: Mapping[Pair, float] | None = None,
    factors: Mapping[str, Matrix] | None = None,
    fixed_factors: Mapping[str, Matrix] | None = None,
    solver: str = "accelerated",
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int | np.random.Generator | None = None,
    dtype: Any = None,
    progress: Callable[[float], None] | None = None,
) -> JointFactorization:
    """Factorise several non-negative matrices that share modes: X_ab ≈ factors[a] @ factors[b].T.

    Parameters
    ----------
    matrices : mapping of (mode of the rows, mode of the columns) to array_like or sparse
        For instance ``{("user", "good"): X, ("good", "word"): Y, ("user", "town"): Z}``. Sparse
        matrices for the Kullback-Leibler divergence only.
    n_components : int
        K.
    divergence : {"kullback-leibler", "euclidean", "itakura-saito"} or float
        See `tdsep.nmf.divergence`.
    weights : mapping of pairs to array_like, optional
        How much each entry of a matrix counts, 0 for a missing one (whatever number the matrix has
        there). For a sparse matrix: sparse, entries it does not store count as missing. Of a
        matrix without weights every entry counts 1. What no entry tells of keeps its start.
    matrix_weights : mapping of pairs to numbers, optional
        How much each matrix counts as a whole, 1 by default.
    factors : mapping of modes to array_like [n, K], optional
        Where to start; at random by default.
    fixed_factors : mapping of modes to array_like [n, K], optional
        Modes that keep these factors, bit for bit (once they are of `dtype`); they go before
        `factors`.
    solver, max_iter, tol, seed, dtype, progress
        See `tdsep.nmf.factorize`.

    Returns
    -------
    JointFactorization

    Raises
    ------
    ParameterError
        If matrices that share a mode differ in its size, one is empty, negative or not finite, or
        an option cannot be.

    References
    ----------
    K. Takeuchi, K. Ishiguro, A. Kimura, H. Sawada, "Non-negative multiple matrix factorization",
    IJCAI 2013, eq. 6 to 9 (three matrices around one; here any number, by any modes).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> user, good, word = rng.random((8, 2)), rng.random((6, 2)), rng.random((9, 2))
    >>> found = factorize_jointly(
    ...     {("user", "good"): user @ good.T, ("good", "word"): good @ word.T}, 2, seed=0
    ... )
    >>> sorted(found.factors)
    ['good', 'user', 'word']
    """
    measure = Divergence.of(divergence)
    n_components = checked_count(n_components, "n_components", 1)
    kind = checked_dtype(dtype)
    history = checked_history(max_iter, tol, progress, solver)
    checked, sizes = _checked_matrices(matrices, sparse=measure.beta == 1)
    known = _checked_weights(weights, checked)
    counts = _checked_counts(matrix_weights, checked)
    modes = list(sizes)
    entries = {pair: n_known(x, known[pair]) for pair, x in checked.items()}
    total = sum(mean_entry(x, known[pair]) * entries[pair] for pair, x in checked.items())
    unit = checked_unit(total / sum(entries.values()), kind)
    root = np.sqrt(unit)

    rng = generator(seed)
    fixed = _given("fixed_factors", fixed_factors, sizes, n_components)
    given = {**_given("factors", factors, sizes, n_components), **fixed}
    start = {
        mode: given[mode] / root
        if mode in given
        else random_factor(rng, (sizes[mode], n_components), n_components**-0.5)
        for mode in sorted(sizes, key=str)  # whatever the order of the matrices
    }
    for a, b in checked:
        check_size(float(start[a].mean(axis=0) @ start[b].mean(axis=0)))
    room = padded(n_components, checked.values())
    with workers() as share:
        model = Model(
            [
                Link(
                    term_of(x, unit, kind, measure, weights=known[a, b]),
                    modes.index(a),
                    modes.index(b),
                    counts[a, b],
                )
                for (a, b), x in checked.items()
            ],
            [room if mode in fixed else 0 for mode in modes],
            room,
            [1] * len(modes),
            measure.exponent,
            share,
            scaling_is_free=measure.beta == 1 and not any(w is not None for w in known.values()),
        )
        padding = (0, 0), (0, room - n_components)
        working = [np.pad(start[mode].astype(kind, order="C"), padding) for mode in modes]
        found = solve(model, working, history, solver)
    result = {
        mode: factor[:, :n_components] * kind.type(root)
        for mode, factor in zip(modes, found, strict=True)
    }
    result |= {mode: np.array(fixed[mode], kind) for mode in fixed}
    _normalise(result, list(checked), set(fixed))
    return JointFactorization(
        result,
        np.array(history.losses) * (unit**measure.beta * measure.factor),
        divergence,
        history.converged,
    )


def _checked_matrices(
    matrices: Mapping[Pair, Matrix], *, sparse: bool
) -> tuple[dict[Pair, Any], dict[str, int]]:
    """Return the matrices checked, and the size of each mode in the order of their naming."""
    if not isinstance(matrices, Mapping) or not matrices:
        raise ParameterError("matrices must be given by their modes: {('user', 'good'): X, ...}")
    checked: dict[Pair, Any] = {}
    sizes: dict[str, int] = {}
    for pair, matrix in matrices.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ParameterError(f"{pair!r} names no matrix: give two modes, (rows, columns)")
        if pair[0] == pair[1]:
            raise ParameterError(f"both modes of {pair} are the same: a matrix must have two")
        x = checked_matrix(matrix, f"the matrix {pair}", sparse=sparse)
        for mode, n in zip(pair, x.shape, strict=True):
            if sizes.setdefault(mode, n) != n:
                raise ParameterError(
                    f"mode {mode!r} has {n} entries in the matrix {pair} and {sizes[mode]} in "
                    "another: they must agree"
                )
        checked[pair] = x
    return checked, sizes


def _checked_weights(
    weights: Mapping[Pair, Matrix] | None, matrices: Mapping[Pair, Any]
) -> dict[Pair, Any]:
    """Return the weights of the entries by matrix; None where all count."""
    known: dict[Pair, Any] = dict.fromkeys(matrices)
    for pair, values in (weights or {}).items():
        if pair not in known:
            raise ParameterError(f"weights names {pair!r}, and there is no such matrix")
        known[pair] = checked_weights(values, matrices[pair], f"the matrix {pair}")
    return known


def _checked_counts(
    weights: Mapping[Pair, float] | None, matrices: Mapping[Pair, Any]
) -> dict[Pair, float]:
    counts = dict.fromkeys(matrices, 1.0)
    for pair, weight in (weights or {}).items():
        if pair not in counts:
            raise ParameterError(f"matrix_weights names {pair!r}, and there is no such matrix")
        counts[pair] = checked_number(weight, f"the weight of the matrix {pair}")
    if not any(counts.values()):
        raise ParameterError("all matrix_weights are 0: there is nothing to be learned")
    return counts


def _given(
    name: str, values: Mapping[str, Matrix] | None, sizes: Mapping[str, int], n_components: int
) -> dict[str, np.ndarray]:
    for mode in values or {}:
        if mode not in sizes:
            raise ParameterError(f"{name} names a mode {mode!r}: there are {list(sizes)}")
    return {
        mode: given_start(value, (sizes[mode], n_components), f"{name}[{mode!r}]")
        for mode, value in (values or {}).items()
    }


def _normalise(factors: dict[str, np.ndarray], pairs: list[Pair], fixed: set[str]) -> None:
    """Fix the scale of what hangs together, in place: what one side of it gains the other loses."""
    unseen = list(factors)
    while unseen:
        side = {unseen[0]: True}
        queue = [unseen[0]]
        ring = False
        while queue:
            mode = queue.pop()
            for a, b in pairs:
                for here, there in ((a, b), (b, a)):
                    if here != mode:
                        continue
                    ring |= side.get(there) == side[mode]
                    if there not in side:
                        side[there] = not side[mode]
                        queue.append(there)
        if not ring and not fixed & set(side):
            sums = factors[unseen[0]].sum(axis=0)
            sums = np.where(sums > 0, sums, 1)
            for mode, first in side.items():
                factors[mode] = factors[mode] / sums if first else factors[mode] * sums
        unseen = [mode for mode in unseen if mode not in side]
