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
    def gain(self) -> float:
        """Share by which the last iteration lowered the loss; at the start, all of it."""
        if len(self.losses) < 2 or self.losses[-2] <= 0:
            return 1.0
        return 1 - self.losses[-1] / self.losses[-2]

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to do."""
        return self.converged or len(self.losses) > self._max_iter

    def add(self, loss: float) -> None:
        """Note an iteration (or the start)."""
        loss = max(loss, 0.0)  # rounding may take a perfect fit below
        self.losses.append(loss)
        if len(self.losses) > WINDOW:
            before = self.losses[-1 - WINDOW]
            self.converged = before - loss < self._tol * before
        self.converged |= loss == 0
        if self._progress:
            self._progress(1.0 if self.finished else (len(self.losses) - 1) / self._max_iter)

    def exhausted(self) -> None:
        """Note that no step lowers the loss any more: what is left is rounding."""
        if not self.converged:
            self.converged = True
            if self._progress:
                self._progress(1.0)
