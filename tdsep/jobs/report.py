"""`report` on one run: its manifest and files once more, and the page that shows them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tdsep.errors import InputError, OutputError
from tdsep.inputs import open_error
from tdsep.jobs import stages
from tdsep.outputs import OutputFiles
from tdsep.report.manifest import to_json
from tdsep.report.page import folder_page, run_page

#: Page of a folder, and what tells it from a page of somebody else's.
_INDEX, _MARK = "report.html", b'<meta name="generator" content="tdsep">'


def manifests_in(place: Path) -> list[Path]:
    """Find the manifests in a folder and those below it; of a file, that.

    Raises
    ------
    InputError
        If there is none.
    """
    found = [place] if not place.is_dir() else list(_manifests_below(place))
    if not found:
        raise InputError(f"{place}: holds no manifest of this tdsep: give a folder of results")
    return found


def _manifests_below(folder: Path) -> dict[Path, dict[str, Any]]:
    found = {}
    for path in sorted(folder.rglob("*.json")):
        with suppress(InputError):  # something else
            found[path] = _read(path)
    return found


@dataclass(frozen=True)
class ReportJob:
    """Writes the page of one run after another.

    Attributes
    ----------
    overwrite : bool
        Whether to write anew what is there already.
    """

    overwrite: bool = False

    @property
    def places(self) -> ReportJob:
        """What knows of earlier results."""
        return self

    def earlier(self, source: Path) -> dict[str, Any]:
        """Return the manifest as it is."""
        return _read(source)

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Write the page of the run that a manifest tells of.

        Returns
        -------
        dict or None
            The manifest; None if it has its page already.

        Raises
        ------
        TdsepError
            One line that begins with the manifest's name.
        """
        stages.enter("reading")
        document = _read(source)
        page, name = _page(source, document)
        if page.exists() and not self.overwrite:
            if document["sizes"].get(name) == page.stat().st_size:
                return None
            raise OutputError(f"{page}: is another page than the run's: choose --overwrite")
        return add_page(source)


def add_page(source: Path) -> dict[str, Any]:
    """Write the page of a run beside its manifest, which tells of it from then on.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    TdsepError
        One line that begins with the manifest's name.
    """
    stages.enter("reporting")
    document = _read(source)
    folder = _folder(source, document)
    page, name = _page(source, document)
    # Figures may lie elsewhere; nothing there is read, whatever a manifest says.
    files = {each: folder / each for each in document["files"] if _leads_within(each)}
    try:
        for path in (files[part] for part in document.get("parts", {}).values()):
            if not path.exists():
                raise InputError(f"{source}: {path} is gone: run the command again")
        content = run_page(document, name, files)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError):
        raise InputError(
            f"{source}: is not as this tdsep wrote it: run the command again"
        ) from None
    *others, own = [each for each in document["files"] if each != name]
    document["files"] = [*others, name, own]
    sizes = {each: document["sizes"].get(each, -1) for each in others}
    document["sizes"] = {**sizes, name: len(content)}
    stages.enter("writing")
    try:
        with OutputFiles() as written:
            written.add(page, content)
            written.add(source, to_json(document).encode())
            written.commit(first=source)
    except OutputError as error:
        reason = str(error).rpartition(": choose")[0]
        raise OutputError(f"{reason}: a page lies beside its manifest: copy that first") from None
    return document


def index_of(folder: Path, overwrite: bool) -> Path:
    """Where a folder's page goes; an earlier one is replaced.

    Raises
    ------
    OutputError
        If there is a page of somebody else's, which is not to be overwritten.
    """
    path = folder / _INDEX
    if path.exists() and not overwrite and not _is_index(path):
        raise OutputError(f"{path}: is another page than tdsep's: choose --overwrite, or move it")
    return path


def _is_index(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as page:
        return _MARK in page.read(1000)


def write_index(index: Path, failed: Sequence[str]) -> int:
    """Write a folder's page, which leads to those of the runs in it.

    Parameters
    ----------
    index : Path
    failed : sequence of str
        What became of inputs that have no results, or of results that have no page.

    Returns
    -------
    int
        How many runs have a page; nothing is written where none has.
    """
    runs = []
    for path, document in _manifests_below(index.parent).items():
        page, _ = _page(path, document)
        if page.exists():
            runs.append((document, os.path.relpath(page, index.parent)))
    if runs:
        with OutputFiles() as written:
            written.add(index, folder_page(runs, failed))
            written.commit()
    return len(runs)


def _read(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises
    ------
    InputError
        If it cannot be read, or is none.
    """
    try:
        document = json.loads(path.read_bytes())
        named = all(isinstance(name, str) for name in document["files"])
        known = isinstance(document["sizes"], dict) and isinstance(document["input"]["name"], str)
        if not (named and known and document["command_line"].startswith("tdsep ")):
            raise ValueError
    except OSError as error:
        raise open_error(path, error) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{path}: is no manifest of this tdsep: give the .json that a command left beside its "
            "results, or their folder"
        ) from None
    return document


def _folder(path: Path, document: dict[str, Any]) -> Path:
    """Folder that the files' names begin in.

    Raises
    ------
    InputError
        If the manifest has another name than it was written by.
    """
    own = Path(document["files"][-1] if document["files"] else "")
    place = path if len(path.parts) >= len(own.parts) else path.absolute()
    if not own.name or place.parts[-len(own.parts) :] != own.parts:
        raise InputError(f"{path}: was {own} when it was written: give it its name back")
    return Path(*place.parts[: -len(own.parts)])


def _page(path: Path, document: dict[str, Any]) -> tuple[Path, str]:
    """Where a run's page lies, and its name, as the manifest has those of files."""
    name = str(Path(document["files"][-1]).with_suffix(".html"))
    return _folder(path, document) / name, name


def _leads_within(name: str) -> bool:
    """Whether a name leads to no other folder."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts
