"""The errors tdsep raises on purpose. Each message says what is wrong, where, and what to do."""

from __future__ import annotations


class TdsepError(Exception):
    """Root of every error that tdsep raises on purpose; the message is one line."""


class ParameterError(TdsepError, ValueError):
    """An option or argument has a value that cannot work."""


class InputError(TdsepError):
    """A file cannot be read: missing, not audio, broken."""


class UnsuitableInputError(TdsepError):
    """The sound can be read but does not suit the method: mono, identical channels, silence."""


class OutputError(TdsepError):
    """A result cannot be written: it exists already, the folder is read-only, the disk is full."""


class ClusterError(TdsepError):
    """A Dask cluster cannot be reached, has no workers, or was lost."""


class InternalError(TdsepError):
    """A fault of tdsep's own, caught so that the other files of a batch are still done."""


class MissingDependencyError(TdsepError, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        super().__init__(f"{purpose} needs {package}: install it with pip install 'tdsep[{extra}]'")
