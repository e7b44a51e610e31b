"""The workers of a Dask cluster that runs already.

Its client can stand for an executor of the standard library, whose futures the loop that hands out
files waits for anyway. joblib's own Dask backend would serve no less to share files out, but gives
up all of them where one fails. Dask itself tries a file again whose worker died.

Workers read and write the files themselves: they have to see the same folders by the same names.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tdsep._version import __version__
from tdsep.batch.workers import OtherProcesses
from tdsep.cluster import connected
from tdsep.errors import ClusterError, InternalError

#: Files in hand for each worker: one, and the next.
_AHEAD = 2
#: A process has one working folder and one BLAS, whatever the number of its threads.
_turn = threading.Lock()


class Cluster(OtherProcesses):
    """The workers of a cluster.

    Parameters
    ----------
    address : str
        The scheduler's: ``tcp://10.0.0.1:8786``.

    Raises
    ------
    MissingDependencyError
        If distributed is not installed.
    ClusterError
        If there is no scheduler, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        self._stack = contextlib.ExitStack()
        self._client = self._stack.enter_context(connected(address))
        self._executor = self._client.get_executor(pure=False)
        self._n_workers = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def room(self) -> int:
        """A file or two for each worker that is there now."""
        with contextlib.suppress(OSError):
            self._n_workers = max(1, len(self._client.nthreads()))
        return _AHEAD * self._n_workers

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a worker call something, in the folder that this process is in."""
        return self._executor.submit(_there, Path.cwd(), task, *arguments)

    def result(self, future: Future[Any], name: str) -> Any:
        """Return what came of a call; see `OtherProcesses.result`."""
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker:
            raise InternalError(
                f"{name}: one worker after another died of it, for want of memory perhaps: give a "
                "smaller part of it"
            ) from None
        except CancelledError:
            raise ClusterError(f"{name}: lost, as the scheduler is gone: run again") from None

    def see(self, paths: Iterable[Path]) -> None:
        """Make sure that all workers see some files that this process sees.

        Raises
        ------
        ClusterError
            If one does not, or lacks this version of tdsep.
        """
        sizes = {path: path.stat().st_size for path in paths if path.is_file()}
        try:
            views = self._client.run(_view, Path.cwd(), sizes)
        except Exception as error:  # whatever a worker without tdsep, or with an old one, answers
            raise ClusterError(
                f"the workers cannot run tdsep ({_reason(error)}): install tdsep {__version__} "
                "where they run"
            ) from None
        for worker, (version, unseen) in views.items():
            if version != __version__:
                raise ClusterError(
                    f"{worker}: has tdsep {version}, not {__version__}: install the same"
                )
            if unseen is not None:
                raise ClusterError(
                    f"{unseen}: the worker {worker} does not see this file: put inputs and results "
                    "in folders that all workers see by the same names"
                )


def _there(folder: Path, task: Callable[..., Any], *arguments: Any) -> Any:
    """Call something in a folder, so that names mean what they meant."""
    with _turn, contextlib.chdir(folder):
        return task(*arguments)


def _view(folder: Path, sizes: dict[Path, int]) -> tuple[str, Path | None]:
    """Return tdsep's version here, and the first of some files that is not there in its size."""
    for path, size in sizes.items():
        place = folder / path
        if not place.is_file() or place.stat().st_size != size:
            return __version__, path
    return __version__, None


def _reason(error: Exception) -> str:
    """Return a library's own words in one line."""
    return " ".join(str(error).split()) or type(error).__name__
