"""How the files of a batch fared, and the exit status that follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Self

from tdsep.errors import InputError, ParameterError, TdsepError, UnsuitableInputError


class ExitStatus(IntEnum):
    """What the process tells the shell; 128 and a signal's number where that ended it."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    UNREADABLE = 3
    UNSUITABLE = 4
    INTERRUPTED = 130

    @classmethod
    def of(cls, kind: type[TdsepError]) -> Self:
        """Status where nothing was done, and all for this reason."""
        return cls(_STATUS_OF_ALL.get(kind, cls.SOME_FAILED))


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
    """How one file fared.

    Attributes
    ----------
    source : Path
    outcome : Outcome
    manifest : dict or None
        Of what was done now, or before where it was skipped.
    error : TdsepError or None
        Where it failed.
    trace : str or None
        The traceback of a fault of tdsep's own.
    seconds : float
        How long it took.
    """

    source: Path
    outcome: Outcome
    manifest: dict[str, Any] | None = None
    error: TdsepError | None = None
    trace: str | None = None
    seconds: float = 0.0


@dataclass
class BatchReport:
    """How all files fared."""

    files: list[FileReport] = field(default_factory=list)

    def add(self, file: FileReport) -> None:
        """Note how one more file fared; not its manifest, for there may be thousands."""
        self.files.append(replace(file, manifest=None))

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
            return ExitStatus.of(kinds.pop())
        return ExitStatus.SOME_FAILED
