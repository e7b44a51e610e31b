"""`report` on one run: its manifest and files once more, and the page that shows them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
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
    if not place.is_dir():
        return [place]
    found = []
    for path in sorted(place.rglob("*.json")):
        try:
            _read(path)
        except InputError:  # something else
            continue
        found.append(path)
    if not found:
        raise InputError(f"{place}: holds no manifest of tdsep's: give a folder of results")
    return found


@dataclass(frozen=True)
class ReportJob:
    """Writes the page of one run after another.

    Attributes
    ----------
    overwrite, skip_existing : bool
        What to do where there is a page already; refuse by default.
    """

    overwrite: bool = False
    skip_existing: bool = False

    @property
    def places(self) -> ReportJob:
        """What knows of earlier results."""
        return self

    def index(self, folder: Path) -> Path:
        """Where a folder's page goes.

        Raises
        ------
        OutputError
            If there is one already, and it is not to be replaced; or none of tdsep's, and it is
            not to be overwritten.
        """
        path = folder / _INDEX
        if path.exists() and not self.overwrite:
            ours = path.is_file() and _MARK in path.read_bytes()[:1000]
            if not (ours and self.skip_existing):
                cure = "--overwrite or --skip-existing" if ours else "--overwrite, or move it"
                raise OutputError(f"{path}: exists already: choose {cure}")
        return path

    def earlier(self, source: Path) -> dict[str, Any]:
        """Return the manifest as it is."""
        return _read(source)

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Write the page beside the manifest, which tells of it from then on.

        Returns
        -------
        dict or None
            The manifest; None if there is a page and it is skipped.

        Raises
        ------
        TdsepError
            One line that begins with the manifest's name.
        """
        stages.enter("reading")
        document = _read(source)
        folder, page = _folder(source, document), _page(document)
        if (folder / page).exists() and not self.overwrite:
            if self.skip_existing:
                return None
            raise OutputError(
                f"{folder / page}: exists already: choose --overwrite or --skip-existing"
            )
        stages.enter("reporting")
        files = {name: _within(source, folder, name) for name in document["files"]}
        try:
            content = run_page(document, page, files)
        except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
            raise InputError(
                f"{source}: is not as this tdsep writes it ({type(error).__name__}: {error}): run "
                "the command again"
            ) from None
        *others, own = [name for name in document["files"] if name != page]
        document["files"] = [*others, page, own]
        document["sizes"] = {
            **{name: document["sizes"].get(name, -1) for name in others}, page: len(content)
        }  # fmt: skip
        stages.enter("writing")
        with OutputFiles() as written:
            written.add(folder / page, content)
            written.add(source, to_json(document).encode())
            written.commit(first=source)
        return document


def write_index(index: Path, manifests: Sequence[Path], failed: Sequence[str]) -> None:
    """Write a folder's page, which leads to those of the runs in it.

    Parameters
    ----------
    index : Path
    manifests : sequence of Path
        Of the runs that have a page.
    failed : sequence of str
        What became of inputs that have no results.
    """
    runs = []
    for path in manifests:
        document = _read(path)
        page = _folder(path, document) / _page(document)
        runs.append((document, os.path.relpath(page, index.parent)))
    with OutputFiles() as written:
        written.add(index, folder_page(runs, failed))
        written.commit()


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
            f"{path}: is no manifest of this tdsep's: give the .json that a command wrote beside "
            "its results, or their folder"
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


def _page(document: dict[str, Any]) -> str:
    """Name of the page, as the manifest has those of files."""
    return str(Path(document["files"][-1]).with_suffix(".html"))


def _within(path: Path, folder: Path, name: str) -> Path:
    """Where a file of a manifest lies.

    Raises
    ------
    InputError
        If that is not in its folder.
    """
    place = folder / name
    if ".." in place.relative_to(folder).parts if place.is_relative_to(folder) else True:
        raise InputError(f"{path}: names a file outside its folder, {name!r}: not read")
    return place
