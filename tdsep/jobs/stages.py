"""What a job is at: said by what the jobs share, heard by whoever shows it.

A method tells its caller how far it is; which stage of the job it is, only the job knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("_listener", default=None)


@contextmanager
def heard_by(listener: Callable[[str], None]) -> Iterator[None]:
    """Tell a listener of the stages of the jobs within."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def enter(stage: str) -> None:
    """Say that a stage begins: ``"reading"``."""
    listener = _listener.get()
    if listener is not None:
        listener(stage)
