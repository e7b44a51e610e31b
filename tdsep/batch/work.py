"""What is done with one file, in whatever process: a failure is its own affair, and is reported."""

from __future__ import annotations

import ctypes
import gc
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from tdsep.batch.reports import FileReport, Outcome
from tdsep.errors import InputError, InternalError, TdsepError


class Places(Protocol):
    """Where results go: see `tdsep.jobs.places.Places`."""

    def check(self, sources: list[Path]) -> None:
        """Find out before any work what would go wrong at its end."""

    def folders(self, sources: list[Path]) -> set[Path]:
        """Folders that the results of some inputs go to."""

    def earlier(self, source: Path) -> dict[str, Any]:
        """Return the manifest that an earlier run left."""


class Job(Protocol):
    """What a command does to one file."""

    @property
    def places(self) -> Places:
        """Where the results go."""

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Return the manifest, or None where there was nothing left to do."""


#: Makes the job where it is to run. It goes to other processes, and only there loads what it needs.
Make = Callable[[], Job]


def prepare(make: Make, sources: list[Path]) -> set[Path]:
    """Find out before any work what would go wrong at its end; return the folders of the results.

    Raises
    ------
    TdsepError
        If something would.
    """
    places = make().places
    places.check(sources)
    return places.folders(sources)


def attempt(
    make: Make, source: Path, progress: Callable[[float], None] | None = None
) -> FileReport:
    """Run the job on one file, whatever comes of it."""
    began = time.perf_counter()
    _release_memory()
    manifest: dict[str, Any] | None = None
    error: TdsepError | None = None
    trace = None
    outcome = Outcome.DONE
    try:
        job = make()
        from tdsep.workers import same_bytes  # finds the libraries that the job has loaded

        with same_bytes():
            manifest = job.run(source, progress)
        if manifest is None:
            outcome, manifest = Outcome.SKIPPED, job.places.earlier(source)
    except TdsepError as fault:
        error = fault
    except MemoryError:
        error = InputError(f"{source}: does not fit in memory: give a smaller part of it")
    except Exception as fault:
        message = f"{type(fault).__name__}: {fault} (a fault of tdsep: please report it)"
        error, trace = InternalError(f"{source}: {message}"), traceback.format_exc()
    if error is not None:
        outcome = Outcome.FAILED
    return FileReport(source, outcome, manifest, error, trace, time.perf_counter() - began)


def _release_memory() -> None:
    """Give back what the last file took: figures are cycles, and malloc keeps what is freed."""
    gc.collect()
    with suppress(AttributeError, TypeError, OSError):  # not in every C library
        ctypes.CDLL(None).malloc_trim(0)
