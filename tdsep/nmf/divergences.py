"""The beta-divergences between a matrix and its model, entry by entry and as a sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.matrices import (
    Matrix,
    checked_matrix,
    checked_weights,
    in_units,
    is_sparse,
    mean_entry,
)

#: The divergences with a name, and the beta of each.
KINDS = {"euclidean": 2.0, "kullback-leibler": 1.0, "itakura-saito": 0.0}
#: The range of beta that the updates are made for.
BETAS = (-1.0, 2.5)
#: Below beta = 1 both the matrix and its model are raised by this share of the matrix's mean
#: (-100 dB for a power spectrogram): zeros, such as digital silence, would cost infinitely much.
FLOOR = 1e-10
#: From beta = 1 up the model is raised by this (the matrix's mean being 1), against 0 / 0 only.
TINY = 1e-30
#: A beta this close to a whole number counts as that number: what rounding makes of one.
_NEAR = 1e-6
#: A beta this close to 0 or 1 takes a formula of its own, as the general one nearly divides by 0.
_DELICATE = 0.1
#: Entries compared at a time by `divergence`: few enough to stay in the cache.
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Divergence:
    """One divergence: d(x | y) of an entry x from its model y.

    Attributes
    ----------
    beta : float
    factor : float
        What the beta-divergence is multiplied by: 2 for the squared Euclidean distance, which is
        defined without the half that the beta-divergence has at beta = 2.

    References
    ----------
    C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the
    beta-divergence", Neural Computation 23 (2011), eq. 2.2 (the divergence), 4.1 and 4.3 (the
    updates' exponent).
    """

    beta: float
    factor: float = 1.0

    @classmethod
    def of(cls, kind: str | float) -> Divergence:
        """Find the divergence of a name or a beta; ParameterError if there is none."""
        if isinstance(kind, str):
            if kind not in KINDS:
                raise ParameterError(
                    f"there is no divergence {kind!r}: give one of "
                    f"{', '.join(map(repr, KINDS))}, or a beta from {BETAS[0]:g} to {BETAS[1]:g}"
                )
            return cls(KINDS[kind], 2.0 if kind == "euclidean" else 1.0)
        if isinstance(kind, bool) or not isinstance(kind, (int, float, np.integer, np.floating)):
            raise ParameterError(f"a divergence is a name or a number beta, not {kind!r}")
        if not BETAS[0] <= kind <= BETAS[1]:
            raise ParameterError(f"beta is {kind:g}: give one from {BETAS[0]:g} to {BETAS[1]:g}")
        nearest = float(round(kind))
        return cls(nearest if abs(kind - nearest) < _NEAR else float(kind))

    @property
    def exponent(self) -> float:
        """Power of the multiplicative update under which the divergence cannot rise."""
        if self.beta < 1:
            return 1 / (2 - self.beta)
        return 1.0 if self.beta <= 2 else 1 / (self.beta - 1)

    @property
    def floor(self) -> float:
        """Share of its mean by which a matrix is raised."""
        return FLOOR if self.beta < 1 else 0.0

    def compare(
        self,
        x: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray | None,
        scratch: tuple[np.ndarray, np.ndarray, np.ndarray],
    ) -> tuple[float, np.ndarray, np.ndarray | None]:
        """Compare a matrix with its model: the divergence and what the updates are made of.

        The beta-divergence's derivative by y is D - N, with N = x y^(beta-2) and D = y^(beta-1).

        Parameters
        ----------
        x, y : ndarray
            The matrix and its model, positive where beta < 1; y is overwritten.
        weights : ndarray, optional
            One for each entry.
        scratch : three ndarray
            Room to work in, each of the shape of x.

        Returns
        -------
        loss : float
            The weighted sum of the beta-divergences, without `factor`.
        numerator, denominator : ndarray
            N and D times the weights, in `scratch`, `x` or `y`; D is None where it is 1 throughout.
        """
        n, loss, spare = scratch
        d: np.ndarray | None = y
        beta = self.beta
        if beta == 2:
            np.subtract(y, x, out=loss)
            loss *= loss
            loss *= 0.5
            n = x
        elif beta == 1:
            np.divide(x, y, out=n)
            np.maximum(n, TINY, out=loss)  # x log x is 0 where x is
            np.log(loss, out=loss)
            loss *= x
            loss -= x
            loss += y
            d = None
        elif beta == 0:
            np.divide(1, y, out=y)
            np.multiply(x, y, out=n)
            np.log(n, out=loss)
            np.subtract(n, loss, out=loss)
            loss -= 1
            n *= y
        else:
            power(y, beta - 1, out=n)
            if min(abs(beta), abs(beta - 1)) < _DELICATE:
                loss[...] = _delicate_divergence(x, y, beta)
                np.multiply(x, n, out=spare)
            else:
                power(x, beta, out=loss)
                loss *= 1 / (beta * (beta - 1))
                np.multiply(y, n, out=spare)
                spare *= 1 / beta
                loss += spare
                np.multiply(x, n, out=spare)
                spare *= 1 / (1 - beta)
                loss += spare
                spare *= 1 - beta
            spare /= y
            n, d = spare, n
        if weights is not None:
            loss *= weights
            n = np.multiply(n, weights, out=scratch[0] if n is x else n)
            d = weights if d is None else np.multiply(d, weights, out=d)
        return float(loss.sum()), n, d

    def of_entries(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Beta-divergence of each entry, without `factor`; as `compare` takes them."""
        scratch = np.empty_like(x), np.empty_like(x), np.empty_like(x)
        self.compare(x, y.copy(), None, scratch)
        return scratch[1]


def divergence(
    X: Matrix,
    Y: np.ndarray,
    kind: str | float = "kullback-leibler",
    *,
    weights: Matrix | None = None,
) -> float:
    """Sum of the divergences of the entries of a matrix from those of its model.

    Parameters
    ----------
    X : array_like [I, J], or sparse for the Kullback-Leibler divergence
        Not negative. With a beta below 1 (Itakura-Saito is 0) both X and Y are raised by 1e-10
        times the mean of X, so that zeros cost much but not infinitely much.
    Y : array_like [I, J]
        The model, not negative.
    kind : {"euclidean", "kullback-leibler", "itakura-saito"} or float
        `(x - y)^2`, `x log(x / y) - x + y`, `x / y - log(x / y) - 1`; a number from -1 to 2.5 is
        the beta of a beta-divergence: 1 is Kullback-Leibler, 0 Itakura-Saito, and 2 *half* the
        squared Euclidean distance.
    weights : array_like [I, J], optional
        How much each entry counts, 0 for a missing one. For a sparse X: sparse, entries it does
        not store do not count.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If there is no such divergence, shapes differ, or entries are negative or not finite.

    Examples
    --------
    >>> divergence([[1.0, 2.0]], [[2.0, 2.0]], "euclidean")
    1.0
    """
    measure = Divergence.of(kind)
    x = checked_matrix(X, "X", sparse=measure.beta == 1)
    y = checked_matrix(Y, "Y", zero=True)
    if y.shape != x.shape:
        raise ParameterError(f"X is {x.shape} and Y {y.shape}: give them one shape")
    w = None if weights is None else checked_weights(weights, x)
    unit = mean_entry(x, w)
    if is_sparse(x):
        return _sparse_divergence(x, y, w, TINY * unit)
    rows = max(1, _BLOCK // x.shape[1])
    total = 0.0
    for first in range(0, x.shape[0], rows):
        part = slice(first, first + rows)
        a = in_units(x[part], unit, np.dtype(np.float64)) + measure.floor
        b = in_units(y[part], unit, np.dtype(np.float64)) + measure.floor + TINY
        scratch = np.empty_like(a), np.empty_like(a), np.empty_like(a)
        total += measure.compare(a, b, None if w is None else w[part], scratch)[0]
    return total * unit**measure.beta * measure.factor


def mean_divergence(x: np.ndarray, y: np.ndarray, kind: str | float, unit: float) -> float:
    """Divergence of some entries, which may all be 0, from their model, on average.

    Parameters
    ----------
    x, y : ndarray [n]
    kind : str or float
    unit : float
        Mean of the matrix that the entries are from.
    """
    measure = Divergence.of(kind)
    a = x.astype(np.float64) / unit + measure.floor
    b = y.astype(np.float64) / unit + measure.floor + TINY
    loss = measure.compare(a, b, None, (np.empty_like(a), np.empty_like(a), np.empty_like(a)))[0]
    return loss / x.size * unit**measure.beta * measure.factor


def _sparse_divergence(x: Any, y: np.ndarray, w: Any, tiny: float) -> float:
    """Kullback-Leibler divergence of a sparse matrix from a dense model."""
    rows, columns = x.nonzero()
    model = np.maximum(y[rows, columns], tiny)
    inner = (np.log(x.data / model) - 1) * x.data
    if w is None:
        return float(inner.sum()) + float(y.sum())
    return float(inner @ np.asarray(w[rows, columns]).ravel()) + float(w.multiply(y).sum())


def _delicate_divergence(x: np.ndarray, y: np.ndarray, beta: float) -> np.ndarray:
    """Beta-divergence of each entry, exact near beta = 0 and 1 too."""
    ratio = x / y
    log_ratio = np.log(np.maximum(ratio, TINY))
    if beta < 0.5:
        part = (np.expm1(beta * log_ratio) / beta - (ratio - 1)) / (beta - 1)
    else:
        part = (ratio * np.expm1((beta - 1) * log_ratio) / (beta - 1) - (ratio - 1)) / beta
    return part * y**beta


def power(x: np.ndarray, exponent: float, out: np.ndarray) -> None:
    """Power of positive numbers, by square roots where these do, as they cost far less."""
    if exponent == 0.5:
        np.sqrt(x, out=out)
    elif exponent == -0.5:
        np.sqrt(x, out=out)
        np.divide(1, out, out=out)
    elif exponent == 1.5:
        np.multiply(x, np.sqrt(x), out=out)
    elif exponent == 1.75:
        root = np.sqrt(x)
        np.multiply(x, root, out=out)
        out *= np.sqrt(root, out=root)
    else:
        np.power(x, exponent, out=out)
