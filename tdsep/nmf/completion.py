"""Missing entries of a matrix predicted with the help of others that share its modes.

Few entries overfit: with one in a hundred known, many a row has none, and what factors fitted to
the rest say of it is anything. Three things help. Matrices are brought to one mean and weighted
between "each entry counts alike" and "each matrix counts alike". A prior holds every entry of a
factor near its mean until data say otherwise; how firmly it holds is chosen by known entries, held
out. And fits begin with a firm prior, under which only what is plainest in all matrices stands out,
and go on from there as it is loosened: fewer end where components of one matrix miss their like in
another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import Divergence, mean_divergence
from tdsep.nmf.joint import JointFactorization, Pair, factorize_jointly
from tdsep.nmf.matrices import Matrix, checked_matrix, checked_weights, mean_entry, n_known
from tdsep.nmf.options import checked_count, checked_number
from tdsep.nmf.start import generator

#: Strengths of the prior, one loosened to the next.
STRENGTHS = (10.0, 3.0, 1.0, 0.3)
#: Parts of the known entries that are held out in turn to choose one.
FOLDS = 3
#: The least of these: fewer known entries choose nothing.
_FEWEST = 10
#: Starts of each fit, at random.
_STARTS = 3
#: The prior where there is too little to choose by.
_USUAL = 3.0
#: The mode of the columns of the prior's matrices, which no caller's mode is called.
_COMPONENT = "\0component"


@dataclass(frozen=True, eq=False)
class Completion:
    """Several matrices explained together, so that the first one's missing entries are predicted.

    Attributes
    ----------
    factorization : JointFactorization
        Of the matrices, each divided by its scale. Its losses are those of the last prior.
    scales : dict of float
        By matrix: the mean of its known entries.
    matrix_weights : dict of float
        By matrix: how much an entry counted, its matrix's mean being 1.
    prior : float
        How many average entries the prior of each row's or column's share in a component is worth.
    prior_errors : dict of float
        By strength tried: the divergence per entry on the target's entries held out. Empty where
        the strength was given, or known entries are too few to choose by.
    losses : dict of ndarray [iterations + 1]
        By strength, from firm to loose: the weighted divergences and the prior's part.
    """

    factorization: JointFactorization
    scales: dict[Pair, float]
    matrix_weights: dict[Pair, float]
    prior: float
    prior_errors: dict[float, float]
    losses: dict[float, np.ndarray]

    def prediction(self, pair: Pair) -> np.ndarray:
        """Form the model of one of the matrices, dense.

        Raises
        ------
        ParameterError
            If there was no such matrix.
        """
        if pair not in self.scales:
            raise ParameterError(f"there is no matrix {pair!r}: give one of {list(self.scales)}")
        model = self.factorization.reconstruction(pair)
        return model * model.dtype.type(self.scales[pair])


def complete_jointly(
    matrices: Mapping[Pair, Matrix],
    n_components: int,
    *,
    weights: Mapping[Pair, Matrix] | None = None,
    divergence: str | float = "kullback-leibler",
    prior: float | None = None,
    max_iter: int = 200,
    seed: int | np.random.Generator | None = None,
    dtype: Any = None,
    progress: Callable[[float], None] | None = None,
) -> Completion:
    """Explain several matrices together to predict the missing entries of the first one.

    Parameters
    ----------
    matrices : mapping of (mode of the rows, mode of the columns) to array_like or sparse
        The first one is the target; it must be dense. See `tdsep.nmf.factorize_jointly`.
    n_components : int
        K. With the prior more than needed do little harm.
    weights : mapping of pairs to array_like, optional
        Which entries are known: 0 for a missing one. See `tdsep.nmf.factorize_jointly`.
    divergence : {"kullback-leibler", "euclidean", "itakura-saito"} or float
        See `tdsep.nmf.divergence`.
    prior : float, optional
        What holds each share of a row or column in a component near the mean is worth so many
        average entries of the largest matrix; 0 is maximum likelihood, which overfits. By default
        that of `STRENGTHS` which predicts the target's known entries best, each by a fit that was
        not shown it.
    max_iter, seed, dtype, progress
        See `tdsep.nmf.factorize`.

    Returns
    -------
    Completion

    Raises
    ------
    ParameterError
        As `factorize_jointly` does.

    Notes
    -----
    The prior is one more matrix for each mode: every row or column sees each component once, at
    the mean. Under the Kullback-Leibler divergence that is a gamma prior of the factor's entries.

    References
    ----------
    K. Takeuchi, K. Ishiguro, A. Kimura, H. Sawada, "Non-negative multiple matrix factorization",
    IJCAI 2013 (the model).
    A. T. Cemgil, "Bayesian inference for nonnegative matrix factorisation models", Computational
    Intelligence and Neuroscience 2009 (gamma priors).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> user, good, word = rng.random((30, 2)), rng.random((20, 2)), rng.random((25, 2))
    >>> known = rng.random((30, 20)) < 0.1
    >>> found = complete_jointly(
    ...     {("user", "good"): user @ good.T, ("good", "word"): good @ word.T},
    ...     2, weights={("user", "good"): known}, seed=0,
    ... )
    >>> found.prediction(("user", "good")).shape
    (30, 20)
    """
    problem = _Problem.checked(
        matrices,
        weights,
        {"divergence": divergence, "max_iter": max_iter, "dtype": dtype},
        checked_count(n_components, "n_components", 1),
    )
    rng = generator(seed)
    start = int(rng.integers(2**32))
    if prior is not None:
        prior = checked_number(prior, "prior")
    folds = problem.folds(rng) if prior is None else []
    errors = dict.fromkeys(STRENGTHS if folds else (), 0.0)
    n_cells = sum(held[0].size for held in folds)
    for number, held in enumerate(folds):
        told = _part(progress, number, number + 1, len(folds) + 1)
        for found in problem.without(held).path(STRENGTHS, start, told):
            errors[found.prior] += problem.error(found, held) * held[0].size / n_cells
    if prior is None:
        prior = min(errors, key=lambda strength: errors[strength]) if errors else _USUAL
    steps = (*(strength for strength in STRENGTHS if strength > prior), prior)
    *before, last = problem.path(
        steps, start, _part(progress, len(folds), len(folds) + 1, len(folds) + 1)
    )
    losses = {fit.prior: fit.factorization.losses for fit in (*before, last)}
    return replace(last, prior_errors=errors, losses=losses)


def target_of(matrices: Mapping[Pair, Matrix]) -> Pair:
    """Return the modes of the first matrix, the one to be predicted; ParameterError without any."""
    if not isinstance(matrices, Mapping) or not matrices:
        raise ParameterError("matrices must be given by their modes: {('user', 'good'): X, ...}")
    return next(iter(matrices))


@dataclass(frozen=True)
class _Problem:
    """What is to be explained: checked matrices, their weights, and the options of a fit."""

    matrices: dict[Pair, Any]
    weights: dict[Pair, Any]
    options: dict[str, Any]
    n_components: int

    @classmethod
    def checked(
        cls,
        matrices: Mapping[Pair, Matrix],
        weights: Mapping[Pair, Matrix] | None,
        options: dict[str, Any],
        n_components: int,
    ) -> _Problem:
        """Check enough to compute means; `factorize_jointly` checks the rest."""
        sparse = Divergence.of(options["divergence"]).beta == 1
        target = target_of(matrices)
        checked = {
            pair: checked_matrix(x, f"the matrix {pair}", sparse=sparse and pair != target)
            for pair, x in matrices.items()
        }
        unknown = set(weights or {}) - set(checked)
        if unknown:
            raise ParameterError(f"weights names {unknown.pop()!r}, and there is no such matrix")
        known = {
            pair: checked_weights(w, checked[pair], f"the matrix {pair}")
            for pair, w in (weights or {}).items()
        }
        return cls(checked, known, options, n_components)

    @property
    def target(self) -> Pair:
        return target_of(self.matrices)

    def folds(self, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
        """Draw parts of the target's known entries, by rows and columns; none if they are few."""
        known = self.weights.get(self.target, np.ones(self.matrices[self.target].shape))
        rows, columns = np.nonzero(known)
        if rows.size < _FEWEST:
            return []
        parts = np.array_split(rng.permutation(rows.size), FOLDS)
        folds = [(rows[part], columns[part]) for part in parts]
        x = self.matrices[self.target]
        total = x[rows, columns].sum()
        if any(x[fold].sum() == total for fold in folds):  # nothing would be left to learn from
            return []
        return folds

    def without(self, held: tuple[np.ndarray, np.ndarray]) -> _Problem:
        """Take entries of the target for missing."""
        known = self.weights.get(self.target, np.ones(self.matrices[self.target].shape, np.float32))
        known = known.astype(np.float32)
        known[held] = 0
        return replace(self, weights={**self.weights, self.target: known})

    def error(self, found: Completion, held: tuple[np.ndarray, np.ndarray]) -> float:
        """Divergence of an entry of the target from its prediction, on average."""
        x, model = self.matrices[self.target], found.prediction(self.target)
        kind, unit = self.options["divergence"], found.scales[self.target]
        return mean_divergence(x[held], model[held], kind, unit)

    def path(
        self, priors: Sequence[float], seed: int, progress: Callable[[float], None] | None
    ) -> list[Completion]:
        """Factorise the matrices and what stands for the prior, each time from the last result.

        Of several starts, that is returned which ends with the least loss: components of one matrix
        that have found the wrong ones of another seldom part again.
        """
        known = {pair: self.weights.get(pair) for pair in self.matrices}
        scales = {pair: mean_entry(x, known[pair]) for pair, x in self.matrices.items()}
        sizes = {pair: n_known(x, known[pair]) for pair, x in self.matrices.items()}
        counts = {pair: (max(sizes.values()) / size) ** 0.5 for pair, size in sizes.items()}
        scaled = {pair: x / scales[pair] for pair, x in self.matrices.items()}
        lengths = {
            mode: n
            for pair, x in self.matrices.items()
            for mode, n in zip(pair, x.shape, strict=True)
        }
        mean = self.n_components**-0.5  # of a factor whose products have a mean of 1
        held = {
            (mode, _COMPONENT): np.full((n, self.n_components), mean) for mode, n in lengths.items()
        }
        beta = Divergence.of(self.options["divergence"]).beta
        paths = []
        for start in range(_STARTS):
            path: list[Completion] = []
            factors = None
            for prior in priors:
                n_done = start * len(priors) + len(path)
                found = factorize_jointly(
                    scaled | held,
                    self.n_components,
                    weights=self.weights,
                    matrix_weights=counts | dict.fromkeys(held, prior / mean**beta),
                    factors=factors,
                    fixed_factors={_COMPONENT: np.eye(self.n_components)},
                    seed=np.random.default_rng([seed, start]),
                    progress=_part(progress, n_done, n_done + 1, _STARTS * len(priors)),
                    **self.options,
                )
                factors = {mode: found.factors[mode] for mode in lengths}
                fit = replace(found, factors=factors)
                path.append(Completion(fit, scales, counts, prior, {}, {}))
            paths.append(path)
        return min(paths, key=lambda path: path[-1].factorization.losses[-1])


def _part(
    progress: Callable[[float], None] | None, first: float, last: float, n: float
) -> Callable[[float], None] | None:
    """Tell the share done of n parts, from the first to the last."""
    return (lambda done: progress((first + (last - first) * done) / n)) if progress else None
