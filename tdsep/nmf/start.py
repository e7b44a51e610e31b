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
