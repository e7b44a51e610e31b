import json
from pathlib import Path

import numpy as np

from tdsep.report.manifest import manifest, to_json


def test_everything_becomes_json():
    text = to_json({
        "array": np.array([1.5, np.nan]), "inf": -np.inf, "int": np.int64(3),
        "path": Path("a/b"), "tuple": (1, None), 5: "é\udcff",
    })  # fmt: skip
    assert json.loads(text) == {
        "array": [1.5, None], "inf": None, "int": 3, "path": "a/b", "tuple": [1, None],
        "5": "é\udcff",
    }  # fmt: skip


def test_the_head_of_a_manifest():
    document = manifest("gmm-separate", {"mask": "soft"}, 3, gain=1.0)
    assert list(document) == ["tdsep", "command", "options", "seed", "gain"]
