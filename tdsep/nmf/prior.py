"""A prior that draws factors towards the sums of rows and columns where the data say little.

Each entry of a factor, divided by the size of its row or column, has a gamma distribution around
the mean of its component:

    -log p = α Σ_k [ n log mean_i(f_ik / m_i) - Σ_i log(f_ik / m_i) ] + constant,

which is 0 for a component that says nothing but how large rows and columns are, and keeps entries
from becoming 0 by chance. α is worth that many observations of each entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.nmf.terms import Derivative

#: What a logarithm is taken of at least.
_TINY = 1e-30


@dataclass(frozen=True, eq=False)
class Prior:
    """The prior of a model's factors, as something to be added to its loss.

    Attributes
    ----------
    strength : float
        α times the dispersion of the noise, in the loss's unit.
    margins : sequence of ndarray [n]
        For each mode the sizes of its rows or columns.
    n_components : int
        K, without padding.
    """

    strength: float
    margins: tuple[np.ndarray, ...]
    n_components: int

    def cost(self, factors: list[np.ndarray], widths: list[int]) -> float:
        """Return the penalty, with its strength."""
        return self.penalise(factors, widths, {}, apart=False)

    def penalise(
        self,
        factors: list[np.ndarray],
        widths: list[int],
        found: dict[int, Derivative],
        *,
        apart: bool,
    ) -> float:
        """Add the derivatives of the penalty to those found, and return it.

        Parameters
        ----------
        factors : list of ndarray [n, width * K]
            Padding included.
        widths : list of int
        found : dict of mode to Derivative
        apart : bool
            See `tdsep.nmf.terms.Need`.
        """
        total = 0.0
        for mode, (factor, margin) in enumerate(zip(factors, self.margins, strict=True)):
            stacked = factor.reshape(factor.shape[0], widths[mode], -1)
            entries = np.maximum(stacked[:, :, : self.n_components], _TINY)
            sizes = margin.astype(factor.dtype)[:, None, None]
            relative = entries / sizes
            means = relative.mean(axis=(0, 1))
            count = relative.shape[0] * relative.shape[1]
            total += count * float(np.log(means).sum()) - float(
                np.log(relative).sum(dtype=np.float64)
            )
            if mode in found:
                found[mode] = found[mode].plus(self._slopes(stacked, entries, sizes * means, apart))
        return self.strength * total

    def _slopes(
        self, stacked: np.ndarray, entries: np.ndarray, means: np.ndarray, apart: bool
    ) -> Derivative:
        parts = np.zeros((2, *stacked.shape), stacked.dtype)
        kept = slice(None), slice(None), slice(self.n_components)
        strength = stacked.dtype.type(self.strength)
        np.divide(strength, entries, out=parts[0][kept])
        np.divide(strength, means, out=parts[1][kept])
        numerator, denominator = parts.reshape(2, stacked.shape[0], -1)
        if apart:
            return Derivative(numerator, denominator)
        return Derivative(difference=denominator - numerator)
