"""One job over many files: what was done, what failed, and the exit status that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

from tdsep.errors import (
    InputError,
    InternalError,
    ParameterError,
    TdsepError,
    UnsuitableInputError,
)


class ExitStatus(IntEnum):
    """What the process tells the shell."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    UNREADABLE = 3
    UNSUITABLE = 4
    INTERRUPTED = 130


#: Status where every file failed, and all for this reason.
_STATUS_OF_ALL: dict[type[TdsepError], ExitStatus] = {
    ParameterError: ExitStatus.USAGE,
    InputError: ExitStatus.UNREADABLE,
    UnsuitableInputError: ExitStatus.UNSUITABLE,
}


class Outcome(StrEnum):
    """How one file fared."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class FileReport:
    """How one file fared: its manifest where it was done, its error where it failed."""

    source: Path
    outcome: Outcome
    manifest: dict[str, Any] | None = None
    error: TdsepError | None = None


@dataclass
class BatchReport:
    """How all files fared."""

    files: list[FileReport] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """Count the files that fared so."""
        return sum(file.outcome == outcome for file in self.files)

    @property
    def exit_status(self) -> ExitStatus:
        """0 without failures; the common reason where every file failed for the same; else 1."""
        kinds = {type(file.error) for file in self.files if file.error is not None}
        if not kinds:
            return ExitStatus.OK
        if self.count(Outcome.FAILED) == len(self.files) and len(kinds) == 1:
            return _STATUS_OF_ALL.get(kinds.pop(), ExitStatus.SOME_FAILED)
        return ExitStatus.SOME_FAILED


def run_files(
    sources: Iterable[Path],
    job: Callable[[Path], dict[str, Any] | None],
    each: Callable[[FileReport], None],
) -> BatchReport:
    """Run a job on one file after another; a failure stops only its own file.

    Parameters
    ----------
    sources : iterable of path
    job : callable
        Takes a file, returns its manifest, or None where there was nothing left to do.
    each : callable
        Called with every file's report as soon as it is known.

    Returns
    -------
    BatchReport
    """
    batch = BatchReport()
    for source in sources:
        try:
            manifest = job(source)
        except TdsepError as error:
            report = FileReport(source, Outcome.FAILED, error=error)
        except MemoryError:
            message = f"{source}: does not fit in memory: give a smaller part of it"
            report = FileReport(source, Outcome.FAILED, error=InputError(message))
        except Exception as fault:
            message = f"{type(fault).__name__}: {fault} (a fault of tdsep: please report it)"
            unforeseen = InternalError(f"{source}: {message}")
            unforeseen.__cause__ = fault
            report = FileReport(source, Outcome.FAILED, error=unforeseen)
        else:
            outcome = Outcome.SKIPPED if manifest is None else Outcome.DONE
            report = FileReport(source, outcome, manifest)
        batch.files.append(report)
        each(report)
    return batch
