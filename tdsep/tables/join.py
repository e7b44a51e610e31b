"""Tables that share rows or columns, aligned by the names of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import InputError, ParameterError
from tdsep.tables.named import NamedTable

#: Cells of a table that is held in memory whole; a larger one is held by its entries.
MOST_CELLS = 1 << 24
#: What cells that a long table does not list are.
UNLISTED = ("zero", "missing")

_Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class JoinedTables:
    """Tables as matrices whose shared modes are in one order.

    Attributes
    ----------
    names : dict of tuple of str
        By mode, of everything that any table names, in the order of first mention.
    matrices : dict of ndarray or csr_array
        By the modes of their rows and columns, in the order of the tables; any number where
        nothing is known.
    known : dict of ndarray or csr_array
        Which cells are known, of the matrices that lack some.
    """

    names: dict[str, tuple[str, ...]]
    matrices: dict[_Pair, Any]
    known: dict[_Pair, Any]

    def n_known(self, pair: _Pair) -> int:
        """How many cells of a table are known."""
        if pair not in self.known:
            return int(np.prod(self.matrices[pair].shape))
        return int(self.known[pair].sum())


def join_tables(
    tables: Sequence[NamedTable], unlisted: Sequence[str] = UNLISTED[:1]
) -> JoinedTables:
    """Align tables by the names of their rows and columns.

    What a table does not name and another does is unknown in the first one.

    Parameters
    ----------
    tables : sequence of NamedTable
        The first one is the one whose missing cells are to be predicted.
    unlisted : sequence of {"zero", "missing"}
        What a long table says of the cells that it does not list, of rows and columns it names:
        one for all tables, or one for each.

    Raises
    ------
    InputError
        If two tables are of the same modes, one shares none or no names with the others, or one
        is too large for what it leaves out.
    ParameterError
        If `unlisted` is neither one nor as many as the tables.
    """
    if len(unlisted) not in (1, len(tables)):
        raise ParameterError(
            f"`unlisted` tells of {len(unlisted)} tables, and there are {len(tables)}: "
            "say it once for all, or for each"
        )
    rules = list(unlisted) * (len(tables) // len(unlisted))
    _check_modes(tables)
    names: dict[str, dict[str, int]] = {}
    for table in tables:
        for mode, own in zip(table.modes, table.names, strict=True):
            known = names.setdefault(mode, {})
            for name in own:
                known.setdefault(name, len(known))
    _check_names(tables)
    joined = JoinedTables({mode: tuple(known) for mode, known in names.items()}, {}, {})
    for table, rule in zip(tables, rules, strict=True):
        order = [
            np.array([names[mode][name] for name in listed], dtype=np.intp)
            for mode, listed in zip(table.modes, table.names, strict=True)
        ]
        shape = tuple(len(names[mode]) for mode in table.modes)
        place = _dense if np.prod(shape, dtype=np.float64) <= MOST_CELLS else _sparse
        matrix, known_cells = place(table, order, shape, rule == "zero" and not table.lists_all)
        joined.matrices[table.modes] = matrix
        if known_cells is not None:
            joined.known[table.modes] = known_cells
    first = joined.matrices[tables[0].modes]
    if sp.issparse(first):
        raise InputError(
            f"{tables[0].path}: has {first.shape[0]} x {first.shape[1]} cells to be predicted: "
            f"the first table may have {MOST_CELLS} at most"
        )
    return joined


def _dense(
    table: NamedTable, order: list[np.ndarray], shape: tuple[int, ...], zeros: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    rows, columns = order
    matrix = np.zeros(shape, np.float32)
    known = np.zeros(shape, bool)
    if zeros:
        known[np.ix_(rows, columns)] = True
    here = rows[table.places[0]], columns[table.places[1]]
    matrix[here] = table.values
    known[here] = True
    known[rows[table.empty[0]], columns[table.empty[1]]] = False
    return matrix, None if known.all() else known


def _sparse(
    table: NamedTable, order: list[np.ndarray], shape: tuple[int, ...], zeros: bool
) -> tuple[sp.csr_array, sp.csr_array | None]:
    places = order[0][table.places[0]], order[1][table.places[1]]
    matrix = sp.csr_array((table.values, places), shape=shape)
    if not zeros:
        return matrix, sp.csr_array((np.ones(table.values.size, np.float32), places), shape=shape)
    if table.empty.size or shape != tuple(map(len, table.names)):
        raise InputError(
            f"{table.path}: is too large, {shape[0]} x {shape[1]}, to tell what it lacks from "
            "zeros: list every name of the other tables in it, or say that the unlisted is missing"
        )
    return matrix, None


def _check_modes(tables: Sequence[NamedTable]) -> None:
    seen: dict[frozenset[str], NamedTable] = {}
    spelled: dict[str, str] = {}
    for table in tables:
        other = seen.setdefault(frozenset(table.modes), table)
        if other is not table:
            raise InputError(
                f"{table.path}: is of {' and '.join(table.modes)}, as is {other.path}: "
                "make one table of both"
            )
        for mode in table.modes:
            if spelled.setdefault(mode.casefold(), mode) != mode:
                raise InputError(
                    f"{table.path}: calls {mode!r} what another table calls "
                    f"{spelled[mode.casefold()]!r}: spell them alike"
                )
    reached = set(tables[0].modes)
    for _ in tables:
        for table in tables:
            if reached & set(table.modes):
                reached |= set(table.modes)
    for table in tables:
        if not reached & set(table.modes):
            raise InputError(
                f"{table.path}: is of {' and '.join(table.modes)}, which no table that hangs "
                f"together with {tables[0].path} is: check the names in the headers"
            )


def _check_names(tables: Sequence[NamedTable]) -> None:
    """Tables that share a mode and no name of it are spelled differently."""
    for table in tables:
        for mode, own in zip(table.modes, table.names, strict=True):
            others = [other for other in tables if other is not table and mode in other.modes]
            theirs = {name for other in others for name in other.names[other.modes.index(mode)]}
            if others and not set(own) & theirs:
                raise InputError(
                    f"{table.path}: names no {mode} that another table does ({own[0]!r}, ...): "
                    "spell them alike"
                )
