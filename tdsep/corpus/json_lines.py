"""A file of JSON lines, each a document."""

from __future__ import annotations

import json
from pathlib import Path

from tdsep.corpus.corpus import Corpus, Tally
from tdsep.corpus.decoding import decode, without_surrogates
from tdsep.errors import InputError
from tdsep.inputs import open_regular


def read_json_lines(path: Path) -> Corpus:
    """Read a document a line: a string, or an object with a "text", perhaps an "id" and "label".

    Lines that are something else are left out, with a remark. Without an "id" a document is called
    by the number of its line.

    Raises
    ------
    InputError
        If the file cannot be read or no line is a document.
    """
    with open_regular(path, "file of JSON lines") as file:
        lines = file.read().split(b"\n")
    tally = Tally()
    no_document = 'neither a JSON string nor an object with a "text": left out'
    found: list[tuple[str, str, str | None]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        text, remark = decode(line)
        document = _document(text, str(number))
        if document is None:
            tally.add(no_document, f"line {number}")
            continue
        if remark:
            tally.add(remark, f"line {number}")
        found.append(document)
    if not found:
        raise InputError(
            f'{path}: no line is a JSON string or an object with a "text": give one document a line'
        )
    names, texts, labels = zip(*found, strict=True)
    return Corpus(names, texts, labels, tally.remarks())


def _document(line: str | None, name: str) -> tuple[str, str, str | None] | None:
    """Name, text and label of a line; None if it is no document."""
    try:
        content = json.loads(line or "")
    except (ValueError, RecursionError):
        return None
    if isinstance(content, str):
        content = {"text": content}
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        return None
    text, label = without_surrogates(content["text"]), _word(content.get("label"))
    return _word(content.get("id")) or name, text, label


def _word(value: object) -> str | None:
    """Take a name or a number as text; nothing else is a name."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return without_surrogates(str(value)) or None
    return None
