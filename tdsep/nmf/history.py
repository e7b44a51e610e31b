"""The course of a descent: its losses, when it ends, and who is told."""

from __future__ import annotations

from collections.abc import Callable

#: Iterations over which the loss must fall by the tolerance: single ones may gain little.
WINDOW = 10


class History:
    """Losses from the start on, which never rise.

    Parameters
    ----------
    max_iter : int
    tol : float
        The descent has converged when the loss fell by less than this share in ten iterations.
    progress : callable, optional
        Told the share of the iterations done.
    """

    def __init__(self, max_iter: int, tol: float, progress: Callable[[float], None] | None) -> None:
        self.losses: list[float] = []
        self.converged = False
        self._max_iter = max_iter
        self._tol = tol
        self._progress = progress

    @property
    def last(self) -> float:
        """The loss now."""
        return self.losses[-1]

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to do."""
        return self.converged or len(self.losses) > self._max_iter

    def add(self, loss: float) -> None:
        """Note an iteration (or the start)."""
        self.losses.append(loss)
        if len(self.losses) > WINDOW:
            before = self.losses[-1 - WINDOW]
            self.converged = before - loss < self._tol * before
        if self._progress and self._max_iter:
            self._progress(min(1.0, (len(self.losses) - 1) / self._max_iter))

    def exhausted(self) -> None:
        """Note that no step lowers the loss any more: what is left is rounding."""
        self.converged = True
