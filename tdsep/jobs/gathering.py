"""Results of one input, gathered until they are finished."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tdsep.errors import OutputError
from tdsep.jobs import stages
from tdsep.outputs import OutputFiles
from tdsep.report.manifest import plain, to_json

if TYPE_CHECKING:
    from tdsep.jobs.places import Places


class Results:
    """Results of one input on their way to their places."""

    def __init__(self, places: Places, source: Path, files: OutputFiles) -> None:
        self._places, self._source, self._files = places, source, files

    def path(self, part: str, form: str) -> Path:
        """Where a part goes that is sound, in some format."""
        return self._places.path(self._source, f"{part}.{form}")

    def create(self, path: Path) -> AbstractContextManager[BinaryIO]:
        """Open a result to be written.

        Raises
        ------
        OutputError
            If it cannot be written; then nothing is.
        """
        if path.is_dir():
            raise OutputError(f"{path}: is a folder: choose another --output-dir or --name")
        return self._files.create(path)

    def drop(self, path: Path) -> None:
        """Give up a result."""
        self._files.drop(path)

    def shown(self, path: Path) -> str:
        """Name of a result for the manifest."""
        return self._places.shown(path)

    def finish(self, document: Mapping[str, Any], contents: Mapping[Path, bytes]) -> dict[str, Any]:
        """Add what is at hand and the manifest, and let all results appear.

        What an earlier run on the input wrote and this one did not (a third talker, for example)
        goes.

        Parameters
        ----------
        document : mapping
            The manifest, to which the files and their sizes are added.
        contents : mapping of path to bytes
            Results beside those that were created.

        Returns
        -------
        dict
            The manifest.
        """
        places, source = self._places, self._source
        stages.enter("writing")
        for path, content in contents.items():
            self._write(path, content)
        if places.report:
            self._write_page(document)
        complete = self._complete(document)
        earlier, manifest_path = places.earlier_files(source), places.manifest_path(source)
        self._write(manifest_path, to_json(complete).encode())
        # None of other options may then pass for one of these: it could be of the same size.
        for path in earlier - {manifest_path}:
            path.unlink(missing_ok=True)
        # The manifest comes first: cut off in between, the rest is known to be ours to redo.
        self._files.commit(first=manifest_path)
        return complete

    def _complete(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Add to a manifest the command line that was given, and the files so far."""
        places, sizes = self._places, self._files.sizes()
        names = [self._source.name, *(path.name for path in places.further)]
        guard = ["--"] if any(name.startswith("-") for name in names) else []
        words = ["tdsep", document["command"], *places.arguments, *guard, *names]
        paths = (*sizes, places.manifest_path(self._source))
        return plain(
            {
                **document,
                "command_line": shlex.join(words),
                "files": [self.shown(path) for path in paths],
                "sizes": {self.shown(path): size for path, size in sizes.items()},
            }
        )

    def _write_page(self, document: Mapping[str, Any]) -> None:
        """Write the page from the files as they lie, not yet by their names."""
        stages.enter("reporting")
        from tdsep.report.page import run_page  # what it takes is not for every run

        path = self._places.report_path(self._source)
        lying = {self.shown(final): place for final, place in self._files.lying().items()}
        self._write(path, run_page(self._complete(document), self.shown(path), lying))

    def _write(self, path: Path, content: bytes) -> None:
        with self.create(path) as file:
            file.write(content)
