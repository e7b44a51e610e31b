"""Matrices that NumPy or SciPy saved."""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import InputError
from tdsep.inputs import open_regular, reason

#: The endings of such files.
MATRIX_ENDINGS = (".npz", ".npy")
#: Bytes that a byte of what is deflated holds at most.
_DEFLATED = 1032
#: Rows and columns without an entry that a sparse matrix may have: hashed words have a million.
_MOST_EMPTY = 1 << 22


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
            content = _of_archive(path, file) if zipfile.is_zipfile(file) else _of_array(file)
        except (
            ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile, zlib.error,
            NotImplementedError,
        ) as error:  # fmt: skip
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


def _of_array(file: Any) -> Any:
    file.seek(0)
    _check_promise(file, os.fstat(file.fileno()).st_size)
    file.seek(0)
    return np.load(file, allow_pickle=False)


def _of_archive(path: object, file: Any) -> Any:
    file.seek(0)
    archive = np.load(file, allow_pickle=False)
    names, size = archive.files, os.fstat(file.fileno()).st_size
    for member in archive.zip.infolist():
        most = size if member.compress_type == zipfile.ZIP_STORED else size * _DEFLATED
        with archive.zip.open(member) as content:
            _check_promise(content, min(member.file_size, most))
    if "format" in names and "shape" in names:
        if archive["shape"].sum() > _MOST_EMPTY + archive["data"].size:
            raise ValueError("nearly all of its rows or columns are empty")
        file.seek(0)
        found = sp.load_npz(file)
        if hasattr(found, "check_format"):  # else an index out of range would be followed
            found.check_format()
        return sp.csr_array(found)
    if len(names) != 1:
        raise InputError(
            f"{path}: holds {len(names)} arrays ({', '.join(names)}): save the one matrix alone"
        )
    return archive[names[0]]


def _check_promise(file: Any, size: int) -> None:
    """Raise ValueError where an array's header promises more than there is: it is not allocated.

    Parameters
    ----------
    file : file
        At the beginning of the array.
    size : int
        Bytes there, at most.
    """
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0
    }.get(version)  # fmt: skip
    if read is None:
        raise ValueError(f"it has the version {version} of NumPy's format")
    shape, _, kind = read(file)
    if min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize > size:
        raise ValueError(f"its header promises {shape} entries, and there are fewer")
