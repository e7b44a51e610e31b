"""Matrices that NumPy or SciPy saved."""

from __future__ import annotations

import os
import zipfile
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import InputError
from tdsep.inputs import open_regular, reason

#: The endings of such files.
MATRIX_ENDINGS = (".npz", ".npy")


def read_matrix(path: str | os.PathLike[str]) -> Any:
    """Read a matrix: ``numpy.save``, ``numpy.savez`` of one array, or ``scipy.sparse.save_npz``.

    Returns
    -------
    ndarray [I, J] or csr_array
        Of numbers; whether they are negative or finite is not looked at.

    Raises
    ------
    InputError
        If the file is missing, unreadable, or holds anything else. Pickled objects, which could
        run code, are not read.
    """
    with open_regular(path, "matrix file") as file:
        try:
            content = np.load(file, allow_pickle=False)
            if isinstance(content, np.lib.npyio.NpzFile):
                content = _of_archive(path, file, content)
        except (ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path}: is no matrix that numpy or scipy.sparse saved ({reason(error)}): "
                "save it with numpy.save, numpy.savez or scipy.sparse.save_npz"
            ) from None
    if content.ndim != 2 or content.dtype.kind not in "buif":
        raise InputError(
            f"{path}: holds {content.ndim} dimensions of {content.dtype}: "
            "give a matrix, of two dimensions, of real numbers"
        )
    return content


def _of_archive(path: object, file: Any, archive: Any) -> Any:
    names = archive.files
    if "format" in names and "shape" in names:
        file.seek(0)
        return sp.csr_array(sp.load_npz(file))
    if len(names) != 1:
        raise InputError(
            f"{path}: holds {len(names)} arrays ({', '.join(names)}): save the one matrix alone"
        )
    return archive[names[0]]
