import numpy as np

from tdsep.passages import faded_together

RATE = 1000


def test_passages_fade_into_each_other():
    ones = np.ones((2, 2 * RATE), np.float32)
    joined = faded_together(iter([ones.copy(), -ones, ones.copy()]), RATE)
    assert joined.shape == (2, 5 * RATE)
    np.testing.assert_array_equal(joined[:, : 3 * RATE // 2], 1)
    assert np.abs(np.diff(joined)).max() < 0.01
    assert joined.min() == -1
