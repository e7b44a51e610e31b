import numpy as np
import pytest

from tdsep.gmm.windows import WINDOWS, candidate_windows, overlap
from tests.conftest import voice_like

RATE = 16000


@pytest.mark.parametrize("output", WINDOWS)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_candidates_fit_the_recording(output, rate):
    long = candidate_windows(output, rate, 10 * rate)
    assert len(long) == len(WINDOWS[output])
    assert long == sorted(long)
    short = candidate_windows(output, rate, 2 * rate)
    assert short == long[: len(short)]
    assert len(candidate_windows(output, rate, 10)) == 1


def test_parts_that_are_alike_overlap_wholly(rng):
    part = voice_like(rng, RATE)
    assert overlap(np.stack([part, part]), RATE) == pytest.approx(0.5)
    assert overlap(np.stack([part, 0.01 * part, 5 * part]), RATE) == pytest.approx(0.5, rel=1e-4)


def test_parts_apart_do_not_overlap(rng):
    parts = np.zeros((2, 2 * RATE))
    parts[0, : RATE // 2] = rng.standard_normal(RATE // 2)
    parts[1, -RATE // 2 :] = rng.standard_normal(RATE // 2)
    assert overlap(parts, RATE) < 1e-6
    assert overlap(parts[:1], RATE) == 0


def test_what_leaks_into_each_other_overlaps_more(rng):
    voices = np.stack([voice_like(rng, 4 * RATE) for _ in range(2)])
    leaks = [overlap(voices + share * voices[::-1], RATE) for share in (0.0, 0.1, 0.3)]
    assert leaks == sorted(leaks)
