"""Stored frames are an array's, wherever they are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdsep import frames
from tdsep.errors import OutputError
from tdsep.frames import StoredFrames


@pytest.fixture(params=[True, False], ids=["memory", "disk"])
def place(request, monkeypatch):
    monkeypatch.setattr(frames, "_HELD", 1 << 20 if request.param else 1)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_what_was_written_is_read(rng, dtype):
    stored = StoredFrames(3, 50, dtype)
    array = np.zeros((3, 50), dtype)
    assert not np.asarray(stored).any()
    for start, stop in ((40, 45), (3, 10), (8, 20), (49, 50), (30, 30)):
        array[:, start:stop] = rng.random((3, stop - start))
        stored[:, start:stop] = array[:, start:stop]
        assert stored[:, start:stop].dtype == dtype
    np.testing.assert_array_equal(stored, array)
    for part in (slice(5, 12), slice(None, None, 7), slice(45, 99), slice(9, 3), slice(9, 3, 2)):
        np.testing.assert_array_equal(stored[:, part], array[:, part])
    for key in ((slice(None), array.any(axis=0)), (1, 4), 2, (slice(1, 3), slice(5, 9)), ...):
        np.testing.assert_array_equal(stored[key], array[key])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_any_order_of_writing(places):
    stored, array = StoredFrames(2, 30, np.float32), np.zeros((2, 30), np.float32)
    for number, (start, stop) in enumerate(places, 1):
        array[:, start:stop] += number
        stored[:, start : max(start, stop)] = stored[:, start:stop] + np.float32(number)
    np.testing.assert_array_equal(stored, array)


def test_the_file_is_closed_with_the_last_reference(monkeypatch):
    monkeypatch.setattr(frames, "_HELD", 1)
    stored = StoredFrames(2, 30, np.float32)
    stored[:, :5] = np.ones((2, 5))
    file = stored._file
    del stored
    assert file.closed


def test_a_full_disk_is_told_of():
    class Full:
        def seek(self, place):
            pass

        def write(self, content):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    stored = StoredFrames(2, 30, np.float32)
    stored._file = Full()
    with pytest.raises(OutputError, match="No space left on device: free some space"):
        stored[:, :5] = np.ones((2, 5))
