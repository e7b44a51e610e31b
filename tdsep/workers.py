"""Threads that share the work of a factorisation, each with the matrix products to itself.

A factorisation is cut into parts that fit the processor's cache. One thread a part, with BLAS on
one thread inside, keeps every core busy through the products and what stands between them alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
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

#: How many threads there are while BLAS is held to one.
_at_hand: ContextVar[int | None] = ContextVar("_at_hand", default=None)


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
        n_threads = n_threads or _at_hand.get() or _blas_threads(libraries)
        with libraries.limit(limits=1):
            if n_threads == 1 or _blas_threads(libraries) > 1:  # or someone else holds the limit
                yield in_turn
                return
            with ThreadPoolExecutor(n_threads) as pool:
                yield lambda task, parts: list(pool.map(task, parts))


def a_few_ahead(task: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
    """Yield the results of a task in the order of its parts, worked out a few ahead by threads.

    So no more results are held than there are threads, however many parts there are. Between two
    results nothing of the process is held that others wait for, so whoever has enough may leave.
    BLAS is left as it is: this is for tasks that need no large products.
    """
    n_threads = _at_hand.get() or _blas_threads(_libraries())
    if n_threads == 1:
        yield from map(task, parts)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        ahead: deque[Future[Any]] = deque()
        try:
            for part in parts:
                ahead.append(pool.submit(task, part))
                if len(ahead) > n_threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


@contextmanager
def same_bytes() -> Iterator[None]:
    """Hold BLAS to one thread, but let `workers` have as many as BLAS might have used.

    A product of matrices by several of BLAS's own threads may be rounded otherwise than by one;
    what `workers` share out is not. So results do not depend on how many cores there are.
    """
    libraries = ThreadpoolController().select(user_api="blas")  # the latest may be new
    before = _at_hand.set(_at_hand.get() or _blas_threads(libraries))
    try:
        with libraries.limit(limits=1):
            yield
    finally:
        _at_hand.reset(before)


def _blas_threads(libraries: ThreadpoolController) -> int:
    return max((library.num_threads for library in libraries.lib_controllers), default=cpu_count())


@cache
def _libraries() -> ThreadpoolController:
    """Find the BLAS libraries loaded by now, which takes a millisecond or two."""
    return ThreadpoolController().select(user_api="blas")
