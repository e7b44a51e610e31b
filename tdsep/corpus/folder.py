"""A folder of texts, each a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from tdsep.corpus.corpus import Corpus, Tally
from tdsep.corpus.decoding import decode, without_surrogates
from tdsep.errors import InputError
from tdsep.inputs import open_error, reason


def read_folder(folder: Path, left_out: Path | None = None) -> Corpus:
    """Read every file of a folder but those in one within it; sub-folders' names are labels.

    Raises
    ------
    InputError
        If the folder cannot be read or holds no text.
    """
    tally = Tally()
    found: list[tuple[Path, str]] = []
    for file in _files(folder, tally, left_out):
        name = without_surrogates(str(file))
        content = _content(folder / file, name, tally)
        if content is None:
            continue
        text, remark = decode(content)
        if text is None:
            tally.add("no text but binary: left out", name)
            continue
        if remark:
            tally.add(remark, name)
        found.append((file, text))
    if not found:
        said = "; ".join(tally.remarks())
        raise InputError(f"{folder}: holds no text{f' ({said})' if said else ''}: give another")
    files, texts = zip(*found, strict=True)
    names = tuple(without_surrogates(str(file)) for file in files)
    return Corpus(names, texts, _labels(files), tally.remarks())


def _files(folder: Path, tally: Tally, left_out: Path | None) -> Iterator[Path]:
    """Yield what a folder holds at any depth, relative to it, in an order of its own.

    Hidden files and folders are left out, and links to folders, which may go round in circles.
    """

    def unreadable(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise open_error(folder, error)
        tally.add(f"a folder that cannot be read ({reason(error)})", name_of(error.filename))

    def name_of(path: str | Path) -> str:
        return without_surrogates(str(Path(path).relative_to(folder)))

    for place, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if left_out is not None:
            folders[:] = [name for name in folders if not _same(Path(place, name), left_out)]
        for linked in (Path(place, name) for name in folders if Path(place, name).is_symlink()):
            tally.add("a link to a folder: not followed", name_of(linked))
        for name in sorted(name for name in files if not name.startswith(".")):
            yield Path(place, name).relative_to(folder)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _content(path: Path, name: str, tally: Tally) -> bytes | None:
    """Read a file; None, with a remark, where there is nothing to be read."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return path.read_bytes()
        tally.add("no regular file: left out", name)
    except OSError as error:
        tally.add(f"cannot be read ({reason(error)}): left out", name)
    return None


def _labels(files: tuple[Path, ...]) -> tuple[str | None, ...]:
    """Name the sub-folder that each file lies in, where the files first part."""
    above = [file.parent.parts for file in files]
    ends = list(zip(min(above), max(above), strict=False))
    common = next((level for level, (a, b) in enumerate(ends) if a != b), len(ends))
    return tuple(
        without_surrogates(file.parts[common]) if len(file.parts) > common + 1 else None
        for file in files
    )
