"""All factors at once by a quasi-Newton method, in logarithms.

In the logarithm of a factor its derivative is factor * (denominator - numerator), and the
multiplicative update is, to first order, a gradient step scaled by factor * denominator. Limited-
memory BFGS with that scaling as its first guess of the curvature learns from the last steps how
the components hang together: it needs a fraction of the updates' iterations, and three matrix
products an iteration (the model and both derivatives) where alternating updates take four or six.

J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd ed., Springer 2006, Algorithm 7.4.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import numpy as np
from scipy.linalg import get_blas_funcs

from tdsep.nmf.history import History
from tdsep.nmf.model import Factors, Model, flush
from tdsep.nmf.multiplicative import sweeps
from tdsep.nmf.terms import Derivative

#: As long as a sweep of multiplicative updates lowers the loss by this share, another is made.
FAST = 0.1
#: The exponent of these sweeps.
FIRST_EXPONENT = 1.5
#: Steps that are remembered.
MEMORY = 6
#: Iterations for which a scaling is kept, where it costs matrix products of its own.
KEPT = 5
#: Longest step of an entry, in logarithms.
LONGEST_STEP = 0.8
#: How often a step is tried, and what one that went too far is shortened to.
_ATTEMPTS = 2
_SHORTER = 0.5
#: A pair of steps and gradients is remembered where its curvature is at least this share of the
#: scaling's.
_LEAST_CURVATURE = 1e-6


def quasi_newton(model: Model, factors: Factors, history: History) -> Factors:
    """Minimise over all learned factors together until the history ends.

    Parameters
    ----------
    model : Model
    factors : list of ndarray
        Where to start; left as they are.
    history : History
        Receives the losses.

    Returns
    -------
    list of ndarray
    """
    # Updates one after the other go far at first, and make exact zeros, which logarithms cannot.
    for reached, loss in sweeps(model, factors, FIRST_EXPONENT):
        history.add(loss)
        factors = reached
        if history.finished:
            return factors
        if history.gain < FAST:
            break
    point = _Point(model, factors, scaling=True)
    memory = _Memory(point)
    while not history.finished:
        following = _step(model, point, memory)
        if following is None:
            history.exhausted()
            break
        point = following
        history.add(point.loss)
    return point.factors


class _Point:
    """Factors, their loss and gradient, and the scaling if it is asked for or costs nothing."""

    def __init__(self, model: Model, factors: Factors, *, scaling: bool) -> None:
        modes = model.learned_modes
        self.factors = factors
        self.loss, found = model.statistics(factors, modes, apart=scaling)
        self.values = _joined([factors[m] for m in modes])
        self.gradient = _joined([_masked(model, m, found[m].gradient) for m in modes])
        self.gradient *= self.values
        self.scaling: np.ndarray | None = None
        if scaling:
            denominators = [_full(found[m], factors[m].shape) for m in modes]
            self.scaling = _joined(denominators)
            self.scaling *= self.values
            # What next to nothing depends on moves little; what divides by it must not overflow.
            np.maximum(self.scaling, np.sqrt(np.finfo(self.values.dtype).tiny), out=self.scaling)

    def moved(self, model: Model, step: np.ndarray, *, scaling: bool) -> _Point:
        """Go to the point a step away."""
        values = np.exp(step)
        values *= self.values
        flush(values)
        factors, start = list(self.factors), 0
        for mode in model.learned_modes:
            shape, size = factors[mode].shape, factors[mode].size
            factors[mode] = values[start : start + size].reshape(shape)
            start += size
        return _Point(model, factors, scaling=scaling)


class _Memory:
    """Steps made and what they did to the gradient: an approximate inverse Hessian."""

    def __init__(self, point: _Point) -> None:
        self._pairs: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=MEMORY)
        self.restart(point)

    def restart(self, point: _Point) -> None:
        """Begin anew at a point that has a scaling."""
        assert point.scaling is not None
        self._scaling, self.age = point.scaling, 0
        self._pairs.clear()

    def add(self, before: _Point, step: np.ndarray, after: _Point) -> None:
        """Remember a step; take over the new point's scaling if it has one."""
        change = after.gradient - before.gradient
        curvature = float(step @ change)
        if curvature > _LEAST_CURVATURE * float(change @ (change / self._scaling)):
            self._pairs.append((step, change, 1 / curvature))
        self.age += 1
        if after.scaling is not None:
            self._scaling, self.age = after.scaling, 0

    def direction(self, gradient: np.ndarray) -> np.ndarray:
        """Quasi-Newton step (L-BFGS two-loop recursion), each entry's length limited."""
        if not self._pairs:  # all updates at once, with half their exponent
            step = gradient / self._scaling
            step *= -0.5
            return np.clip(step, -LONGEST_STEP, LONGEST_STEP, out=step)
        left, (add,) = gradient.copy(), get_blas_funcs(["axpy"], [gradient])
        along = []
        for step, change, inverse in reversed(self._pairs):
            a = inverse * float(step @ left)
            along.append(a)
            add(change, left, a=-a)
        _, change, inverse = self._pairs[-1]
        left *= 1 / (inverse * float(change @ (change / self._scaling)))
        left /= self._scaling
        for (step, change, inverse), a in zip(self._pairs, reversed(along), strict=True):
            add(step, left, a=a - inverse * float(change @ left))
        if not float(left @ gradient) > 0:  # rounding led astray
            self._pairs.clear()
            return self.direction(gradient)
        np.negative(left, out=left)
        return np.clip(left, -LONGEST_STEP, LONGEST_STEP, out=left)


def _step(model: Model, point: _Point, memory: _Memory) -> _Point | None:
    """Find the next point, of a lower loss; None if there is none."""
    step = memory.direction(point.gradient)
    fresh = model.scaling_is_free or memory.age + 1 >= KEPT
    for _ in range(_ATTEMPTS):
        following = point.moved(model, step, scaling=fresh)
        if following.loss < point.loss:
            memory.add(point, step, following)
            return following
        step *= step.dtype.type(_SHORTER)
    for factors, loss in islice(sweeps(model, point.factors), 1, 2):
        if loss < point.loss:
            following = _Point(model, factors, scaling=True)
            memory.restart(following)
            return following
    return None


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def _full(derivative: Derivative, shape: tuple[int, ...]) -> np.ndarray:
    assert derivative.denominator is not None
    return np.broadcast_to(derivative.denominator, shape)


def _masked(model: Model, mode: int, gradient: np.ndarray) -> np.ndarray:
    """Clear the gradient where components are fixed."""
    if not model.n_fixed[mode]:
        return gradient
    masked = np.zeros_like(gradient)
    model.learned(mode, masked)[...] = model.learned(mode, gradient)
    return masked
