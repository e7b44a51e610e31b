"""Lists of words: one a line."""

from __future__ import annotations

import os

from tdsep.corpus.decoding import decode, without_surrogates
from tdsep.errors import InputError
from tdsep.inputs import open_regular


def read_words(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read a file of words, one a line; empty lines at its end do not count.

    Raises
    ------
    InputError
        If it cannot be read or is no text.
    """
    with open_regular(path, "file of words") as file:
        text, _ = decode(file.read())
    if text is None:
        raise InputError(f"{path}: is no text: give a file of words, one a line")
    lines = text.rstrip().split("\n")
    return tuple(without_surrogates(line.strip()) for line in lines)
