"""Matrices and tables in files, to arrays and back."""

from tdsep.tables.join import JoinedTables, join_tables
from tdsep.tables.matrices import MATRIX_ENDINGS, read_matrix
from tdsep.tables.named import NamedTable, read_modes, read_table
from tdsep.tables.text import csv_bytes

__all__ = [
    "MATRIX_ENDINGS",
    "JoinedTables",
    "NamedTable",
    "csv_bytes",
    "join_tables",
    "read_matrix",
    "read_modes",
    "read_table",
]
