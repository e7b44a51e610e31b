"""The errors tdsep raises on purpose. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

import re
from typing import Any


class TdsepError(Exception):
    """Root of every error that tdsep raises on purpose; the message is one line.

    What methods say of their parameters names them in backticks: `n_fft`.
    """

    @property
    def in_options(self) -> str:
        """The message with the parameters called as a command's options are: --n-fft."""
        return re.sub("`([a-z_]+)`", lambda name: f"--{name[1].replace('_', '-')}", str(self))


class ParameterError(TdsepError, ValueError):
    """An option or argument has a value that cannot work."""


class InputError(TdsepError):
    """A file cannot be read: missing, not audio, broken."""


class UnsuitableInputError(TdsepError):
    """The sound can be read but does not suit the method: mono, identical channels, silence."""


class OutputError(TdsepError):
    """A result cannot be written: it exists already, the folder is read-only, the disk is full."""


class InternalError(TdsepError):
    """A fault of tdsep's own, caught so that the other files of a batch are still done."""


class ClusterError(TdsepError):
    """A cluster cannot be used: no scheduler, no workers, or they do not see the files."""


class MissingDependencyError(TdsepError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        super().__init__(f"{purpose} needs {package}: install it with pip install 'tdsep[{extra}]'")
        self._wants = purpose, package, extra

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the way from a worker to its parent."""
        return type(self), self._wants
