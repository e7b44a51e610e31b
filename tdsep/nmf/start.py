"""Where a factorisation starts: at random, from singular vectors, or where the caller says."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse.linalg

from tdsep.errors import ParameterError
from tdsep.nmf.matrices import checked_matrix, is_sparse

#: How many times as large or small as the matrix a start may be.
FAR = 1e9
#: Ways to start.
STARTS = ("random", "nndsvd")


def generator(seed: int | np.random.Generator | None) -> np.random.Generator:
    """Random numbers of a seed; ParameterError if it is none."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{seed!r} is no seed: give a whole number from 0 up") from error


def random_factor(rng: np.random.Generator, shape: tuple[int, ...], mean: float) -> np.ndarray:
    """Values from 0 (left out) to twice a mean, all alike likely."""
    return 2 * mean * (1 - rng.random(shape))


def nndsvd(
    matrix: Any, n_components: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Start from the leading singular vectors: rows' factor [I, K] and columns' [J, K].

    Each pair of singular vectors gives the positive or the negative parts of both, whichever are
    larger. Zeros, which multiplicative updates could never leave, become small random values
    (the variant NNDSVDar).

    References
    ----------
    C. Boutsidis, E. Gallopoulos, "SVD based initialization: a head start for nonnegative matrix
    factorization", Pattern Recognition 41 (2008), section 2.3.
    """
    rank = min(n_components, min(matrix.shape))
    if rank < min(matrix.shape):
        first = rng.standard_normal(min(matrix.shape))
        work = matrix.astype(np.float64)
        u, s, vt = scipy.sparse.linalg.svds(work, rank, v0=first, solver="arpack")
        u, s, vt = u[:, ::-1], s[::-1], vt[::-1]
    else:
        dense = matrix.toarray() if is_sparse(matrix) else matrix
        u, s, vt = np.linalg.svd(dense.astype(np.float64), full_matrices=False)
    small = float(matrix.mean()) / 100
    factors = (
        random_factor(rng, (matrix.shape[0], n_components), small),
        random_factor(rng, (matrix.shape[1], n_components), small),
    )
    for k in range(rank):
        pairs = [(np.maximum(sign * u[:, k], 0), np.maximum(sign * vt[k], 0)) for sign in (1, -1)]
        left, right = max(pairs, key=lambda pair: np.linalg.norm(pair[0]) * np.linalg.norm(pair[1]))
        for factor, part, other in ((factors[0], left, right), (factors[1], right, left)):
            size = np.linalg.norm(part)
            if size > 0:
                size = np.sqrt(s[k] * np.linalg.norm(other) / size)
            factor[:, k] = np.where(part > 0, size * part, factor[:, k])
    return factors


def given_start(values: Any, shape: tuple[int | None, ...], name: str) -> np.ndarray:
    """Start values given by the caller, checked; None in the shape stands for any number."""
    start = checked_matrix(values, name, n_dim=len(shape))
    if any(wanted not in (None, n) for wanted, n in zip(shape, start.shape, strict=True)):
        wanted_shape = tuple("any" if n is None else n for n in shape)
        raise ParameterError(f"{name} is {start.shape}: its shape must be {wanted_shape}")
    return start


class Start:
    """Start values of both factors in units of the working matrix, double precision."""

    def __init__(
        self,
        x: Any,
        n_components: int,
        width: int,
        unit: float,
        init: str,
        rng: np.random.Generator,
    ) -> None:
        if init not in STARTS:
            raise ParameterError(f"there is no start {init!r}: give one of {STARTS}")
        if init == "nndsvd" and width > 1:
            raise ParameterError("init 'nndsvd' is for bases of width 1: use 'random'")
        self._shapes = (x.shape[0], n_components, width), (n_components, x.shape[1])
        self._x, self._unit, self._init, self._rng = x, unit, init, rng

    def factors(
        self, bases: Any, activations: Any, fixed_bases: Any, fixed_activations: Any
    ) -> tuple[tuple[int, int], np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Return the numbers fixed, the components' scales, bases [I, K, L], activations [K, J].

        Bases were multiplied by the scales and activations divided by them, so that both are of
        one size, whatever that of what the caller gave.
        """
        (n_rows, n_components, width), (_, n_columns) = self._shapes
        root = np.sqrt(self._unit)
        wide = (width,) if width > 1 else ()
        kept_bases = kept_activations = first = second = None
        if fixed_bases is not None:
            kept = given_start(fixed_bases, (n_rows, None, *wide), "fixed_bases")
            kept_bases = kept.reshape(n_rows, -1, width) / root
        if fixed_activations is not None:
            kept = given_start(fixed_activations, (None, n_columns), "fixed_activations")
            kept_activations = kept / root
        n_fixed = (
            0 if kept_bases is None else kept_bases.shape[1],
            0 if kept_activations is None else kept_activations.shape[0],
        )
        for name, n in zip(("fixed_bases", "fixed_activations"), n_fixed, strict=True):
            if n > n_components:
                raise ParameterError(f"{name} has {n} components of {n_components} in all")
        if bases is not None:
            first = given_start(bases, (n_rows, n_components, *wide), "bases")
            first = first.reshape(n_rows, n_components, width) / root
        if activations is not None:
            second = given_start(activations, (n_components, n_columns), "activations") / root
        if self._init == "nndsvd" and (first is None or second is None):
            left, right = nndsvd(self._x, n_components, self._rng)
            first = left[:, :, None] / root if first is None else first
            second = right.T / root if second is None else second
        rank = np.arange(n_components)
        drawn = (
            (first is None) & (rank >= n_fixed[0]),
            (second is None) & (rank >= n_fixed[1]),
        )
        share = (n_components * width) ** -0.5
        if first is None:
            first = random_factor(self._rng, self._shapes[0], share)
        if second is None:
            second = random_factor(self._rng, self._shapes[1][::-1], share).T
        if kept_bases is not None:
            first[:, : n_fixed[0]] = kept_bases
        if kept_activations is not None:
            second[: n_fixed[1]] = kept_activations
        return n_fixed, *_balanced(first, second, drawn)


def _balanced(
    bases: np.ndarray, activations: np.ndarray, drawn: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Bring both factors of each component to one size; those drawn give way to those given."""
    _, n_components, width = bases.shape
    sizes = np.array([bases.mean(axis=(0, 2)), activations.mean(axis=1)])
    sizes[sizes == 0] = 1
    wanted = 1 / (n_components * width) / sizes.prod(axis=0)
    gains = np.array([np.where(drawn[0] & ~drawn[1], wanted, 1), np.where(drawn[1], wanted, 1)])
    sizes *= gains
    scales = np.sqrt(sizes[1] / sizes[0])
    bases = bases * (gains[0] * scales)[:, None]
    activations = activations * (gains[1] / scales)[:, None]
    check_size(float(width * (bases.mean(axis=(0, 2)) @ activations.mean(axis=1))))
    return scales, (bases, activations)


def check_size(mean: float) -> None:
    """Check the mean of a model to start from, in units of the matrix's."""
    if not 1 / FAR <= mean <= FAR:
        raise ParameterError(
            f"the model to start from is {mean:.1g} times as large as the matrix: scale the start "
            "values"
        )
