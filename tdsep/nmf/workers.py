"""Threads that share the work of a factorisation, each with the matrix products to itself.

A factorisation is cut into parts that fit the processor's cache. One thread a part, with BLAS on
one thread inside, keeps every core busy through the products and what stands between them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import cpu_count
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

#: Runs a function over parts and returns the results in their order.
Map = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]


class _OneThreadEach:
    """BLAS on one thread while anyone factorises; its own number again when the last is done.

    The number belongs to the process, so that two factorisations in two threads of a caller must
    not each put back what they found.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._n_threads = 1
        self._limit: Any = None

    def __enter__(self) -> int:
        """Return the number of threads that BLAS may use otherwise."""
        with self._lock:
            if self._users == 0:
                libraries = _libraries()
                allowed = [library.num_threads for library in libraries.lib_controllers]
                self._n_threads = max(allowed, default=cpu_count())
                self._limit = libraries.limit(limits=1)
            self._users += 1
            return self._n_threads

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limit.restore_original_limits()


_one_thread_each = _OneThreadEach()


@contextmanager
def workers() -> Iterator[Map]:
    """Threads as many as BLAS may use now, by its own limits, the environment's or joblib's."""
    with _one_thread_each as n_threads:
        if n_threads == 1:
            yield lambda task, parts: [task(part) for part in parts]
            return
        with ThreadPoolExecutor(n_threads) as pool:
            yield lambda task, parts: list(pool.map(task, parts))


@cache
def _libraries() -> ThreadpoolController:
    """Find the BLAS libraries loaded by now, which takes a millisecond or two."""
    return ThreadpoolController().select(user_api="blas")
