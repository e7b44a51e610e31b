"""How many components: the error against their number, seen and unseen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.divergences import divergence as total_divergence
from tdsep.nmf.factorize import Factorization, factorize
from tdsep.nmf.matrices import Matrix, checked_matrix, is_sparse
from tdsep.nmf.options import checked_count, checked_number
from tdsep.nmf.solve import padded, term_of
from tdsep.nmf.start import generator
from tdsep.nmf.terms import Need
from tdsep.workers import workers

#: Share of the largest error by which a smaller one is no gain: what little is left of a perfect
#: fit is a matter of when it ended.
_NOTHING = 0.003
#: Starts of each fit: a poor one must not speak for its number of components.
_STARTS = 2


@dataclass(frozen=True, eq=False)
class RankChoice:
    """Error against the number of components, and which number to take.

    Attributes
    ----------
    n_components : int
        The choice.
    reason : str
        Why, in a sentence.
    candidates : ndarray [candidates]
        Numbers of components, rising.
    errors : ndarray [candidates]
        Divergence per entry when all entries are learned from: it falls with the number of
        components, steeply up to the number that the matrix has, if it has one (the elbow).
    held_out_errors : ndarray [candidates, repeats]
        Divergence per entry of entries that were not learned from: it rises again with components
        that explain chance.
    """

    n_components: int
    reason: str
    candidates: np.ndarray
    errors: np.ndarray
    held_out_errors: np.ndarray


def choose_rank(
    X: Matrix,
    candidates: Iterable[int],
    *,
    divergence: str | float = "kullback-leibler",
    width: int = 1,
    held_out: float = 0.1,
    repeats: int = 3,
    max_iter: int = 200,
    tol: float = 1e-4,
    seed: int | np.random.Generator | None = None,
    dtype: Any = None,
    progress: Callable[[float], None] | None = None,
) -> RankChoice:
    """Choose a number of components by the error on entries that were not learned from.

    The choice is the smallest number whose held-out error, in the median of the repeats, is above
    the least one by no more than one standard error of that difference (and 0.3 % of the largest
    error). Each number takes 2 * (repeats + 1) fits. Where the repeats differ much in
    `held_out_errors`, trust no choice.

    Parameters
    ----------
    X : array_like [I, J], or sparse for the Kullback-Leibler divergence and width 1
    candidates : iterable of int
        Numbers of components to try.
    divergence, width, max_iter, tol, seed, dtype
        See `tdsep.nmf.factorize`.
    held_out : float
        Share of the entries held out, between 0 and 1. Of a sparse matrix, which must be one of
        counts, that share of the *counts* is held out instead: it leaves a smaller copy of the
        whole to learn from, without forming what is 0.
    repeats : int
        How often entries are drawn anew to be held out.
    progress : callable, optional
        Called with the share of the fits done.

    Returns
    -------
    RankChoice

    Raises
    ------
    ParameterError
        As `tdsep.nmf.factorize` does, or if there are no candidates.

    References
    ----------
    A. B. Owen, P. O. Perry, "Bi-cross-validation of the SVD and the nonnegative matrix
    factorization", Annals of Applied Statistics 3 (2009) (why to hold out entries).
    A. Neufeld et al., "Data thinning for convolution-closed distributions", JMLR 25 (2024).
    T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2nd ed.,
    Springer 2009, section 7.10 (one standard error).
    """
    if not isinstance(candidates, Iterable):
        raise ParameterError(f"candidates is {candidates!r}: give several numbers of components")
    numbers = sorted({checked_count(k, "a candidate", 1) for k in candidates})
    if not numbers:
        raise ParameterError("there are no candidates: give numbers of components to try")
    repeats = checked_count(repeats, "repeats", 1)
    share = checked_number(held_out, "held_out")
    if not 0 < share < 1:
        raise ParameterError(f"held_out is {held_out:g}: give a share between 0 and 1")
    rng = generator(seed)
    x = checked_matrix(X, "X", sparse=True)
    splits = [_Split.draw(x, share, rng) for _ in range(repeats)]
    n_entries = float(np.prod(x.shape, dtype=np.float64))
    options: dict[str, Any] = {
        "divergence": divergence,
        "width": width,
        "max_iter": max_iter,
        "tol": tol,
        "dtype": dtype,
    }
    errors = np.empty(len(numbers))
    unseen = np.empty((len(numbers), repeats))
    for row, k in enumerate(numbers):
        seeds = rng.integers(2**32, size=_STARTS).tolist()
        errors[row] = _best(x, k, seeds, **options).losses[-1] / n_entries
        for column, split in enumerate(splits):
            with warnings.catch_warnings():  # too many components: said once, above
                warnings.simplefilter("ignore", UserWarning)
                found = _best(split.seen, k, seeds, weights=split.weights, **options)
            unseen[row, column] = split.error(found)
            if progress:
                progress((row + (column + 1) / repeats) / len(numbers))
    return _chosen(np.array(numbers), errors, unseen)


def _best(x: Any, n_components: int, seeds: list[int], **options: Any) -> Factorization:
    """Fit from several starts, and keep the fit of the lowest loss."""
    fits = [factorize(x, n_components, seed=seed, **options) for seed in seeds]
    return min(fits, key=lambda fit: fit.losses[-1])


@dataclass(frozen=True)
class _Split:
    """Entries to learn from and entries held out.

    Attributes
    ----------
    seen : ndarray or csr_array
        What to learn from.
    weights : ndarray, optional
        Which entries of `seen` count.
    unseen : ndarray or csr_array
        What is held out.
    held : ndarray, optional
        Which entries of `unseen` count. Those in rows and columns of which nothing but zeros was
        left to learn from do not, nor in a sparse `unseen`: no model can know of them, and their
        divergence may be infinite.
    gain : float
        How much larger the held-out part's model is than that of the part learned from.
    """

    seen: Any
    weights: np.ndarray | None
    unseen: Any
    held: np.ndarray | None
    gain: float

    @classmethod
    def draw(cls, x: Any, share: float, rng: np.random.Generator) -> _Split:
        if not is_sparse(x):
            held = np.zeros(x.size, bool)
            held[rng.choice(x.size, max(1, round(share * x.size)), replace=False)] = True
            held = held.reshape(x.shape)
            seen = np.where(held, 0, x) > 0
            known = held & seen.any(axis=1, keepdims=True) & seen.any(axis=0, keepdims=True)
            if not x[known].any():
                raise ParameterError("X is too small to hold entries out: nothing would be left")
            return cls(x, (~held).astype(np.float32), x, known.astype(np.float32), 1.0)
        if not (x.data == np.rint(x.data)).all():
            raise ParameterError(
                "a sparse X to choose the number of components for must hold counts, of which some "
                "are held out: give whole numbers (before any weighting), or a dense array"
            )
        taken = rng.binomial(x.data.astype(np.int64), share)
        seen = sp.csr_array((x.data - taken, x.indices, x.indptr), shape=x.shape)
        rows: np.ndarray = np.asarray(seen.sum(axis=1)).astype(bool)
        columns: np.ndarray = np.asarray(seen.sum(axis=0)).astype(bool)
        known = np.repeat(rows, np.diff(x.indptr)) & columns[x.indices]
        unseen = sp.csr_array((taken * known, x.indices, x.indptr), shape=x.shape, copy=True)
        unseen.eliminate_zeros()
        if not unseen.data.any():
            raise ParameterError("X is too small to hold entries out: nothing would be left")
        return cls(seen, None, unseen, None, share / (1 - share))

    def error(self, found: Factorization) -> float:
        """Divergence of a held-out entry from its model, on average."""
        if self.held is not None:
            model = found.reconstruction()
            total = total_divergence(self.unseen, model, found.divergence, weights=self.held)
            return total / float(self.held.sum())
        term = term_of(self.unseen, 1.0, found.bases.dtype, Divergence.of("kullback-leibler"))
        room = padded(found.bases.shape[1], [self.unseen]) - found.bases.shape[1]
        factors = found.bases * found.bases.dtype.type(self.gain), found.activations.T
        rows, columns = (np.pad(np.ascontiguousarray(f), ((0, 0), (0, room))) for f in factors)
        with workers() as share:
            total = term.statistics(rows, columns, Need(True, False, False, True), share).loss
        return total / float(np.prod(self.unseen.shape, dtype=np.float64))


def _chosen(numbers: np.ndarray, errors: np.ndarray, unseen: np.ndarray) -> RankChoice:
    # Medians: a single entry held out whose row a fit leaves undetermined can decide a mean.
    middle = np.median(unseen, axis=1)
    best = int(middle.argmin())
    worse = unseen - unseen[best]  # all were held out the same entries
    excess = np.median(worse, axis=1)
    spread = 1.4826 * np.median(np.abs(worse - excess[:, None]), axis=1)  # of a normal's deviation
    doubt = spread / np.sqrt(unseen.shape[1]) + _NOTHING * middle.max()
    choice = int(np.flatnonzero(excess <= doubt)[0])
    reason = f"the error on held-out entries is least with {numbers[best]} components"
    if choice != best:
        reason += (
            f", and with {numbers[choice]}, the smallest number within one standard error of it, "
            "no worse than chance explains"
        )
    if choice == len(numbers) - 1 and len(numbers) > 1:
        reason += ", the largest number tried: more may be better"
    elif choice == 0 and len(numbers) > 1:
        reason += (
            ", so no structure shows but the totals of rows and columns"
            if numbers[0] == 1
            else ", the smallest number tried: fewer may do"
        )
    return RankChoice(int(numbers[choice]), reason, numbers, errors, unseen)
