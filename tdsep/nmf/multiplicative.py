"""Multiplicative updates, one factor after the other.

Each factor is multiplied by (numerator / denominator)^exponent, the minimiser of a bound on the
loss that touches it at the present value, so that the loss cannot rise.

D. D. Lee, H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the beta-divergence",
Neural Computation 23 (2011), Algorithm 1 (MM).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from tdsep.nmf.history import History

#: The exponent where speed counts. In logarithms the update is a gradient step scaled so that the
#: curvature is about 1 at most near a minimum, whatever the divergence: steps up to twice as long
#: converge.
RELAXED = 1.75
#: How fast the exponent grows again after a sweep that went too far.
_RECOVERY = 1.1


class Problem(Protocol):
    """What is to be minimised: a `Model`, or one whose factors and derivatives are elsewhere."""

    @property
    def learned_modes(self) -> list[int]:
        """The modes of which something is learned."""

    def exponent_of(self, mode: int) -> float:
        """Power of a mode's update under which the loss cannot rise."""

    def statistics(
        self, factors: list[Any], modes: Sequence[int], *, apart: bool, loss: bool = True
    ) -> tuple[float, dict[int, Any]]:
        """Compute the loss and its derivatives by some modes."""

    def updated(self, mode: int, factor: Any, derivative: Any, exponent: float) -> Any:
        """Update one factor."""


def alternate(
    model: Problem, factors: list[Any], history: History, relaxed: float | None = None
) -> list[Any]:
    """Update the factors in turn until the history ends.

    Parameters
    ----------
    model : Problem
    factors : list
        Where to start, as the problem takes them; left as they are.
    history : History
        Receives the losses.
    relaxed : float, optional
        See `sweeps`.

    Returns
    -------
    list
    """
    for reached, loss in sweeps(model, factors, relaxed):
        history.add(loss)
        if history.finished:
            return reached
    history.exhausted()
    return reached


def sweeps(
    model: Problem, factors: list[Any], relaxed: float | None = None
) -> Iterator[tuple[list[Any], float]]:
    """Yield the start and its loss, then what each sweep over the factors makes of it.

    Ends when a sweep does not lower the loss any more, or nothing is to be learned.

    Parameters
    ----------
    model : Problem
    factors : list
    relaxed : float, optional
        Exponent to be tried instead of the one under which the loss cannot rise. A sweep after
        which it would have risen is done again with the latter.
    """
    first = model.learned_modes[:1]
    loss, found = model.statistics(factors, first, apart=True)
    yield factors, loss
    if not first:
        return
    reach = np.inf if relaxed else 1.0
    while True:
        candidate = _swept(model, factors, found, reach, relaxed)
        after, derivatives = model.statistics(candidate, first, apart=True)
        if not after <= loss and reach > 1:
            reach = 1.0
            candidate = _swept(model, factors, found, reach, relaxed)
            after, derivatives = model.statistics(candidate, first, apart=True)
        if not after <= loss:
            return
        factors, loss, found = candidate, after, derivatives
        yield factors, loss
        if relaxed:
            reach *= _RECOVERY


def _swept(
    model: Problem,
    factors: list[Any],
    found: dict[int, Any],
    reach: float,
    relaxed: float | None,
) -> list[Any]:
    """Update each factor once, given the derivative by the first of those to be learned."""
    factors = list(factors)
    for mode in model.learned_modes:
        if mode not in found:
            _, found = model.statistics(factors, [mode], apart=True, loss=False)
        safe = model.exponent_of(mode)
        exponent = max(safe, min(relaxed, safe * reach)) if relaxed else safe
        factors[mode] = model.updated(mode, factors[mode], found[mode], exponent)
    return factors
