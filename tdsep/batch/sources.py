"""Which files a batch is about: those named, those of a folder, or those of a list."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from tdsep.errors import InputError
from tdsep.inputs import SOUND_ENDINGS, open_error

#: What every manifest begins with.
_MANIFEST = b'{\n  "tdsep": '


def listed(stream: BinaryIO) -> list[Path]:
    """Read a list of files: one a line, or with NUL between them if there is one.

    Raises
    ------
    InputError
        If it is empty.
    """
    content = stream.read()
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    paths = [Path(os.fsdecode(name)) for name in names if name.strip()]
    if not paths:
        raise InputError("stdin: lists no files: give one a line")
    return paths


def sounds_in(folder: Path, recursive: bool = False, results: bool = False) -> list[Path]:
    """Return the sound files in a folder, sorted.

    What begins with a dot is left out, and so is every result of an earlier run, unless wanted:
    what a manifest of tdsep in these folders lists.

    Parameters
    ----------
    folder : Path
    recursive : bool
        Whether sub-folders count, too.
    results : bool
        Whether results of tdsep count, too.

    Raises
    ------
    InputError
        If there are none, or the folder cannot be read.
    """
    found, manifests = [], []
    try:
        for path in _files(folder, recursive):
            if path.suffix.lower() in SOUND_ENDINGS:
                found.append(path)
            elif path.suffix == ".json":
                manifests.append(path)
    except OSError as error:
        raise open_error(error.filename or folder, error) from None
    excluded = set() if results else set(_results(manifests))
    sounds = sorted(path for path in found if path not in excluded)
    if not sounds:
        problem = "holds nothing but results of tdsep" if found else "holds no sound files"
        cure = "give them by name" if found else "give another folder, or --recursive"
        raise InputError(f"{folder}: {problem}: {cure}")
    return sounds


def _files(folder: Path, recursive: bool) -> Iterator[Path]:
    """All regular files in a folder but hidden ones."""

    def refuse(error: OSError) -> None:
        raise error

    for place, below, names in os.walk(folder, onerror=refuse):
        below[:] = [name for name in below if recursive and not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            # A link to nowhere is a recording that is missing: it shall be told of.
            if not name.startswith(".") and (path.is_file() or not path.exists()):
                yield path


def _results(manifests: Iterable[Path]) -> Iterator[Path]:
    """All files that some manifests list; they name themselves, too, from the same folder."""
    for manifest in manifests:
        try:
            with manifest.open("rb") as file:
                if file.read(len(_MANIFEST)) != _MANIFEST:
                    continue
            names = json.loads(manifest.read_bytes())["files"]
            own = next(
                parts for parts in (Path(name).parts for name in names)
                if manifest.parts[-len(parts) :] == parts
            )  # fmt: skip
        except (OSError, ValueError, LookupError, TypeError, StopIteration, RecursionError):
            continue
        folder = manifest.parents[len(own) - 1]
        yield from (folder / name for name in names if isinstance(name, str))
