"""Multiplicative updates, one factor after the other.

Each factor is multiplied by (numerator / denominator)^exponent, the minimiser of a bound on the
loss that touches it at the present value, so that the loss cannot rise.

D. D. Lee, H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the beta-divergence",
Neural Computation 23 (2011), Algorithm 1 (MM).
"""

from __future__ import annotations

import numpy as np

from tdsep.nmf.divergences import power
from tdsep.nmf.history import History
from tdsep.nmf.model import Factors, Model
from tdsep.nmf.terms import Derivative

#: What the exponent is multiplied by where speed counts. In logarithms the update is a gradient
#: step whose curvature is at most 1 near a minimum, so that steps up to twice as long converge.
RELAXATION = 1.75
#: How fast the relaxation comes back after a step that went too far.
_RECOVERY = 1.1
#: Rows of a factor updated at a time.
_ROWS = 4096


def alternate(model: Model, factors: Factors, history: History, relaxation: float = 1.0) -> Factors:
    """Update the factors in turn until the history ends.

    Parameters
    ----------
    model : Model
    factors : list of ndarray
        Where to start; left as they are.
    history : History
        Receives the losses.
    relaxation : float
        What the exponents are multiplied by as long as the loss falls; a sweep after which it
        would have risen is done again without.

    Returns
    -------
    list of ndarray
    """
    first = model.learned_modes[:1]
    loss, found = model.statistics(factors, first, apart=True)
    history.add(loss)
    stretch = relaxation
    while not history.finished:
        candidate = sweep(model, factors, found, stretch)
        loss, derivatives = model.statistics(candidate, first, apart=True)
        if not loss <= history.last and stretch > 1:
            stretch = 1.0
            candidate = sweep(model, factors, found, stretch)
            loss, derivatives = model.statistics(candidate, first, apart=True)
        if not loss <= history.last:
            history.exhausted()
            break
        factors, found = candidate, derivatives
        history.add(loss)
        stretch = min(relaxation, stretch * _RECOVERY)
    return factors


def sweep(
    model: Model, factors: Factors, found: dict[int, Derivative], relaxation: float = 1.0
) -> Factors:
    """Update each factor once, given the derivative by the first of those to be learned."""
    factors = list(factors)
    for mode in model.learned_modes:
        if mode not in found:
            _, found = model.statistics(factors, [mode], apart=True, loss=False)
        factors[mode] = _updated(
            model, mode, factors[mode], found[mode], relaxation * model.exponent_of(mode)
        )
    return factors


def _updated(
    model: Model, mode: int, factor: np.ndarray, derivative: Derivative, exponent: float
) -> np.ndarray:
    updated = factor.copy()
    numerator, denominator = derivative.numerator, derivative.denominator
    assert numerator is not None and denominator is not None
    observed = bool(denominator.min() > 0)
    denominator = np.broadcast_to(denominator, factor.shape)

    def update(start: int) -> None:
        rows = slice(start, start + _ROWS)
        over, under = (model.learned(mode, part[rows]) for part in (numerator, denominator))
        if observed:
            ratio = over / under
        else:  # where nothing is observed nothing is learned
            ratio = np.divide(over, under, out=np.ones_like(over), where=under > 0)
        if exponent != 1:
            power(ratio, exponent, out=ratio)
        model.learned(mode, updated[rows])[...] *= ratio

    model.share(update, range(0, factor.shape[0], _ROWS))
    return updated
