"""Matrices and tables in files, to arrays and back."""

from tdsep.tables.matrices import read_matrix
from tdsep.tables.text import csv_bytes

__all__ = ["csv_bytes", "read_matrix"]
