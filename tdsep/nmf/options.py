"""The options that all factorisations share, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.history import History

#: Ways to minimise: the fastest known for the problem, or the textbook's updates as they are.
SOLVERS = ("accelerated", "multiplicative")


def checked_count(value: Any, name: str, least: int) -> int:
    """Check a whole number of at least so much."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"{name} is {value!r}: give a whole number from {least} up")
    if value < least:
        raise ParameterError(f"{name} is {value}: give a whole number from {least} up")
    return int(value)


def checked_number(value: Any, name: str) -> float:
    """Check a finite number from 0 up."""
    number = isinstance(value, (int, float, np.integer, np.floating))
    if isinstance(value, bool) or not number or not 0 <= value < np.inf:
        raise ParameterError(f"{name} is {value!r}: give a number from 0 up")
    return float(value)


def checked_dtype(dtype: Any) -> np.dtype:
    """Check the type to compute in: single precision unless double is asked for."""
    try:
        found = np.dtype(np.float32 if dtype is None else dtype)
    except TypeError as error:
        raise ParameterError(f"{dtype!r} is no dtype: give float32 or float64") from error
    if found not in (np.float32, np.float64):
        raise ParameterError(f"dtype is {found.name}: give float32 or float64")
    return found


def checked_history(
    max_iter: int, tol: float, progress: Callable[[float], None] | None, solver: str
) -> History:
    """Check the options of a solver, and open its history."""
    if solver not in SOLVERS:
        raise ParameterError(f"there is no solver {solver!r}: give one of {SOLVERS}")
    return History(checked_count(max_iter, "max_iter", 0), checked_number(tol, "tol"), progress)
