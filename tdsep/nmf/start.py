"""Where a factorisation starts: at random, from singular vectors, or where the caller says."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Given:
    """What the caller gives of the factors, checked, in the caller's units.

    Attributes
    ----------
    bases, activations : ndarray [I, K, L], [K, J], optional
        Where to start.
    fixed_bases, fixed_activations : ndarray [I, F, L], [F, J]
        What the first components keep; F may be 0.
    """

    bases: np.ndarray | None
    activations: np.ndarray | None
    fixed_bases: np.ndarray
    fixed_activations: np.ndarray

    @classmethod
    def checked(
        cls,
        shape: tuple[int, int],
        n_components: int,
        width: int,
        values: dict[str, Any],
    ) -> Given:
        """Check factors (or None) by their names against a matrix's shape."""
        (n_rows, n_columns), wide = shape, (width,) if width > 1 else ()
        shapes: dict[str, tuple[int | None, ...]] = {
            "bases": (n_rows, n_components, *wide),
            "activations": (n_components, n_columns),
            "fixed_bases": (n_rows, None, *wide),
            "fixed_activations": (None, n_columns),
        }
        found = {
            name: None if values[name] is None else given_start(values[name], wanted, name)
            for name, wanted in shapes.items()
        }
        for name, axis in (("fixed_bases", 1), ("fixed_activations", 0)):
            fixed = found[name]
            if fixed is not None and fixed.shape[axis] > n_components:
                raise ParameterError(
                    f"{name} has {fixed.shape[axis]} components of {n_components} in all"
                )
        bases, fixed_bases = found["bases"], found["fixed_bases"]
        activations = found["fixed_activations"]
        return cls(
            None if bases is None else bases.reshape(n_rows, n_components, width),
            found["activations"],
            np.empty((n_rows, 0, width))
            if fixed_bases is None
            else fixed_bases.reshape(n_rows, -1, width),
            np.empty((0, n_columns)) if activations is None else activations,
        )

    @property
    def n_fixed(self) -> tuple[int, int]:
        """How many components keep their bases, how many their activations."""
        return self.fixed_bases.shape[1], self.fixed_activations.shape[0]

    def completed(
        self, x: Any, n_components: int, width: int, init: str, rng: np.random.Generator
    ) -> Given:
        """Add what is not given and is not to be drawn at random, by the way to start."""
        if init not in STARTS:
            raise ParameterError(f"there is no start {init!r}: give one of {STARTS}")
        if init == "nndsvd" and width > 1:
            raise ParameterError("init 'nndsvd' is for bases of width 1: use 'random'")
        bases, activations = self.bases, self.activations
        if init == "random" or (bases is not None and activations is not None):
            return self
        left, right = nndsvd(x, n_components, rng)
        return replace(
            self,
            bases=left[:, :, None] if bases is None else bases,
            activations=right.T if activations is None else activations,
        )


def start_values(
    shape: tuple[int, int, int],
    n_columns: int,
    unit: float,
    given: Given,
    rng: np.random.Generator,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Start values of both factors in a unit of the matrix, double precision.

    Parameters
    ----------
    shape : tuple of int
        Of the bases: I, K, L.
    n_columns : int
        Of the matrix, J.
    unit : float
    given : Given
        The rest is drawn at random.
    rng : Generator

    Returns
    -------
    scales : ndarray [K]
        What the bases were multiplied by and the activations divided by, so that both are of one
        size, whatever that of what the caller gave.
    factors : ndarray [I, K, L] and [K, J]
    """
    bases, activations = given.bases, given.activations
    rank = np.arange(shape[1])
    drawn = (
        (bases is None) & (rank >= given.n_fixed[0]),
        (activations is None) & (rank >= given.n_fixed[1]),
    )
    mean = (unit / (shape[1] * shape[2])) ** 0.5
    if bases is None:
        bases = random_factor(rng, shape, mean)
    if activations is None:
        activations = random_factor(rng, (n_columns, shape[1]), mean).T
    root = np.sqrt(unit)
    bases, activations = bases / root, activations / root
    bases[:, : given.n_fixed[0]] = given.fixed_bases / root
    activations[: given.n_fixed[1]] = given.fixed_activations / root
    return _balanced(bases, activations, drawn)


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
