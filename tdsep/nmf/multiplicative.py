"""Multiplicative updates, one factor after the other.

Each factor is multiplied by (numerator / denominator)^exponent, the minimiser of a bound on the
loss that touches it at the present value, so that the loss cannot rise.

D. D. Lee, H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
C. Févotte, J. Idier, "Algorithms for nonnegative matrix factorization with the beta-divergence",
Neural Computation 23 (2011), Algorithm 1 (MM).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tdsep.nmf.divergences import power
from tdsep.nmf.history import History
from tdsep.nmf.model import Factors, Model, flush
from tdsep.nmf.terms import Derivative

#: The exponent where speed counts. In logarithms the update is a gradient step scaled so that the
#: curvature is about 1 at most near a minimum, whatever the divergence: steps up to twice as long
#: converge.
RELAXED = 1.75
#: Where a relaxed update would multiply by more, it is kept from overflowing.
_FARTHEST = 1e6
#: How fast the exponent grows again after a sweep that went too far.
_RECOVERY = 1.1
#: Rows of a factor updated at a time.
_ROWS = 4096


def alternate(
    model: Model, factors: Factors, history: History, relaxed: float | None = None
) -> Factors:
    """Update the factors in turn until the history ends.

    Parameters
    ----------
    model : Model
    factors : list of ndarray
        Where to start; left as they are.
    history : History
        Receives the losses.
    relaxed : float, optional
        See `sweeps`.

    Returns
    -------
    list of ndarray
    """
    for reached, loss in sweeps(model, factors, relaxed):
        history.add(loss)
        if history.finished:
            return reached
    history.exhausted()
    return reached


def sweeps(
    model: Model, factors: Factors, relaxed: float | None = None
) -> Iterator[tuple[Factors, float]]:
    """Yield the start and its loss, then what each sweep over the factors makes of it.

    Ends when a sweep does not lower the loss any more.

    Parameters
    ----------
    model : Model
    factors : list of ndarray
    relaxed : float, optional
        Exponent to be tried instead of the one under which the loss cannot rise. A sweep after
        which it would have risen is done again with the latter.
    """
    first = model.learned_modes[:1]
    loss, found = model.statistics(factors, first, apart=True)
    yield factors, loss
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
    model: Model,
    factors: Factors,
    found: dict[int, Derivative],
    reach: float,
    relaxed: float | None,
) -> Factors:
    """Update each factor once, given the derivative by the first of those to be learned."""
    factors = list(factors)
    for mode in model.learned_modes:
        if mode not in found:
            _, found = model.statistics(factors, [mode], apart=True, loss=False)
        safe = model.exponent_of(mode)
        exponent = max(safe, min(relaxed, safe * reach)) if relaxed else safe
        factors[mode] = _updated(model, mode, factors[mode], found[mode], exponent)
    return factors


def _updated(
    model: Model, mode: int, factor: np.ndarray, derivative: Derivative, exponent: float
) -> np.ndarray:
    updated = factor.copy() if model.n_fixed[mode] else np.empty_like(factor)
    numerator, denominator = derivative.numerator, derivative.denominator
    assert numerator is not None and denominator is not None
    observed = bool(denominator.min() > 0)
    denominator = np.broadcast_to(denominator, factor.shape)

    def update(start: int) -> None:
        rows = slice(start, start + _ROWS)
        over, under = (model.learned(mode, part[rows]) for part in (numerator, denominator))
        ratio = model.learned(mode, updated[rows])
        if observed:
            np.divide(over, under, out=ratio)
        else:  # where nothing is observed nothing is learned
            ratio[...] = 1
            np.divide(over, under, out=ratio, where=under > 0)
        if exponent > model.exponent_of(mode):
            np.minimum(ratio, _FARTHEST, out=ratio)
        if exponent != 1:
            power(ratio, exponent, out=ratio)
        ratio *= model.learned(mode, factor[rows])
        flush(ratio)

    model.share(update, range(0, factor.shape[0], _ROWS))
    return updated
