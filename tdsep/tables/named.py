"""Tables whose rows and columns have names, read from comma-separated values."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdsep.errors import InputError
from tdsep.inputs import open_regular

#: What stands between the names of both modes in a wide table's first cell.
_BETWEEN_MODES = "/"
_DELIMITERS = ",;\t"
_NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TOO_LARGE = 1e30
_FORMS = (
    "the header must be user/good,apple,bread,... (a wide table) or user,good,count (a line for "
    "each entry)"
)

#: A row of cells and the line of the file where it ends.
_Row = tuple[int, list[str]]


@dataclass(frozen=True, eq=False)
class NamedTable:
    """A table as it was written.

    Attributes
    ----------
    path : Path
    modes : tuple of str
        What the rows are, and the columns.
    names : tuple of tuple of str
        Of the rows, and of the columns, in the order of the file.
    places : ndarray of int [2, n]
        Row and column of each value written.
    values : ndarray [n]
        From 0 up.
    empty : ndarray of int [2, m]
        Row and column of the cells left empty: missing ones.
    lists_all : bool
        Whether every cell is written, if only as empty (a wide table), or those that have
        something to say.
    """

    path: Path
    modes: tuple[str, str]
    names: tuple[tuple[str, ...], tuple[str, ...]]
    places: np.ndarray
    values: np.ndarray
    empty: np.ndarray
    lists_all: bool


def read_table(path: str | os.PathLike[str]) -> NamedTable:
    """Read a table with named rows and columns.

    A wide table's header is ``user/good,apple,bread,...``: what rows and columns are, then the
    columns' names; each line is a row's name and its values. A long one's is
    ``user,good,count``: each line is an entry. Cells that are left empty are missing. The
    delimiter, a comma, a semicolon or a tab, is the first of these in the header; the text is in
    UTF-8. Names are compared in Unicode's composed form, without spaces around them.

    Raises
    ------
    InputError
        If the file is missing, or something in it cannot be; the message tells the line.
    """
    rows = _rows(path)
    header = _header(path, rows)
    reader = _Reader(Path(path), header)
    for line, cells in rows:
        reader.take(line, cells)
    return reader.table()


def read_modes(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Read of a table only what its rows and its columns are.

    Raises
    ------
    InputError
        If the file is missing, or its header names no modes.
    """
    return _modes(path, _header(path, _rows(path)))


def _rows(path: str | os.PathLike[str]) -> Iterator[_Row]:
    """Yield the rows that are not blank."""
    with open_regular(path, "table") as file:
        content = file.readall()
    if b"\0" in content:
        raise InputError(f"{path}: is no text: save it as comma-separated values in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line} is not in UTF-8: save the table in it") from None
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    delimiter = next((sign for sign in unquoted if sign in _DELIMITERS), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [unicodedata.normalize("NFC", c.strip()) for c in cells]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num} cannot be read ({error})") from None


def _header(path: object, rows: Iterator[_Row]) -> list[str]:
    """Return the header's cells; those of a long table are three without a slash in the first."""
    _, header = next(rows, (0, []))
    wide = bool(header) and _BETWEEN_MODES in header[0]
    if not header or (wide and len(header) < 2) or (not wide and len(header) != 3):
        raise InputError(f"{path}: names no modes: {_FORMS}")
    return header


def _modes(path: object, header: Sequence[str]) -> tuple[str, str]:
    first, slash, second = header[0].partition(_BETWEEN_MODES)
    modes = (first.strip(), second.strip()) if slash else (header[0], header[1])
    if not all(modes) or _BETWEEN_MODES in modes[1]:
        raise InputError(f"{path}: names no modes: {_FORMS}")
    if modes[0] == modes[1]:
        raise InputError(f"{path}: rows and columns are both {modes[0]!r}: name them differently")
    if any(_is_number(cell) is not None for cell in (*modes, *(() if slash else header[2:]))):
        raise InputError(f"{path}: begins with numbers, not with a header: {_FORMS}")
    return modes


class _Reader:
    """Takes one row after another."""

    def __init__(self, path: Path, header: list[str]) -> None:
        self._path = path
        self._modes = _modes(path, header)
        self._wide = _BETWEEN_MODES in header[0]
        self._known: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._seen: set[tuple[int, int]] = set()
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._values: list[float] = []
        self._n_cells = len(header)
        for number, name in enumerate(header[1:] if self._wide else (), start=2):
            if not name:
                raise InputError(f"{path}: column {number} has no name in the header")
            if name in self._known[1]:
                raise InputError(f"{path}: two columns are called {name!r}: join or rename them")
            self._known[1][name] = len(self._known[1])

    def take(self, line: int, cells: list[str]) -> None:
        """Take a row of cells."""
        if len(cells) != self._n_cells:
            raise self._error(
                line, f"has {len(cells)} cells and the header {self._n_cells}: they must agree"
            )
        if not cells[0] or not (self._wide or cells[1]):
            raise self._error(line, "has no name: give one")
        rows, columns = self._known
        if not self._wide:
            place = (self._number(rows, cells[0]), self._number(columns, cells[1]))
            if place in self._seen:
                raise self._error(line, f"{cells[0]!r} and {cells[1]!r} stand here again: add them")
            self._seen.add(place)
            self._add(line, *place, cells[2])
            return
        if cells[0] in rows:
            raise self._error(line, f"there is a row {cells[0]!r} already: join or rename them")
        row = self._number(rows, cells[0])
        for column, cell in enumerate(cells[1:]):
            self._add(line, row, column, cell)

    def table(self) -> NamedTable:
        """Return what was read."""
        values = np.array(self._values)
        places = np.array([self._rows, self._columns], dtype=np.intp)
        missing = np.isnan(values)
        if not (values > 0).any():
            raise InputError(f"{self._path}: holds no value above 0: nothing can be learned")
        return NamedTable(
            self._path, self._modes, (tuple(self._known[0]), tuple(self._known[1])),
            places[:, ~missing], values[~missing], places[:, missing], self._wide,
        )  # fmt: skip

    @staticmethod
    def _number(known: dict[str, int], name: str) -> int:
        return known.setdefault(name, len(known))

    def _add(self, line: int, row: int, column: int, cell: str) -> None:
        value = float("nan") if not cell else _is_number(cell)
        if value is None:
            raise self._error(
                line,
                f"{cell!r} is no number from 0 up, as 3 or 2.5: leave missing cells empty",
            )
        self._rows.append(row)
        self._columns.append(column)
        self._values.append(value)

    def _error(self, line: int, message: str) -> InputError:
        return InputError(f"{self._path}: line {line}: {message}")


def _is_number(cell: str) -> float | None:
    """Read a number from 0 up that can be computed with; None if it is none."""
    value = float(cell) if _NUMBER.fullmatch(cell) else _TOO_LARGE
    return value if value < _TOO_LARGE else None
