"""Where a factorisation starts: at random, from singular vectors, or where the caller says."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse.linalg

from tdsep.errors import ParameterError
from tdsep.nmf.matrices import checked_matrix, is_sparse

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
    ) -> tuple[tuple[int, int], tuple[np.ndarray, np.ndarray]]:
        """Return the numbers fixed, bases [I, K, L] and activations [K, J]."""
        (n_rows, n_components, width), (_, n_columns) = self._shapes
        root = np.sqrt(self._unit)
        wide = (width,) if width > 1 else ()
        kept_bases = kept_activations = None
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
        first = second = None
        if bases is not None:
            first = given_start(bases, (n_rows, n_components, *wide), "bases")
            first = first.reshape(n_rows, n_components, width) / root
        if activations is not None:
            second = given_start(activations, (n_components, n_columns), "activations") / root
        if self._init == "nndsvd" and (first is None or second is None):
            left, right = nndsvd(self._x, n_components, self._rng)
            first = left[:, :, None] / root if first is None else first
            second = right.T / root if second is None else second
        known = (
            kept_bases if first is None else first,
            kept_activations if second is None else second,
        )
        if first is None:
            first = random_factor(self._rng, self._shapes[0], self._mean(*known))
        if kept_bases is not None:
            first[:, : n_fixed[0]] = kept_bases
        if second is None:
            shape = self._shapes[1][::-1]
            second = random_factor(self._rng, shape, self._mean(known[1], first)).T
        if kept_activations is not None:
            second[: n_fixed[1]] = kept_activations
        return n_fixed, (first, second)

    def _mean(self, own: np.ndarray | None, other: np.ndarray | None) -> float:
        """Mean of a factor's random values: like its known ones, or so that the model's is 1."""
        count = np.prod(self._shapes[0][1:])
        if own is not None:
            return float(own.mean())
        if other is not None:
            return float(1 / (count * other.mean()))
        return float(count**-0.5)
