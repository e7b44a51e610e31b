"""A race of factorisations: from the same start on the same data to the same divergence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
import scipy.sparse
from nmf_peers import Factors, Peer, dense_divergence, sparse_divergence

from tdsep.nmf import Factorization, factorize

#: Iterations of tdsep at most.
LIMIT = 100


@dataclass(frozen=True)
class Problem:
    """A matrix, where to start, and the divergence to minimise."""

    X: Any
    bases: np.ndarray
    activations: np.ndarray
    kind: str

    @classmethod
    def of(cls, X: Any, n_components: int, kind: str, width: int = 1) -> Problem:
        """Draw start values whose model has the matrix's mean, and bases a sum of 1."""
        rng = np.random.default_rng(0)
        bases = rng.random((X.shape[0], n_components, width)) + 1e-3
        bases /= bases.sum(axis=(0, 2), keepdims=True)
        activations = rng.random((n_components, X.shape[1])) + 1e-3
        activations *= X.mean() * X.shape[0] / activations.mean() / n_components
        return cls(X, bases if width > 1 else bases[:, :, 0], activations, kind)

    def by(self, peer: Peer, n_iter: int) -> Factors:
        """Factorise by a peer."""
        return peer(self.X, self.bases, self.activations, n_iter)

    def by_tdsep(self, n_iter: int) -> Factorization:
        """Factorise by tdsep."""
        return factorize(
            self.X,
            len(self.activations),
            divergence=self.kind,
            width=self.bases.shape[2] if self.bases.ndim == 3 else 1,
            bases=self.bases,
            activations=self.activations,
            max_iter=n_iter,
            tol=0,
        )

    def divergence(self, factors: Factors) -> float:
        """Return the divergence of a model."""
        if scipy.sparse.issparse(self.X):
            return sparse_divergence(self.X, factors)
        return dense_divergence(self.X, factors, self.kind)

    def iterations_of(self, peer: Peer, target: float, step: int, limit: int) -> int | None:
        """Return how many of a peer's iterations, in steps, reach a target."""
        factors = self.bases, self.activations
        for n_iter in range(step, limit + 1, step):
            factors = peer(self.X, *factors, step)
            if self.divergence(factors) <= target:
                return n_iter
        return None

    def iterations_of_tdsep(self, target: float, limit: int) -> tuple[int, float]:
        """Return the fewest iterations that reach a target, and the divergence they reach."""
        reached = np.flatnonzero(self.by_tdsep(limit).losses <= target)
        n_iter = int(reached[0]) if reached.size else limit
        while True:  # its own losses may differ from ours by rounding
            found = self.by_tdsep(n_iter)
            divergence = self.divergence((found.bases, found.activations))
            if divergence <= target or n_iter >= limit:
                return n_iter, divergence
            n_iter += 1


@dataclass(frozen=True)
class Times:
    """Seconds of several runs."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """What is compared."""
        return median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3g} s ({min(self.seconds):.3g} to {max(self.seconds):.3g})"


def take_turns(tasks: dict[Any, Callable[[], object]], runs: int) -> dict[Any, Times]:
    """Time tasks in turns."""
    times = {name: Times() for name in tasks}
    for _ in range(runs):
        for name, task in tasks.items():
            time.sleep(0.2)  # until the threads of the task before have gone to sleep
            start = time.perf_counter()
            task()
            times[name].seconds.append(time.perf_counter() - start)
    return times


def race(
    problem: Problem, target: float, peers: dict[str, Callable[[], object]], runs: int
) -> tuple[int, float]:
    """Print the time of peers that reach a target and tdsep's until it.

    Returns
    -------
    tuple of int and float
        tdsep's iterations and the seconds they take.
    """
    n_iter, divergence = problem.iterations_of_tdsep(target, LIMIT)
    times = take_turns({**peers, "tdsep": lambda: problem.by_tdsep(n_iter)}, runs)
    ours = times.pop("tdsep")
    print(f"  {problem.kind} to {target:.6g}")
    for name, theirs in times.items():
        fastest = min(theirs.seconds) / min(ours.seconds)
        ratio = theirs.median / ours.median
        print(f"    {name}: {theirs}; ratio {ratio:.1f}x ({fastest:.1f}x)")
    beyond = 100 * (1 - divergence / target)
    missed = "" if beyond >= 0 else ": TARGET MISSED"
    print(f"    tdsep, {n_iter} iterations: {ours}; {beyond:.2f} % below{missed}")
    return n_iter, ours.median
