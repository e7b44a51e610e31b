"""The work on blocks of a sparse matrix as tasks for the workers of a Dask cluster.

What the tasks do is what one machine does: a block is a `SparseTerm`, its statistics and the
updates are those of a `Model`. Only who calls them, and where, is told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ClusterError, ParameterError
from tdsep.nmf.matrices import checked_matrix, in_units, is_sparse
from tdsep.nmf.model import Link, Model
from tdsep.nmf.terms import Derivative
from tdsep.workers import workers

if TYPE_CHECKING:
    from distributed import Client, Future

    from tdsep.nmf.sparse import SparseTerm

#: Seconds for which the cluster may be without workers: they may be starting again.
PATIENCE = 30
#: Loss, and the numerator and the denominator by each mode asked for: arrays, whose size Dask sees.
Found = tuple[float, dict[int, tuple[Any, Any]]]


class Summary(NamedTuple):
    """What has to be known of a part of a matrix before it can be factorised."""

    sizes: list[int]
    width: int
    total: float


@dataclass(frozen=True)
class Part:
    """What one worker has of a matrix.

    Attributes
    ----------
    term : Future of SparseTerm
    worker : str
        Where everything that concerns it is done, as long as that worker lives.
    lines : ndarray of int
        Its rows, or columns, in the matrix.
    """

    term: Future
    worker: str
    lines: np.ndarray


@dataclass(frozen=True)
class RemoteModel:
    """A matrix in parts on the workers of a cluster, as a `multiplicative.Problem`.

    One factor, that of the lines along which the matrix is cut, is where the parts are: a list of
    futures. The other one and its derivative travel. Nothing comes here but losses.

    Attributes
    ----------
    client : Client
    parts : sequence of Part
    model : Model
        Without links.
    cut : int
        The mode of the lines along which the matrix is cut.
    """

    client: Client
    parts: Sequence[Part]
    model: Model
    cut: int

    @property
    def learned_modes(self) -> list[int]:
        """The modes of which something is learned."""
        return self.model.learned_modes

    def exponent_of(self, mode: int) -> float:
        """Power of a mode's update under which the loss cannot rise."""
        return self.model.exponent_of(mode)

    def statistics(
        self, factors: list[Any], modes: Sequence[int], *, apart: bool, loss: bool = True
    ) -> tuple[float, dict[int, Any]]:
        """Compute the loss and the derivative by one mode at most, its parts always apart."""
        found = [
            submit(
                self.client, part.worker, _statistics, part.term, self.model,
                [own if mode == self.cut else factors[mode] for mode in (0, 1)], list(modes), loss,
            )
            for part, own in zip(self.parts, factors[self.cut], strict=True)
        ]  # fmt: skip
        losses = [submit(self.client, part.worker, _loss, one)
                  for part, one in zip(self.parts, found, strict=True)] if loss else []  # fmt: skip
        derivatives = {mode: found if mode == self.cut else self._added(found) for mode in modes}
        return float(sum(gathered(self.client, losses))), derivatives

    def _added(self, found: list[Future]) -> Future:
        """Add up derivatives, two and two, where the first of them are."""
        places = [part.worker for part in self.parts]
        while len(found) > 1:
            pairs = [(found[i : i + 2], places[i]) for i in range(0, len(found), 2)]
            found = [submit(self.client, at, _sum, pair) for pair, at in pairs]
            places = places[::2]
        return found[0]

    def updated(self, mode: int, factor: Any, derivative: Any, exponent: float) -> Any:
        """Update the factor of each part where it is, or the one of all at the first part's."""
        if mode != self.cut:
            at = self.parts[0].worker
            return submit(self.client, at, _updated, self.model, mode, factor, derivative, exponent)
        return [
            submit(self.client, part.worker, _updated, self.model, mode, own, found, exponent)
            for part, own, found in zip(self.parts, factor, derivative, strict=True)
        ]


def submit(client: Client, worker: str, function: Any, *arguments: Any) -> Future:
    """Have something done by a worker; by another one only where that one is lost."""
    return client.submit(
        function, *arguments, workers=[worker], allow_other_workers=True, pure=False
    )


def send(client: Client, value: Any, worker: str) -> Future:
    """Give a worker something that is here.

    Raises
    ------
    CancelledError
        If there is no such worker any more.
    """
    try:
        return client.scatter(value, workers=[worker], hash=False)
    except (KeyError, OSError) as error:  # gone before, or in the middle
        raise CancelledError(f"{worker} is lost") from error


def gathered(client: Client, futures: list[Future]) -> list[Any]:
    """Wait for results, but not for workers that nobody is going to start again.

    Raises
    ------
    ClusterError
        If there is no worker left, or one after the other died of the same task.
    CancelledError
        If something was lost with a worker that Dask cannot make again.
    """
    from distributed import KilledWorker

    await_all(client, futures)
    try:
        return client.gather(futures)
    except KilledWorker as error:
        raise ClusterError(
            "one worker after the other died of the same block, perhaps for want of memory: "
            "give them more, or have more workers"
        ) from error


def living(client: Client) -> list[str]:
    """Name the workers there are, once there are any.

    Raises
    ------
    ClusterError
        If none comes, or nobody answers.
    """
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        return sorted(client.nthreads())
    except TimeoutError:
        raise ClusterError("the Dask cluster has no workers any more") from None
    except OSError as error:
        raise ClusterError("the Dask cluster's scheduler does not answer any more") from error


def await_all(client: Client, futures: list[Future]) -> None:
    """Wait for futures as long as the cluster has workers."""
    from distributed import wait

    while futures:
        try:
            with client.as_current():
                wait(futures, timeout=PATIENCE)
            return
        except TimeoutError:
            living(client)


def join(blocks: list[Any], names: list[str], axis: int) -> tuple[sp.csr_array, Summary]:
    """Load, check and join the blocks of one worker."""
    found = []
    for block, name in zip(blocks, names, strict=True):
        matrix = block() if callable(block) else block
        if not is_sparse(matrix):
            raise ParameterError(f"{name} is a {type(matrix).__name__}: give a sparse matrix")
        found.append(checked_matrix(matrix, name, sparse=True, zero=True))
    width = found[0].shape[1 - axis]
    for matrix, name in zip(found, names, strict=True):
        if matrix.shape[1 - axis] != width:
            lines = ("columns", "rows")[axis]
            raise ParameterError(
                f"{name} has {matrix.shape[1 - axis]} {lines} and {names[0]} {width}: "
                "give all the same"
            )
    whole = sp.csr_array(sp.hstack(found) if axis else sp.vstack(found))
    total = float(whole.sum(dtype=np.float64))
    return whole, Summary([matrix.shape[axis] for matrix in found], width, total)


def summarise(part: tuple[sp.csr_array, Summary]) -> Summary:
    """Tell what has to be known of a part."""
    return part[1]


def make_term(part: tuple[sp.csr_array, Summary], unit: float, dtype: np.dtype) -> SparseTerm:
    """Make a part ready to be factorised, in a unit."""
    from tdsep.nmf.sparse import SparseTerm  # brings numba, which takes long to load

    return SparseTerm(in_units(part[0], unit, dtype))


def _statistics(
    term: SparseTerm, model: Model, factors: list[np.ndarray], modes: list[int], loss: bool
) -> Found:
    """Loss and derivatives of a part, on all threads that the worker has."""
    from distributed import get_worker

    with workers(get_worker().state.nthreads) as share:
        whole = replace(model, links=[Link(term, 0, 1)], share=share)
        total, found = whole.statistics(factors, modes, apart=True, loss=loss)
    return total, {mode: (each.numerator, each.denominator) for mode, each in found.items()}


def _loss(found: Found) -> float:
    return found[0]


def _sum(several: list[Found]) -> Found:
    """Add up what several parts found."""
    parts = [found for _, found in several]
    return sum(loss for loss, _ in several), {
        mode: (sum(part[mode][0] for part in parts), sum(part[mode][1] for part in parts))
        for mode in parts[0]
    }


def _updated(
    model: Model, mode: int, factor: np.ndarray, found: Found, exponent: float
) -> np.ndarray:
    """Update a factor, on all threads that the worker has."""
    from distributed import get_worker

    with workers(get_worker().state.nthreads) as share:
        here = replace(model, share=share)
        return here.updated(mode, factor, Derivative(*found[1][mode]), exponent)
