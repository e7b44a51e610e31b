"""A Dask cluster that the caller has: its address to a client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tdsep.errors import ClusterError, MissingDependencyError

if TYPE_CHECKING:
    from distributed import Client

#: Seconds in which a scheduler has to answer.
_PATIENCE = 5


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Connect to the scheduler of a Dask cluster that has workers.

    Parameters
    ----------
    address : str
        ``"tcp://host:8786"``, or the same without the protocol.

    Raises
    ------
    MissingDependencyError
        If dask.distributed is not installed.
    ClusterError
        If no scheduler answers there, it has no workers, or tdsep is not installed on them.
    """
    try:
        from distributed import Client  # takes long to load, and not everybody has it
    except ImportError:
        raise MissingDependencyError("A Dask cluster", "dask.distributed", "dask") from None
    # What goes wrong comes as an error, and is told once.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        workers = asyncio.run(asyncio.wait_for(_workers(address), _PATIENCE))
    except Exception as error:  # whatever answers there may speak any language
        raise ClusterError(
            f"no Dask scheduler answers at {address!r}: give the address that it prints when it "
            "starts, such as tcp://host:8786"
        ) from error
    if not workers:
        raise ClusterError(
            f"the Dask scheduler at {address!r} has no workers: start some with "
            f"dask worker {address}"
        )
    with Client(address, set_as_default=False) as client:
        versions = client.get_versions(packages=["tdsep"])
        ours = versions["client"]["packages"]["tdsep"]
        for place in (versions["scheduler"], *versions["workers"].values()):
            if place["packages"]["tdsep"] != ours:
                raise ClusterError(
                    f"the Dask scheduler at {address!r} or a worker of it lacks tdsep {ours}: "
                    "install it there"
                )
        yield client


async def _workers(address: str) -> Any:
    """Ask a scheduler for its workers, on a connection that leaves nothing behind."""
    from distributed import rpc

    async with rpc(address) as scheduler:
        return (await scheduler.identity())["workers"]
