"""Where a command's results go, and what an earlier run has left there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tdsep.errors import OutputError, ParameterError
from tdsep.jobs import stages
from tdsep.jobs.gathering import Results
from tdsep.outputs import OutputFiles, OutputNames, check_name, check_writable, first_existing
from tdsep.report.manifest import audio_entry, plain


@dataclass(frozen=True)
class Places:
    """The files that a command writes for each input.

    Attributes
    ----------
    command : str
        As the manifest names it.
    kind : str
        Stands in the names of the sheet, the figures and the manifest.
    names : OutputNames
    results : tuple of str
        Every file that may be made of an input beside the sheet, the figures and the manifest, by
        what follows the input's name: ``"vocals.wav"``.
    formerly : tuple of str
        The same of files that runs with other options make: what an earlier run left of these goes
        when its results are replaced.
    sheet : bool
        Whether the sheet of figures is wanted.
    report : bool
        Whether a page to listen to and look at is wanted.
    figures : Path or None
        Folder for each figure as a file of its own, where wanted.
    figure_names : tuple of str
        The figures there are.
    overwrite, skip_existing : bool
        What to do where a result exists already; refuse by default.
    further : tuple of Path
        Inputs beside that which gives the results their names; they may not be replaced either.
    arguments : tuple of str
        What the user chose: the command line without the program, the command and the inputs.
    describe : callable
        Tells of an input what its manifest tells of it; raises `InputError` if it cannot be read.
    """

    command: str
    kind: str
    names: OutputNames
    results: tuple[str, ...]
    figure_names: tuple[str, ...]
    sheet: bool = True
    report: bool = False
    figures: Path | None = None
    overwrite: bool = False
    skip_existing: bool = False
    formerly: tuple[str, ...] = ()
    further: tuple[Path, ...] = ()
    arguments: tuple[str, ...] = ()
    describe: Callable[[Path], dict[str, Any]] = audio_entry

    def path(self, source: Path, result: str) -> Path:
        """Where one of the results goes."""
        part, dot, ending = result.rpartition(".")
        return self.names.path(source, part, dot + ending)

    def sheet_path(self, source: Path) -> Path:
        """Where the sheet goes."""
        return self.names.path(source, self.kind, ".png")

    def report_path(self, source: Path) -> Path:
        """Where the page goes."""
        return self.names.path(source, self.kind, ".html")

    def manifest_path(self, source: Path) -> Path:
        """Where the manifest goes."""
        return self.names.path(source, self.kind, ".json")

    def figure_paths(self, source: Path) -> dict[str, Path]:
        """Where each figure goes as a file of its own; empty where none is wanted."""
        if self.figures is None:
            return {}
        places = self.names.elsewhere(self.figures)
        return {
            name: places.path(source, f"{self.kind}.{name}", ".png") for name in self.figure_names
        }

    def shown(self, path: Path) -> str:
        """Name for the manifest: as seen from the output folder, wherever that may be moved to."""
        return os.path.relpath(path, self.names.directory)

    def check(self, sources: list[Path]) -> None:
        """Find out before any work what would go wrong at its end.

        Raises
        ------
        ParameterError
            If two files would write the same results, or a result would replace an input.
        OutputError
            If a result exists already, or none can be written.
        """
        taken: dict[Path, Path] = {}
        for source in sources:
            manifest_path = self.manifest_path(source)
            other = taken.setdefault(manifest_path, source)
            if other is not source:
                raise ParameterError(
                    f"{other} and {source} would both write {manifest_path}: "
                    "give them different folders with --output-dir, or rename one"
                )
        inputs = {os.path.realpath(source) for source in (*sources, *self.further)}
        if os.path.realpath(self.names.directory) in inputs and self.names.directory.is_dir():
            raise ParameterError(
                f"{self.names.directory}: is an input, and the results would lie in it: "
                "choose another --output-dir"
            )
        results = [result for source in sources for result in self._results(source)]
        earlier = [result for source in sources for result in self.earlier_files(source)]
        for result in results:
            check_name(result)
        for result in (*results, *earlier):
            if os.path.realpath(result) in inputs:
                raise ParameterError(
                    f"{result}: is an input and would be replaced: choose another --output-dir"
                )
        check_writable(self.names.directory, "--output-dir")
        if self.figures is not None:
            check_writable(self.figures, "--plots")
        found = first_existing(results)
        if found and not (self.overwrite or self.skip_existing):
            raise OutputError(
                f"{found}: exists already: choose --overwrite, --skip-existing or another folder"
            )

    def is_done(self, source: Path, options: Mapping[str, Any]) -> bool:
        """Whether existing results are to be skipped and an earlier run finished this very job.

        A page that alone is missing is made from the others.

        Raises
        ------
        OutputError
            If there are results of another input or other options, or files that no manifest
            tells of: they are no rest of this job, so they are neither skipped nor replaced.
        InputError
            If the input cannot be read.
        """
        stages.enter("reading")
        if not self.skip_existing:
            return False
        previous = self.earlier(source)
        if previous:
            ours = plain({"options": options, "input": self.describe(source)})
            if any(previous.get(key) != entry for key, entry in ours.items()):
                raise OutputError(
                    f"{self.manifest_path(source)}: tells of another input or other options: "
                    "choose --overwrite or another folder"
                )
        earlier = self.earlier_files(source)
        foreign = first_existing(path for path in self._results(source) if path not in earlier)
        if foreign:
            raise OutputError(
                f"{foreign}: exists already, and no manifest tells how it came to be: "
                "choose --overwrite or another folder"
            )
        sizes, folder = dict(previous.get("sizes", {})), self.names.directory
        page = sizes.pop(self.shown(self.report_path(source)), None)
        drawn = [self.sheet_path(source), *self.figure_paths(source).values()] * self.sheet
        known = {self.shown(path): path for path in self._results(source)}
        done = (
            bool(previous)
            and all(self.shown(path) in sizes for path in drawn)
            and all(_size(known.get(name, folder / name)) == size for name, size in sizes.items())
        )
        if done and self.report and _size(self.report_path(source)) != page:
            from tdsep.jobs.report import add_page  # what it takes is not for every run

            add_page(self.manifest_path(source))
        return done

    @contextmanager
    def gather(self, source: Path) -> Iterator[Results]:
        """Gather the results of one input, which appear together when they are finished."""
        with OutputFiles() as files:
            yield Results(self, source, files)

    def folders(self, sources: list[Path]) -> set[Path]:
        """Folders that the results of some inputs go to."""
        return {result.parent for source in sources for result in self._results(source)}

    def earlier(self, source: Path) -> dict[str, Any]:
        """Return the manifest that an earlier run left for `source`; empty where none did."""
        path = self.manifest_path(source)
        try:
            document = json.loads(path.read_bytes()) if path.is_file() else {}
            ours = document["command"] == self.command and document["input"]["name"] == source.name
            named = all(isinstance(name, str) for name in document["files"])
            sized = all(isinstance(size, int) for size in document["sizes"].values())
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}
        return document if ours and named and sized else {}

    def write(
        self, source: Path, contents: Mapping[Path, bytes], document: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write all results of one input, where they are at hand: see `Results`."""
        with self.gather(source) as results:
            return results.finish(document, contents)

    def _results(self, source: Path) -> list[Path]:
        """Every file that the command could write for `source`."""
        made = [self.path(source, result) for result in self.results]
        figures = self.figure_paths(source).values()
        pages = [self.sheet_path(source), *figures, self.report_path(source)]
        return [*made, *pages, self.manifest_path(source)]

    def earlier_files(self, source: Path) -> set[Path]:
        """Return the results of an earlier run on `source` that are still there."""
        listed = set(self.earlier(source).get("files", ()))
        known = [*self._results(source), *(self.path(source, name) for name in self.formerly)]
        return {p for p in known if self.shown(p) in listed and p.is_file()}


def _size(path: Path) -> int:
    """Bytes of a file; -1 if there is none."""
    return path.stat().st_size if path.is_file() else -1
