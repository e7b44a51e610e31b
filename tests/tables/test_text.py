import csv
import io

import numpy as np

from tdsep.tables import csv_bytes


def test_reads_back():
    rows = [["a, b", 1, 0.1234567], ['"quoted"', 2, np.float32(1e-9)], ["é\n", 3, np.float64(0)]]
    read = list(csv.reader(io.StringIO(csv_bytes(["name", "n", "x"], rows).decode())))
    assert read[0] == ["name", "n", "x"]
    assert [row[0] for row in read[1:]] == [row[0] for row in rows]
    assert [row[2] for row in read[1:]] == ["0.123457", "1e-09", "0"]
