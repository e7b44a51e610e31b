"""The blocks of a sparse matrix on the workers of a Dask cluster: who has which."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ClusterError, ParameterError
from tdsep.nmf.matrices import checked_unit, even_parts, is_sparse
from tdsep.nmf.remote import (
    Part,
    await_all,
    gathered,
    join,
    living,
    make_term,
    send,
    submit,
    summarise,
)

if TYPE_CHECKING:
    from distributed import Client, Future


class Blocks:
    """Blocks of rows or columns, each worker's joined and ready to be factorised.

    Parameters
    ----------
    client : Client
    X : sparse matrix or sequence of blocks
        See `tdsep.nmf.BlockMatrix`.
    axis : {0, 1}
    dtype : dtype

    Attributes
    ----------
    shape : tuple of int
        Of the whole.
    unit : float
        Its mean.
    parts : list of Part
        What each worker has.
    """

    def __init__(self, client: Client, X: Any, axis: int, dtype: np.dtype) -> None:
        self._client, self._axis, self._dtype = client, axis, dtype
        n_workers = len(client.nthreads())
        if not n_workers:
            raise ClusterError("the Dask cluster has no workers: start some")
        whole = is_sparse(X)
        blocks = _cut(X, axis, n_workers) if whole else list(X)
        if not blocks:
            raise ParameterError("X has no blocks: give one or more")
        self._blocks = _collected(client, blocks)
        self._names = ["X" if whole else f"block {i}" for i in range(1, len(blocks) + 1)]
        self._spread()

    def _spread(self) -> None:
        """Give each worker its blocks."""
        groups = _groups(self._client, self._blocks)
        found = [self._joined(worker, numbers) for worker, numbers in groups]
        summaries = gathered(
            self._client,
            [submit(self._client, worker, summarise, part)
             for (worker, _), part in zip(groups, found, strict=True)],
        )  # fmt: skip
        widths = {
            one.width: numbers[0] for (_, numbers), one in zip(groups, summaries, strict=True)
        }
        if len(widths) > 1:
            (one, first), (other, second) = list(widths.items())[:2]
            lines = ("columns", "rows")[self._axis]
            raise ParameterError(
                f"{self._names[first]} has {one} {lines} and {self._names[second]} {other}: "
                "give all the same"
            )
        total = sum(one.total for one in summaries)
        if not total:
            raise ParameterError("X is zero throughout: there is nothing to be learned from it")
        sizes = np.zeros(len(self._blocks), int)
        for (_, numbers), one in zip(groups, summaries, strict=True):
            sizes[numbers] = one.sizes
        n_lines, width = int(sizes.sum()), summaries[0].width
        self.shape = (width, n_lines) if self._axis else (n_lines, width)
        self.unit = checked_unit(total / (float(n_lines) * width), self._dtype)
        starts = np.cumsum(sizes) - sizes
        self._numbers = [numbers for _, numbers in groups]
        self.parts = [
            Part(
                self._term(worker, part),
                worker,
                np.concatenate([starts[i] + np.arange(sizes[i]) for i in numbers]),
            )
            for (worker, numbers), part in zip(groups, found, strict=True)
        ]
        await_all(self._client, [part.term for part in self.parts])

    def _joined(self, worker: str, numbers: list[int]) -> Future:
        """Have a worker load and join some blocks; send it those that are here."""
        blocks = [
            send(self._client, block, worker) if is_sparse(block) else block
            for block in (self._blocks[i] for i in numbers)
        ]
        names = [self._names[i] for i in numbers]
        return submit(self._client, worker, join, blocks, names, self._axis)

    def _term(self, worker: str, joined: Future) -> Future:
        return submit(self._client, worker, make_term, joined, self.unit, self._dtype)

    def settle(self) -> None:
        """See where everything is, and send again what was lost with a worker.

        Raises
        ------
        ClusterError
            If there is no cluster any more.
        CancelledError
            If more is lost meanwhile.
        """
        workers = living(self._client)
        taken = Counter(part.worker for part in self.parts)
        for i, part in enumerate(self.parts):
            if part.term.status in ("cancelled", "lost"):
                worker = min(workers, key=lambda name: taken[name])
                taken[worker] += 1
                term = self._term(worker, self._joined(worker, self._numbers[i]))
                self.parts[i] = replace(part, term=term, worker=worker)
        await_all(self._client, [part.term for part in self.parts])
        holders = self._client.who_has([part.term for part in self.parts])
        self.parts = [
            replace(part, worker=next(iter(holders[part.term.key]), part.worker))
            for part in self.parts
        ]


def _cut(X: Any, axis: int, n_parts: int) -> list[Any]:
    """Cut a matrix into blocks of about equally many entries."""
    lines = sp.csr_array(X.T if axis else X)
    blocks = [lines[first:last] for first, last in even_parts(lines.indptr, n_parts)]
    return [block.T for block in blocks] if axis else blocks


def _collected(client: Client, blocks: list[Any]) -> list[Any]:
    """Make futures of what is delayed."""
    from dask.base import is_dask_collection

    return [client.compute(block) if is_dask_collection(block) else block for block in blocks]


def _groups(client: Client, blocks: list[Any]) -> list[tuple[str, list[int]]]:
    """Workers and the numbers of their blocks: those they have, and even shares of the others."""
    from distributed import Future

    futures = [block for block in blocks if isinstance(block, Future)]
    await_all(client, futures)
    holders = client.who_has(futures) if futures else {}
    workers = living(client)
    groups: dict[str, list[int]] = {}
    for i, block in enumerate(blocks):
        worker = workers[i * len(workers) // len(blocks)]
        if isinstance(block, Future):
            worker = next(iter(holders[block.key]), worker)
        groups.setdefault(worker, []).append(i)
    return list(groups.items())
