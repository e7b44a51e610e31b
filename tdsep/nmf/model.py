"""A model as the solvers see it: factors, and matrices that pairs of them explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tdsep.nmf.divergences import power
from tdsep.nmf.prior import Prior
from tdsep.nmf.terms import Derivative, Need, Term
from tdsep.workers import Map

#: One array a mode: [n, width * K], lag by lag.
Factors = list[np.ndarray]
#: Where an update with a larger exponent would multiply by more, it is kept from overflowing.
_FARTHEST = 1e6
#: Rows of a factor updated at a time.
_ROWS = 4096


@dataclass(frozen=True)
class Link:
    """A matrix, the modes of its rows and of its columns, and how much it counts."""

    term: Term
    rows: int
    columns: int
    weight: float = 1.0


@dataclass(frozen=True)
class Model:
    """What is to be minimised, and over what.

    Attributes
    ----------
    links : sequence of Link
    n_fixed : sequence of int
        For each mode, how many of the components, from the first, keep their factor.
    n_components : int
        K, padding included.
    widths : sequence of int
        For each mode, how many columns a component has.
    exponent : float
        Power of the multiplicative update under which the loss cannot rise.
    share : Map
        Spreads work over threads.
    sparsity : float
        Adds this times the sum over components of the Euclidean norm of its basis (mode 0) times
        the sum of its activations (mode 1): sparse activations for bases of one energy, whatever
        the scales. (J. Le Roux, F. Weninger, J. R. Hershey, "Sparse NMF - half-baked or well
        done?", MERL TR2015-023, eq. 10.)
    scaling_is_free : bool
        Whether the parts of the derivatives cost no more than their difference, as they do where
        the denominators are mere sums of the factors (Kullback-Leibler without weights).
    prior : Prior, optional
        Of the factors.
    """

    links: Sequence[Link]
    n_fixed: Sequence[int]
    n_components: int
    widths: Sequence[int]
    exponent: float
    share: Map
    sparsity: float = 0.0
    scaling_is_free: bool = False
    prior: Prior | None = None

    @property
    def learned_modes(self) -> list[int]:
        """The modes of which something is learned."""
        return [m for m, fixed in enumerate(self.n_fixed) if fixed < self.n_components]

    def learned(self, mode: int, array: np.ndarray) -> np.ndarray:
        """View of the components to be learned, [n, width, components], of a factor's like."""
        components = array.reshape(array.shape[0], self.widths[mode], -1)
        return components[:, :, self.n_fixed[mode] :]

    def exponent_of(self, mode: int) -> float:
        """Power of a mode's multiplicative update under which the loss cannot rise."""
        if self.sparsity and mode == 0:
            # The norm is bounded by a square: the bound's powers lie up to one further apart.
            return self.exponent / (1 + self.exponent)
        return self.exponent

    def statistics(
        self, factors: Factors, modes: Sequence[int], *, apart: bool, loss: bool = True
    ) -> tuple[float, dict[int, Derivative]]:
        """Compute the loss and its derivatives by some modes.

        Parameters
        ----------
        factors : list of ndarray
        modes : sequence of int
        apart : bool
            See `Need`.
        loss : bool
            Without it matrices that do not touch the modes are left out.
        """
        total = 0.0
        found: dict[int, Derivative] = {mode: Derivative() for mode in modes}
        for link in self.links:
            need = Need(loss, link.rows in found, link.columns in found, apart)
            if not any(need[:3]):
                continue
            part = link.term.statistics(factors[link.rows], factors[link.columns], need, self.share)
            total += link.weight * part.loss
            for mode, derivative in ((link.rows, part.rows), (link.columns, part.columns)):
                if derivative is not None:
                    found[mode] = found[mode].plus(derivative, link.weight)
        if self.sparsity:
            total += self._penalise(factors, found, apart)
        if self.prior:
            total += self.prior.penalise(factors, list(self.widths), found, apart=apart)
        return total, found

    def updated(
        self, mode: int, factor: np.ndarray, derivative: Derivative, exponent: float
    ) -> np.ndarray:
        """Multiply what is learned of a factor by (numerator / denominator)^exponent.

        Parameters
        ----------
        mode : int
        factor : ndarray [n, width * K]
            Left as it is.
        derivative : Derivative
            Its parts apart.
        exponent : float

        Returns
        -------
        ndarray
        """
        updated = factor.copy() if self.n_fixed[mode] else np.empty_like(factor)
        numerator, denominator = derivative.numerator, derivative.denominator
        assert numerator is not None and denominator is not None
        observed = bool(denominator.min() > 0)
        denominator = np.broadcast_to(denominator, factor.shape)

        def update(start: int) -> None:
            rows = slice(start, start + _ROWS)
            over, under = (self.learned(mode, part[rows]) for part in (numerator, denominator))
            ratio = self.learned(mode, updated[rows])
            if observed:
                np.divide(over, under, out=ratio)
            else:  # where nothing is observed nothing is learned
                ratio[...] = 1
                np.divide(over, under, out=ratio, where=under > 0)
            if exponent > self.exponent_of(mode):
                np.minimum(ratio, _FARTHEST, out=ratio)
            if exponent != 1:
                power(ratio, exponent, out=ratio)
            ratio *= self.learned(mode, factor[rows])
            flush(ratio)

        self.share(update, range(0, factor.shape[0], _ROWS))
        return updated

    def _penalise(self, factors: Factors, found: dict[int, Derivative], apart: bool) -> float:
        bases = factors[0].reshape(factors[0].shape[0], self.widths[0], -1)
        norms = np.sqrt(np.einsum("ilk,ilk->k", bases, bases))
        sums = factors[1].sum(axis=0)
        by_norm = np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0)
        slopes = {0: (bases * by_norm).reshape(factors[0].shape), 1: norms[None]}
        for mode, slope in slopes.items():
            if mode in found:
                slope = slope * slope.dtype.type(self.sparsity)
                found[mode] = found[mode].plus(
                    Derivative(denominator=slope) if apart else Derivative(difference=slope)
                )
        return self.sparsity * float(norms.astype(np.float64) @ sums)


def flush(factor: np.ndarray) -> None:
    """Set to 0 what is so small, in place, that its products would fall below the normal numbers.

    Such values decay towards 0 for ever, add nothing to a model in units of about 1, and slow the
    processor down severalfold.
    """
    factor *= factor >= np.sqrt(np.finfo(factor.dtype).tiny)
