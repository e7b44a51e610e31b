"""Tables as text: comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write a table as comma-separated values in UTF-8, numbers with six significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{cell:.6g}" if _is_real(cell) else cell for cell in row])
    return text.getvalue().encode()


def _is_real(cell: Any) -> bool:
    # Of NumPy's scalars, too: only float64 is a float of Python's.
    return isinstance(cell, float) or getattr(getattr(cell, "dtype", None), "kind", "") == "f"
