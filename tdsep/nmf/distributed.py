"""Factorisation of sparse matrices too large for one machine, on a Dask cluster.

The matrix is cut into blocks of rows (or of columns). Each worker keeps its blocks and their lines
of the one factor; the other factor, K x J, is what travels, with its derivative of the same size:
both once in each iteration from worker to worker, however many entries the blocks hold.

All of it is futures, and everything that concerns a block is submitted to the worker that has it.
Actors would keep the blocks where they are, too, but what an actor held is gone with its worker.
Of futures Dask knows how they came to be: blocks that workers loaded are loaded again elsewhere.
What came from the client is sent again by it, and then the factorisation starts again from where it
started, which leads through the same losses to the same factors. Nothing else would do: half a
factor that does not belong to the other half is no place to go on from, and copies of all halves
on each iteration would travel for the sake of what hardly ever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import numpy as np

from tdsep.errors import ClusterError, ParameterError
from tdsep.nmf.blocks import Blocks
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.factorize import Factorization, factors_in_units, working_factors
from tdsep.nmf.history import History
from tdsep.nmf.matrices import Matrix
from tdsep.nmf.model import Factors, Model
from tdsep.nmf.multiplicative import RELAXED, alternate
from tdsep.nmf.options import checked_count, checked_dtype, checked_history
from tdsep.nmf.remote import RemoteModel, gathered, send
from tdsep.nmf.start import Given, generator, start_values
from tdsep.nmf.terms import in_lanes
from tdsep.workers import in_turn

if TYPE_CHECKING:
    from distributed import Client

#: How often a factorisation is begun while workers are lost.
_ATTEMPTS = 5
_MEASURE = "kullback-leibler"


class BlockMatrix:
    """A sparse matrix in blocks on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
    X : sparse matrix [I, J], or sequence of blocks
        Not negative, not zero throughout. A block is a sparse matrix, a future or a delayed one, or
        a function that returns one: it is called by the worker that is to have the block, so that
        nothing of the matrix has to be here. A single matrix is cut into a block a worker.
    axis : {0, 1}
        Whether the blocks are rows or columns of the matrix, as in `numpy.concatenate`.
    dtype : {float32, float64}, optional
        What to compute in, float32 by default.

    Raises
    ------
    ParameterError
        If a block is no sparse matrix, negative or not finite, they do not fit together, or are
        zero throughout.
    ClusterError
        If the cluster has no workers.

    Notes
    -----
    A worker needs about 24 bytes for each entry, and while it loads a block twice that. The client
    needs memory for the factors.

    Examples
    --------
    >>> from functools import partial
    >>> import scipy.sparse as sp
    >>> from distributed import Client, LocalCluster
    >>> X = sp.random_array((60, 40), density=0.1, rng=0)
    >>> with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
    ...     with Client(cluster) as client:
    ...         loaders = [partial(X.tocsr().__getitem__, slice(n, n + 20)) for n in (0, 20, 40)]
    ...         found = BlockMatrix(client, loaders).factorize(3, seed=0)
    >>> found.bases.shape, found.activations.shape
    ((60, 3), (3, 40))
    """

    def __init__(
        self,
        client: Client,
        X: Matrix | Sequence[Any],
        *,
        axis: int = 0,
        dtype: Any = None,
    ) -> None:
        if axis not in (0, 1):
            raise ParameterError(f"axis is {axis!r}: give 0 for blocks of rows or 1 for columns")
        self._client, self._axis, self._dtype = client, axis, checked_dtype(dtype)
        self._blocks = Blocks(client, X, axis, self._dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """I, J."""
        return self._blocks.shape

    def factorize(
        self,
        n_components: int,
        *,
        bases: Matrix | None = None,
        activations: Matrix | None = None,
        fixed_bases: Matrix | None = None,
        fixed_activations: Matrix | None = None,
        solver: str = "accelerated",
        max_iter: int = 200,
        tol: float = 1e-4,
        seed: int | np.random.Generator | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Factorization:
        """Factorise under the Kullback-Leibler divergence, as `tdsep.nmf.factorize` does.

        From the same start the same steps lead to the same factors, up to rounding.

        Parameters
        ----------
        n_components : int
            K, fixed components included.
        bases, fixed_bases : array_like [I, K], [I, F], optional
        activations, fixed_activations : array_like [K, J], [F, J], optional
        solver, max_iter, tol, seed, progress
            As there. After the loss of a worker the progress may begin anew.

        Returns
        -------
        Factorization

        Raises
        ------
        ParameterError
            If an option cannot be.
        ClusterError
            If the cluster is lost, or its workers are again and again.
        """
        n_components = checked_count(n_components, "n_components", 1)
        values = {
            "bases": bases,
            "activations": activations,
            "fixed_bases": fixed_bases,
            "fixed_activations": fixed_activations,
        }
        given = Given.checked(self.shape, n_components, 1, values)
        shape = (self.shape[0], n_components, 1)
        unit = self._blocks.unit
        scales, start = start_values(shape, self.shape[1], unit, given, generator(seed))
        measure = Divergence.of(_MEASURE)
        room = in_lanes(n_components)
        model = Model(
            [],
            [room if n == n_components else n for n in given.n_fixed],
            room,
            [1, 1],
            measure.exponent,
            in_turn,
        )
        working = working_factors(start, room, self._dtype)
        relaxed = RELAXED if solver == "accelerated" else None
        for _ in range(_ATTEMPTS):
            history = checked_history(max_iter, tol, progress, solver)
            try:
                self._blocks.settle()
                found = self._alternated(model, working, history, relaxed)
                break
            except CancelledError as error:
                lost = error
        else:
            raise ClusterError(
                f"the cluster lost workers in each of {_ATTEMPTS} attempts: look at their logs"
            ) from lost
        learned, heard = factors_in_units(found, n_components, 1, np.sqrt(unit), scales, given)
        losses = np.array(history.losses) * unit**measure.beta * measure.factor
        return Factorization(learned[:, :, 0], heard, losses, _MEASURE, history.converged)

    def _alternated(
        self, model: Model, working: Factors, history: History, relaxed: float | None
    ) -> Factors:
        """Send the start, have it improved, and fetch the end."""
        client, cut = self._client, self._axis
        factors: list[Any] = [None, None]
        factors[cut] = [
            send(client, working[cut][part.lines], part.worker) for part in self._blocks.parts
        ]
        factors[1 - cut] = send(client, working[1 - cut], self._blocks.parts[0].worker)
        remote = RemoteModel(client, self._blocks.parts, model, cut)
        found = alternate(remote, factors, history, relaxed)
        *own, other = gathered(client, [*found[cut], found[1 - cut]])
        whole = np.empty_like(working[cut])
        for part, lines in zip(self._blocks.parts, own, strict=True):
            whole[part.lines] = lines
        return [other, whole] if cut else [whole, other]
