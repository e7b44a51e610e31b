"""What a model leaves unexplained, and the components that would explain most of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tdsep.nmf.divergences import TINY
from tdsep.nmf.matrices import is_sparse

#: Directions looked at beyond those wanted, and how often they are turned towards the leading ones.
_SPARE = 4
_TURNS = 5
#: What a new component's entries are raised by, beside their mean: one must not begin at 0.
_RAISED = 0.1
#: The least and the largest share of the rank-one model that a new component begins with.
_LEAST_STEP, _LARGEST_STEP = 0.02, 1.0


@dataclass(frozen=True, eq=False)
class Residual:
    """The derivative of a divergence by its model, scaled so that each entry is as uncertain.

    With the sizes r of the rows and t of the columns, the entry x of a model y is
    ``(x - y) y^(beta - 2) (r t)^(1 - beta / 2)``: under the Kullback-Leibler divergence that of
    correspondence analysis.

    Attributes
    ----------
    entries : ndarray or csr_array [I, J]
    offset : pair of ndarray [I] and [J], optional
        Their product is to be taken off the entries.
    margins : pair of ndarray [I] and [J]
        r and t.
    beta : float
    width : int
    seen : float
        Share of the entries that are seen.
    """

    entries: Any
    offset: tuple[np.ndarray, np.ndarray] | None
    margins: tuple[np.ndarray, np.ndarray]
    beta: float
    width: int
    seen: float

    @classmethod
    def of(
        cls,
        x: Any,
        model: np.ndarray,
        weights: np.ndarray | None,
        beta: float,
        margins: tuple[np.ndarray, np.ndarray],
        width: int,
    ) -> Residual:
        """Compare a matrix with its model, [I, J], or of a sparse one that of what it stores."""
        scales = margins[0] ** (1 - beta / 2), margins[1] ** (1 - beta / 2)
        if is_sparse(x):
            entries = x.copy()
            entries.data = x.data / np.maximum(model, TINY)
            return cls(entries.multiply(scales[0][:, None]).multiply(scales[1]).tocsr(), scales,
                       margins, beta, width, 1.0)  # fmt: skip
        entries = (x - model) * np.maximum(model, TINY) ** (beta - 2)
        if weights is not None:
            entries *= weights
        entries *= scales[0][:, None]
        entries *= scales[1]
        seen = 1.0 if weights is None else float(weights.mean())
        return cls(entries, None, margins, beta, width, seen)

    def components(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Find the components along which the divergence falls most.

        The positive and the negative parts of each pair of leading singular vectors are two
        candidates.

        Returns
        -------
        rows, columns : ndarray [I, L, count], [J, count]
            Fewer than asked for where there are no more.
        """
        size = min(count + _SPARE, *self.entries.shape)
        right = rng.standard_normal((self.entries.shape[1], size)).astype(self.entries.dtype)
        for _ in range(_TURNS):
            right = np.linalg.qr(self._turned(np.linalg.qr(self._times(right))[0]))[0]
        left, _, rotation = np.linalg.svd(self._times(right), full_matrices=False)
        right = right @ rotation.T
        left, right = np.hstack([left, -left]), np.hstack([right, -right])
        left, right = (_unit_columns(np.maximum(side, 0)) for side in (left, right))
        gains = np.einsum("ik,ik->k", left, self._times(right))
        best = np.argsort(-gains, kind="stable")[:count]
        best = best[gains[best] > 0]
        return self._begun(left[:, best], right[:, best])

    def _begun(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Turn directions into components of a size that lowers the divergence."""
        scales = [np.tile(self.margins[0], self.width), self.margins[1]]
        parts = []
        for direction, margin in zip((left, right), scales, strict=True):
            relative = direction / margin[:, None] ** (self.beta / 2)
            relative /= relative.mean(axis=0)
            parts.append((relative + _RAISED) / (1 + _RAISED))
        scaled = [p * m[:, None] ** (self.beta / 2) for p, m in zip(parts, scales, strict=True)]
        gains = np.einsum("ik,ik->k", scaled[0], self._times(scaled[1]))
        curvatures = (scaled[0] ** 2).sum(axis=0) * (scaled[1] ** 2).sum(axis=0) * self.seen
        steps = np.clip(gains / curvatures, _LEAST_STEP, _LARGEST_STEP)
        shape = self.width, len(self.margins[0]), left.shape[1]
        rows = parts[0].reshape(shape).transpose(1, 0, 2) / self.width
        return rows * self.margins[0][:, None, None], parts[1] * self.margins[1][:, None] * steps

    def _times(self, right: np.ndarray) -> np.ndarray:
        """Multiply by columns [J, n], lag below lag: [L * I, n]."""
        n_columns = right.shape[0]
        lags = [self.entries[:, lag:] @ right[: n_columns - lag] for lag in range(self.width)]
        if self.offset is None:
            return np.vstack(lags)
        return lags[0] - np.outer(self.offset[0], self.offset[1] @ right).reshape(lags[0].shape)

    def _turned(self, left: np.ndarray) -> np.ndarray:
        """Multiply the transpose by rows [L * I, n]."""
        n_columns = self.entries.shape[1]
        if self.offset is not None:
            back = self.entries.T @ left
            return back - np.outer(self.offset[1], self.offset[0] @ left).reshape(back.shape)
        total = np.zeros((n_columns, left.shape[1]), left.dtype)
        for lag, rows in enumerate(np.split(left, self.width)):
            total[: n_columns - lag] += self.entries[:, lag:].T @ rows
        return total


def _unit_columns(array: np.ndarray) -> np.ndarray:
    sizes = np.linalg.norm(array, axis=0)
    return array / np.where(sizes > 0, sizes, 1)
