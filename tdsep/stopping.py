"""Ending at once when told to: by Ctrl-C, SIGTERM or SIGHUP.

Python's own way, an exception in the main thread, has to wait until a long call into a library
returns, and some libraries swallow it. Here a thread reads the signals, cleans up and ends the
process, whatever the main thread is at.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

#: Seconds that cleaning up may take.
_PATIENCE = 1.5
#: Seconds from look to look at whether the parent process is still there.
_LOOK = 0.5

_cleaners: list[Callable[[], None]] = []
_ending = threading.Event()


@contextmanager
def cleaning(cleaner: Callable[[], None]) -> Iterator[None]:
    """Have something called if a signal ends the process within; the latest is called first."""
    _cleaners.append(cleaner)
    try:
        yield
    finally:
        _cleaners.remove(cleaner)


def wait_if_ending() -> None:
    """Go no further where the end is under way: what has just gone wrong is a part of it."""
    if _ending.is_set():
        threading.Event().wait()


@contextmanager
def ended_by_signals(farewell: Callable[[int], None]) -> Iterator[None]:
    """End the process on Ctrl-C, SIGTERM and SIGHUP, with status 128 and the signal's number.

    Signals that are ignored (by nohup, or in the background of a script) stay so.

    Parameters
    ----------
    farewell : callable
        Takes the signal's number, after all is cleaned up.
    """
    if threading.current_thread() is not threading.main_thread():  # others may not ask for them
        yield
        return
    usual = (signal.SIG_DFL, signal.default_int_handler)
    numbers = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    watch = _Watch(farewell)
    before = watch.begin(n for n in numbers if n and signal.getsignal(n) in usual)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        watch.end()


def end_with_parent() -> None:
    """End this process on SIGTERM, and soon after its parent is gone, however that ended."""
    _Watch(lambda number: None, os.getppid()).begin([signal.SIGTERM])
    if hasattr(signal, "pthread_sigmask"):  # it may have been started deaf
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


class _Watch:
    """A thread that waits for signals, to end the process."""

    def __init__(self, farewell: Callable[[int], None], parent: int | None = None) -> None:
        self._farewell, self._parent = farewell, parent
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before = -1

    def begin(self, numbers: Iterable[int]) -> dict[int, Any]:
        """Take over some signals; return how they were handled before."""
        handlers: dict[int, Any] = {number: signal.signal(number, _noted) for number in numbers}
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="signals", daemon=True).start()
        return handlers

    def end(self) -> None:
        """Leave the signals to others."""
        signal.set_wakeup_fd(self._before)
        self._writer.close()  # which ends the thread

    def _watch(self) -> None:
        """Wait for the first signal: its number comes whatever the main thread is at."""
        while True:
            timeout = None if self._parent is None else _LOOK
            readable, _, _ = select.select([self._reader], [], [], timeout)
            if readable:
                told = self._reader.recv(1)
                if not told:
                    self._reader.close()
                    return
                _end(told[0], self._farewell)
            if self._parent is not None and os.getppid() != self._parent:
                _end(signal.SIGTERM, self._farewell)


def _noted(number: int, frame: object) -> None:
    """Do nothing: the thread does."""


def _end(number: int, farewell: Callable[[int], None]) -> None:
    """Clean up as far as that goes in time, and end the process."""
    _ending.set()
    cleaning_up = threading.Thread(target=_clean_up, args=(number, farewell), daemon=True)
    cleaning_up.start()
    cleaning_up.join(_PATIENCE)
    os._exit(128 + number)


def _clean_up(number: int, farewell: Callable[[int], None]) -> None:
    for cleaner in reversed(list(_cleaners)):
        with suppress(Exception):
            cleaner()
    with suppress(Exception):
        farewell(number)
