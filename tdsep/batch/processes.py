"""Worker processes on this machine, by joblib's loky.

Each worker is a pool of its own. In a pool of several, the death of one (for want of memory, say)
ends them all, and nobody knows which file it was; so it takes only its own file with it.

On Linux the workers are forked from a process that has loaded what the job needs and done nothing
else: libraries are loaded once, and are in memory once. Elsewhere a fork is not safe, and each
worker loads them itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tdsep.batch.bound import PARENT
from tdsep.batch.workers import OtherProcesses
from tdsep.errors import InternalError
from tdsep.outputs import clear_unfinished
from tdsep.stopping import cleaning, end_with_parent

#: What libraries read the number of their threads from.
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
#: What every worker needs.
_LOADED = ("joblib.externals.loky", "tdsep.batch.work", "tdsep.workers")
#: What is left of pools at an interruption is cleared away, and no news to the user.
_HUSHED = "ignore:resource_tracker:UserWarning"
#: Seconds that workers have to clean up before they are killed.
_PATIENCE = 0.7


def n_cores() -> int:
    """Count the cores that this process may use."""
    from joblib.externals.loky import cpu_count  # not for --help

    return cpu_count()


class Processes(OtherProcesses):
    """Worker processes on this machine, which share its cores.

    Parameters
    ----------
    n_processes : int
    modules : sequence of str
        What the work needs.
    folders : callable
        Returns the folders where a worker that is killed may leave unfinished files.
    """

    def __init__(
        self, n_processes: int, modules: Sequence[str], folders: Callable[[], set[Path]]
    ) -> None:
        self._n_processes, self._folders = n_processes, folders
        self._idle: list[Any] = []
        self._pools: dict[Future[Any], Any] = {}
        self._stack = ExitStack()
        self._environment = dict.fromkeys(_THREADS, str(max(1, n_cores() // n_processes)))
        self._environment |= {"PYTHONWARNINGS": _HUSHED, PARENT: str(os.getpid())}
        self._context: Any = None  # loky's own
        if sys.platform == "linux":
            self._context = multiprocessing.get_context("forkserver")
            self._context.set_forkserver_preload(
                ["tdsep.batch.bound", *modules, *_LOADED, "tdsep.batch.frozen"]
            )

    def __enter__(self) -> Self:
        for name, value in self._environment.items():
            self._stack.enter_context(_default(name, value))
        self._stack.enter_context(cleaning(self._end))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            self._end()
            for pool in (*self._idle, *self._pools.values()):
                pool.shutdown(wait=True)

    @property
    def room(self) -> int:
        """As many files as processes: what waits in line could not be given to another."""
        return self._n_processes

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have an idle process call something; start one if there is none."""
        with _spared_signals():  # a process is started at its first call
            pool = self._idle.pop() if self._idle else self._new_pool()
            future = pool.submit(task, *arguments)
        self._pools[future] = pool
        return future

    def result(self, future: Future[Any], name: str) -> Any:
        """Return what came of a call; see `OtherProcesses.result`."""
        from joblib.externals.loky import BrokenProcessPool

        pool = self._pools.pop(future)
        if isinstance(future.exception(), BrokenProcessPool):
            pool.shutdown(wait=False)
            raise InternalError(
                f"{name}: its process was killed, for want of memory perhaps: give a smaller part "
                "of it, or fewer --jobs"
            )
        self._idle.append(pool)
        return future.result()

    def _new_pool(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor  # not for --help

        return ProcessPoolExecutor(1, context=self._context, initializer=end_with_parent)

    def _end(self) -> None:
        """End the workers; what they leave that do not hear is cleared."""
        workers = multiprocessing.active_children()
        for worker in workers:
            worker.terminate()
        end = time.monotonic() + _PATIENCE
        for worker in workers:
            with suppress(Exception):  # its pool may be waiting for it, too
                worker.join(max(0.0, end - time.monotonic()))
                if worker.is_alive():
                    worker.kill()
                    worker.join(_PATIENCE)
        clear_unfinished(self._folders())


@contextmanager
def _default(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment, for processes that are started, if it is not set."""
    if name in os.environ:
        yield
        return
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


@contextmanager
def _spared_signals() -> Iterator[None]:
    """Start processes that signals to the whole group pass by: their parent tells them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    resource_tracker.ensure_running()  # it ignores the others, and gives them back to us
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
