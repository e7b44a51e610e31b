"""How many components: the error against their number, seen and unseen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.matrices import Matrix, checked_matrix
from tdsep.nmf.options import checked_count, checked_dtype, checked_history, checked_number
from tdsep.nmf.path import Fit, Path
from tdsep.nmf.splits import Split
from tdsep.nmf.start import generator
from tdsep.nmf.verdict import Verdict
from tdsep.workers import Map, workers

#: Observations that the prior may be worth for each entry of a factor, to be tried.
_STRENGTHS = (0.3, 1.0, 3.0)
#: Numbers of components on which they are tried.
_TRIED = 6


@dataclass(frozen=True, eq=False)
class RankChoice:
    """Error against the number of components, and which number to take.

    Attributes
    ----------
    n_components : int
        The choice.
    convincing : bool
        Whether that number stands out. If not, none does: see the reason.
    reason : str
        Why, in a sentence.
    candidates : ndarray [candidates]
        Numbers of components, rising.
    errors : ndarray [candidates]
        Divergence per entry when all entries are learned from: it falls with the number of
        components, steeply up to the number that the matrix has, if it has one (the elbow).
    held_out_errors : ndarray [candidates, repeats]
        Divergence per entry of entries that were not learned from: it falls no more, or rises
        again, with components that explain chance.
    choices : ndarray [repeats]
        What each repeat alone would choose.
    """

    n_components: int
    convincing: bool
    reason: str
    candidates: np.ndarray
    errors: np.ndarray
    held_out_errors: np.ndarray
    choices: np.ndarray


def choose_rank(
    X: Matrix,
    candidates: Iterable[int],
    *,
    divergence: str | float = "kullback-leibler",
    width: int = 1,
    held_out: float = 0.1,
    repeats: int = 3,
    max_iter: int = 50,
    tol: float = 1e-4,
    seed: int | np.random.Generator | None = None,
    dtype: Any = None,
    progress: Callable[[float], None] | None = None,
) -> RankChoice:
    """Choose a number of components by the error on entries that were not learned from.

    The choice is the smallest number whose held-out error, in the median of the repeats, is above
    the least one by no more than one standard error of that difference. Where nothing stands out
    the result says so: look at `convincing`.

    Parameters
    ----------
    X : array_like [I, J], or sparse for the Kullback-Leibler divergence and width 1
    candidates : iterable of int
        Numbers of components to try.
    divergence, width, tol, seed, dtype
        See `tdsep.nmf.factorize`.
    held_out : float
        Share of the entries held out, between 0 and 1. Of a sparse matrix, which must be one of
        counts, that share of the *counts* is held out instead: it leaves a smaller copy of the
        whole to learn from, without forming what is 0.
    repeats : int
        How often entries are drawn anew to be held out.
    max_iter : int
        Iterations of each fit at most. A fit begins at one with fewer or more components, so that
        it needs few.
    progress : callable, optional
        Called with the share of the fits done.

    Returns
    -------
    RankChoice

    Raises
    ------
    ParameterError
        As `tdsep.nmf.factorize` does, or if there are no candidates.

    Warns
    -----
    UserWarning
        If a candidate is larger than the rows and the columns are many.

    Notes
    -----
    Fits that are to predict have a prior (see `tdsep.nmf.prior`), whose strength is chosen by the
    entries held out, too: the likeliest factors of few data are 0 where no more than chance makes
    them so, and predict what cannot be. Those of `errors` have none.

    References
    ----------
    A. B. Owen, P. O. Perry, "Bi-cross-validation of the SVD and the nonnegative matrix
    factorization", Annals of Applied Statistics 3 (2009) (why to hold out entries).
    A. Neufeld et al., "Data thinning for convolution-closed distributions", JMLR 25 (2024).
    T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2nd ed.,
    Springer 2009, section 7.10 (one standard error).
    """
    numbers = _checked_candidates(candidates)
    repeats = checked_count(repeats, "repeats", 1)
    share_held = checked_number(held_out, "held_out")
    if not 0 < share_held < 1:
        raise ParameterError(f"`held_out` is {share_held:g}: give a share between 0 and 1")
    measure = Divergence.of(divergence)
    width = checked_count(width, "width", 1)
    kind = checked_dtype(dtype)
    checked_history(max_iter, tol, None, "accelerated")
    rng = generator(seed)
    x = checked_matrix(X, "X", sparse=measure.beta == 1 and width == 1)
    if width > x.shape[1]:
        raise ParameterError(
            f"`width` is {width} columns, and the matrix has {x.shape[1]}: give at most these"
        )
    if numbers[-1] > max(x.shape):
        warnings.warn(
            f"{numbers[-1]} components are more than the rows and the columns of X {x.shape}: "
            "X itself is a solution",
            stacklevel=2,
        )
    splits = [Split.draw(x, share_held, rng) for _ in range(repeats)]
    steps = _Steps(2 * (repeats + 1) * len(numbers), progress)

    def path(matrix: Any, weights: np.ndarray | None, share: Map) -> Path:
        return Path(matrix, weights, measure, width, kind, max_iter, tol, rng, share)

    with workers() as share:
        whole = path(x, None, share)
        losses = [fit.loss for fit in _best_fits(whole, numbers, steps)]
        # No more components explain less: what does is a poor minimum.
        errors = np.minimum.accumulate(losses) * whole.unit**measure.beta * measure.factor
        errors /= float(np.prod(x.shape, dtype=np.float64))
        tables = []
        strength = None
        for split in splits:
            learned = path(split.seen, split.weights, share)
            if strength is None:
                strength = _strength(learned, split, numbers, measure)
            fits = _best_fits(learned.under(strength), numbers, steps)
            tables.append([split.errors(fit, learned.unit, measure) for fit in fits])
    verdict = Verdict.of(np.array(numbers), tables, [split.n_entries for split in splits])
    return RankChoice(
        verdict.choice, verdict.convincing, verdict.reason, np.array(numbers), errors,
        verdict.held_out_errors, verdict.choices,
    )  # fmt: skip


def _checked_candidates(candidates: Iterable[int]) -> list[int]:
    if not isinstance(candidates, Iterable):
        raise ParameterError(f"candidates is {candidates!r}: give several numbers of components")
    numbers = sorted({checked_count(k, "a candidate", 1) for k in candidates})
    if not numbers:
        raise ParameterError("there are no candidates: give numbers of components to try")
    return numbers


class _Steps:
    """Counts what is done, and tells of it."""

    def __init__(self, total: int, progress: Callable[[float], None] | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def done(self) -> None:
        """Tell of one more."""
        self._done += 1
        if self._progress:
            self._progress(self._done / self._total)


def _best_fits(path: Path, numbers: list[int], steps: _Steps) -> list[Fit]:
    """Fit each number twice, on the way up and on the way back, and keep the better fit."""
    best: dict[int, Fit] = {}
    for k, fit in path.rising(numbers):
        best[k] = fit
        steps.done()
    for k in reversed(numbers[:-1]):
        fit = path.fewer(fit, fit.n_components - k)
        if path.cost(fit) < path.cost(best[k]):
            best[k] = fit
        steps.done()
    steps.done()
    return [best[k] for k in numbers]


def _strength(path: Path, split: Split, numbers: list[int], measure: Divergence) -> float:
    """Choose the strength of the prior under which entries held out are predicted best."""
    tried = [numbers[i] for i in np.unique(np.geomspace(1, len(numbers), _TRIED).astype(int) - 1)]
    least = [
        min(
            split.errors(fit, path.unit, measure)[0]
            for _, fit in path.under(strength).rising(tried)
        )
        for strength in _STRENGTHS
    ]
    return _STRENGTHS[int(np.argmin(least))]
