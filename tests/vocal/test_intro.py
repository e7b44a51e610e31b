import numpy as np
import pytest

from tdsep.errors import UnsuitableInputError
from tdsep.stft import window_length
from tdsep.vocal.intro import find_passages
from tdsep.vocal.recording import Recording
from tdsep.vocal.separate import WINDOW, separate_vocals


def recording_of(song: np.ndarray, rate: int) -> Recording:
    n_fft = window_length(rate, WINDOW)
    return Recording.of(song, rate, n_fft, n_fft // 4)


def test_finds_the_intro(song):
    ((start, end),) = find_passages(recording_of(song.mix, song.rate))
    assert start == 0
    assert 3 <= end <= song.intro + 0.25


@pytest.mark.parametrize("shift", [3.0, 6.0, 10.0])
def test_finds_a_passage_anywhere(song, shift):
    """The intro in the middle or at the end of the song."""
    turned = np.roll(song.mix, round(shift * song.rate), axis=1)
    ((start, end),) = find_passages(recording_of(turned, song.rate))
    assert shift - 0.25 <= start < end <= shift + song.intro + 0.25


def test_a_song_without_one(song):
    after = song.mix[:, round(4.4 * song.rate) : round(7 * song.rate)]
    with pytest.raises(UnsuitableInputError, match="say where it is"):
        find_passages(recording_of(after, song.rate))


def test_what_is_found_is_used(song):
    found = separate_vocals(song.mix, song.rate, None, method="nmf", n_iter=2)
    assert found.passages == find_passages(recording_of(song.mix, song.rate))


def test_silence_is_no_intro(song):
    padded = np.concatenate([np.zeros((2, 3 * song.rate), np.float32), song.mix], axis=1)
    ((start, end),) = find_passages(recording_of(padded, song.rate))
    assert 2.5 <= start < end <= 3 + song.intro + 0.25
