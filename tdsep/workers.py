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
from threading import RLock
from typing import Any

from threadpoolctl import ThreadpoolController

#: Runs a function over parts and returns the results in their order.
Map = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]

#: Factorisations in several threads of a caller take turns: each uses all the cores anyway, and
#: the number of BLAS's threads belongs to the whole process.
_turn = RLock()


def in_turn(task: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """Run a function over parts, one after the other."""
    return [task(part) for part in parts]


@contextmanager
def workers(n_threads: int | None = None) -> Iterator[Map]:
    """Threads as many as BLAS may use now, by its own limits, the environment's or joblib's.

    Or `n_threads`, for those to whom somebody else gives them.
    """
    with _turn:
        libraries = _libraries()
        n_threads = n_threads or _blas_threads(libraries)
        with libraries.limit(limits=1):
            if n_threads == 1 or _blas_threads(libraries) > 1:  # or someone else holds the limit
                yield in_turn
                return
            with ThreadPoolExecutor(n_threads) as pool:
                yield lambda task, parts: list(pool.map(task, parts))


def _blas_threads(libraries: ThreadpoolController) -> int:
    return max((library.num_threads for library in libraries.lib_controllers), default=cpu_count())


@cache
def _libraries() -> ThreadpoolController:
    """Find the BLAS libraries loaded by now, which takes a millisecond or two."""
    return ThreadpoolController().select(user_api="blas")
