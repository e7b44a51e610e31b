"""The record of a batch: one JSON document in the output folder, true whenever it is read."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tdsep._version import __version__
from tdsep.batch.reports import FileReport, Outcome
from tdsep.errors import OutputError
from tdsep.outputs import OutputFiles

NAME = "tdsep-batch.json"
#: The record is written anew when this many times the last writing's time has passed since.
_SPARING = 20


class Record:
    """What becomes of the files of a batch.

    Parameters
    ----------
    folder : Path
        Of the results.
    command : str
    options : mapping
        The command's.
    names : mapping of path to str
        What each file is called in the record.

    Raises
    ------
    OutputError
        If there is something else by the record's name.
    """

    def __init__(
        self,
        folder: Path,
        command: str,
        options: Mapping[str, Any],
        names: Mapping[Path, str],
    ) -> None:
        self.path = folder / NAME
        self._document = {"tdsep": __version__, "command": command, "options": dict(options)}
        self._names = names
        self._entries: dict[Path, dict[str, Any]] = {
            source: {"name": name, "outcome": "unfinished"} for source, name in names.items()
        }
        self._next_writing = 0.0
        if self.path.exists() and not _is_record(self.path):
            raise OutputError(
                f"{self.path}: is no record of tdsep's: move it, or choose another -o"
            )

    def note(self, file: FileReport) -> None:
        """Note how a file fared, and write that down unless it was done just now."""
        entry: dict[str, Any] = {"name": self._names[file.source], "outcome": str(file.outcome)}
        if file.error is not None:
            entry["error"] = self._without_folders(str(file.error), file.source)
        if file.manifest is not None:
            entry["files"] = file.manifest.get("files", [])
        self._entries[file.source] = entry | {"seconds": round(file.seconds, 3)}
        if time.monotonic() >= self._next_writing:
            with suppress(OutputError):  # what can be written no more is told at the end
                self.write()

    def write(self) -> None:
        """Write the record whole, in place of the last.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        began = time.monotonic()
        document = {**self._document, "files": list(self._entries.values())}
        text = json.dumps(document, indent=2, default=lambda path: Path(path).name) + "\n"
        with OutputFiles() as files:
            files.add(self.path, text.encode())
            files.commit()
        now = time.monotonic()
        self._next_writing = now + _SPARING * (now - began)

    def _without_folders(self, text: str, source: Path) -> str:
        """Name the files of an error as the record does."""
        text = text.replace(str(source), self._names[source])
        folder = self.path.parent
        return text if folder == Path() else text.replace(f"{folder}{os.sep}", "")


def failures(folder: Path) -> list[str]:
    """Tell of the inputs that failed, a line each, by the record that a folder may hold."""
    path = folder / NAME
    if not _is_record(path):
        return []
    entries = json.loads(path.read_bytes())["files"]
    failed = [entry for entry in entries if entry["outcome"] == Outcome.FAILED]
    return [entry.get("error", f"{entry['name']}: failed") for entry in failed]


def names_of(sources: Sequence[Path], roots: Sequence[Path]) -> dict[Path, str]:
    """Call each file by its name below the folder it was found in."""
    names = {}
    for source in sources:
        root = next((root for root in roots if source.is_relative_to(root)), source.parent)
        names[source] = str(source.relative_to(root))
    return names


def _is_record(path: Path) -> bool:
    """Whether a file is the record of an earlier batch."""
    try:
        document = json.loads(path.read_bytes())
        return {"tdsep", "command", "files"} <= set(document)
    except (OSError, ValueError, TypeError, RecursionError):
        return False
