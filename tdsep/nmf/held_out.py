"""How well several matrices together predict one of them, against that one alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.completion import Completion, complete_jointly, target_of
from tdsep.nmf.divergences import mean_divergence
from tdsep.nmf.joint import Pair
from tdsep.nmf.matrices import Matrix
from tdsep.nmf.options import checked_number
from tdsep.nmf.start import generator

#: Average entries by which the means of rows and columns are drawn to that of all.
_SHRINKAGE = 5.0


@dataclass(frozen=True, eq=False)
class Comparison:
    """Entries of a matrix that were held out, and what was predicted in their place.

    Attributes
    ----------
    rows, columns : ndarray [n]
        Where they are.
    truth : ndarray [n]
    predictions : dict of ndarray [n]
        "together": by all matrices; "alone": by the same method and the rest of this matrix alone;
        "means": the mean of the row times that of the column, by that of all.
    errors : dict of float
        The divergence per entry of each.
    completion : Completion
        The fit "together".
    """

    rows: np.ndarray
    columns: np.ndarray
    truth: np.ndarray
    predictions: dict[str, np.ndarray]
    errors: dict[str, float]
    completion: Completion


def compare_held_out(
    matrices: Mapping[Pair, Matrix],
    n_components: int,
    share: float,
    *,
    weights: Mapping[Pair, Matrix] | None = None,
    divergence: str | float = "kullback-leibler",
    seed: int | np.random.Generator | None = None,
    progress: Callable[[float], None] | None = None,
    **options: Any,
) -> Comparison:
    """Hold known entries of the first matrix out, and predict them.

    Parameters
    ----------
    matrices, n_components, weights, divergence, seed, progress
        See `complete_jointly`.
    share : float
        Of the known entries, between 0 and 1.
    **options
        The others of `complete_jointly`.

    Raises
    ------
    ParameterError
        As `complete_jointly` does, or if nothing would be left to learn from.
    """
    share = checked_number(share, "share")
    if not 0 < share < 1:
        raise ParameterError(f"the share to hold out is {share:g}: give one between 0 and 1")
    target = target_of(matrices)
    x = np.asarray(matrices[target])
    known = np.array((weights or {}).get(target, np.ones(x.shape)), np.float32)
    rows, columns = np.nonzero(known)
    rng = generator(seed)
    drawn = rng.permutation(rows.size)[: max(1, round(share * rows.size))]
    held = rows[drawn], columns[drawn]
    known[held] = 0
    if not (x * known).any():
        raise ParameterError(
            f"the matrix {target} has too few known entries to hold some out: hold out none"
        )
    options |= {"divergence": divergence, "seed": int(rng.integers(2**32))}
    done = [progress and (lambda part, n=n: progress((n + part) / 2)) for n in range(2)]
    together = complete_jointly(
        matrices, n_components, weights={**(weights or {}), target: known}, progress=done[0],
        **options,
    )  # fmt: skip
    alone = complete_jointly(
        {target: x}, n_components, weights={target: known}, progress=done[1], **options
    )
    predictions = {
        "together": together.prediction(target)[held],
        "alone": alone.prediction(target)[held],
        "means": row_and_column_means(x, known)[held],
    }
    unit = float(x[known > 0].mean())
    errors = {
        name: mean_divergence(x[held], prediction, divergence, unit)
        for name, prediction in predictions.items()
    }
    return Comparison(*held, x[held], predictions, errors, together)


def row_and_column_means(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean of the row times that of the column by that of all, each drawn to the last."""
    total = float((x * known).sum() / known.sum())
    rows, columns = (
        ((x * known).sum(axis) + _SHRINKAGE * total) / (known.sum(axis) + _SHRINKAGE)
        for axis in (1, 0)
    )
    return np.outer(rows, columns) / total
