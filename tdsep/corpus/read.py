"""Any corpus: a folder of texts, or a file of JSON lines."""

from __future__ import annotations

import os
from pathlib import Path

from tdsep.corpus.corpus import Corpus
from tdsep.corpus.folder import read_folder
from tdsep.corpus.json_lines import read_json_lines
from tdsep.errors import InputError
from tdsep.inputs import is_folder, is_regular

#: The endings of files of JSON lines.
JSON_LINES = (".jsonl", ".ndjson")


def read_corpus(path: str | os.PathLike[str], left_out: Path | None = None) -> Corpus:
    """Read a folder of texts, each a file at any depth, or a file of JSON lines.

    Of a folder hidden files, links to folders and files that are no text are left out. Where the
    files lie in several sub-folders, these are their labels. A JSON line is a string, or an object
    with a "text" and perhaps an "id" and a "label".

    Parameters
    ----------
    path : path
    left_out : Path, optional
        A folder within `path` that holds something else: results, for example.

    Raises
    ------
    InputError
        If it cannot be read, is something else, or holds no text.
    """
    place = Path(path)
    if is_folder(place):
        return read_folder(place, left_out)
    if is_regular(place) and place.suffix.lower() not in JSON_LINES:
        raise InputError(
            f"{path}: is no corpus: give a folder of texts, JSON lines (.jsonl) or a matrix of "
            "counts (.npz, .npy)"
        )
    return read_json_lines(place)
