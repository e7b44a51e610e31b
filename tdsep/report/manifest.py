"""The manifest: one JSON document that tells how a run's files came to be."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tdsep._version import __version__
from tdsep.audio import AudioInfo, probe
from tdsep.inputs import open_error

#: A list of nothing but numbers, a line each.
_NUMBERS = re.compile(r"(?<=\[)\n[-+.,\w\s]*?\n\s*(?=\])")


def input_entry(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe an input: its name, and the SHA-256 of its bytes, or of a folder's names and bytes.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    place = Path(path)
    try:
        if place.is_dir():
            digest = hashlib.sha256()
            for file in sorted(file for file in place.rglob("*") if file.is_file()):
                digest.update(os.fsencode(file.relative_to(place)) + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
        else:
            with place.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256")
    except (OSError, ValueError) as error:
        raise open_error(path, error) from None
    return {"name": place.name, "sha256": digest.hexdigest()}


def audio_entry(path: str | os.PathLike[str], info: AudioInfo | None = None) -> dict[str, Any]:
    """Describe a sound file, too: its format.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    info = probe(path) if info is None else info
    return {
        **input_entry(path),
        "rate": info.rate,
        "channels": info.channels,
        "frames": info.frames,
        "subtype": info.subtype,
    }


def manifest(
    command: str, options: Mapping[str, Any], seed: int | None, **entries: Any
) -> dict[str, Any]:
    """Put a manifest together: the program, the command with its options, then the entries."""
    return plain(
        {"tdsep": __version__, "command": command, "options": options, "seed": seed, **entries}
    )


def to_json(document: Mapping[str, Any]) -> str:
    """Write a manifest as JSON text, lists of numbers on a line; those that JSON lacks are null."""
    text = json.dumps(plain(document), indent=2, allow_nan=False)
    # There is no line break within a string of JSON.
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def plain(value: Any) -> Any:
    """Give a value the form it has after JSON: arrays become lists, NaN and infinities None."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Path):
        return str(value)
    return value
