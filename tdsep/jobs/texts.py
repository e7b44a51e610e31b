"""Texts as the jobs read them: the results of an earlier run are none of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tdsep.corpus import read_corpus
from tdsep.inputs import is_folder
from tdsep.report.manifest import input_entry


def texts_entry(source: Path, results: Path) -> dict[str, Any]:
    """Describe texts; of a folder what is read, for the folder of results may lie in it.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    if not is_folder(source):
        return input_entry(source)
    corpus = read_corpus(source, results)
    digest = hashlib.sha256()
    for name, text in zip(corpus.names, corpus.texts, strict=True):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return {"name": source.name, "sha256": digest.hexdigest()}
