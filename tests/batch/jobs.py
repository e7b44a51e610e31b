"""Jobs whose outcome is in the names of their files; a module, so that workers find them."""

import os
import signal
import time
from pathlib import Path

from tdsep.errors import InputError, OutputError, ParameterError, UnsuitableInputError

ERRORS = {
    "missing": InputError, "mono": UnsuitableInputError, "full": OutputError,
    "wrong": ParameterError,
}  # fmt: skip


class NoPlaces:
    """Stands for `tdsep.jobs.places.Places`."""

    def check(self, sources: list[Path]) -> None:
        if any(source.name == "refused" for source in sources):
            raise OutputError("refused: exists already")

    def folders(self, sources: list[Path]) -> set[Path]:
        return {source.parent for source in sources}

    def earlier(self, source: Path) -> dict:
        return {"name": source.name, "when": "before"}


class NamedJob:
    """Does what a file's name says."""

    places = NoPlaces()

    def run(self, source, progress=None):
        name = source.name
        if name in ERRORS:
            raise ERRORS[name](f"{source}: {name}")
        if name == "broken":
            raise ZeroDivisionError("by zero")
        if name == "large":
            raise MemoryError
        if name == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("slow"):
            time.sleep(0.5)
        if name.startswith("stuck"):
            time.sleep(60)
        return None if name == "old" else {"name": name, "process": os.getpid()}


class Threads(NamedJob):
    """Tells how many threads a process was given."""

    def run(self, source, progress=None):
        return {name: value for name, value in os.environ.items() if name.endswith("_THREADS")}
