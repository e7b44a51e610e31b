import numpy as np
import pytest

from tdsep.vocal.segments import segments


@pytest.mark.parametrize("n_frames", [1, 5, 99, 100, 149, 151, 1000, 12345])
def test_segments_cover_a_song_and_their_weights_add_up_to_one(n_frames):
    total = np.zeros(n_frames)
    parts = segments(n_frames, 100, 10)
    for part in parts:
        assert part.stop - part.start <= 150
        total[part.frames] += part.weights()
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert parts[0].start == 0
    assert parts[-1].stop == n_frames


def test_weights_pass_slowly():
    for part in segments(1000, 100, 10):
        assert np.abs(np.diff(part.weights())).max() <= 0.11
