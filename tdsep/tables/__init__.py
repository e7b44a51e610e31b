"""Matrices and tables in files, to arrays and back."""

from tdsep.tables.matrices import MATRIX_ENDINGS, read_matrix
from tdsep.tables.text import csv_bytes

__all__ = ["MATRIX_ENDINGS", "csv_bytes", "read_matrix"]
