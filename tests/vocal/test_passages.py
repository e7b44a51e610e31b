import pytest

from tdsep.errors import ParameterError
from tdsep.vocal.passages import checked_passages


def test_passages_come_in_order():
    assert checked_passages([(5, 7), (0, 2)], 10) == [(0, 2), (5, 7)]
    assert checked_passages([(0, 2), (2, 3)], 10) == [(0, 2), (2, 3)]


@pytest.mark.parametrize(
    ("passages", "words"),
    [
        ([], "no passage"),
        ((0, 4), "are no passages"),
        ("4s", "are no passages"),
        ([(3, 1)], "empty or reversed"),
        ([(3, 3)], "empty or reversed"),
        ([(-1, 3)], "is not within the recording"),
        ([(0, float("nan"))], "empty or reversed"),
        (
            [(0, 11)],
            "part of it that is used, which is 0 to 10.000 s",
        ),
        ([(12, 14)], "is not within"),
        ([(0, 0.2)], "too short"),
        ([(0, 4), (3, 6)], "overlap"),
        ([(0, 10)], "leave less than 0.5 s"),
        ([(0, 5), (5, 9.8)], "leave less than 0.5 s"),
    ],
)
def test_impossible_passages(passages, words):
    with pytest.raises(ParameterError, match=words):
        checked_passages(passages, 10)


def test_a_part_of_a_recording_has_the_recordings_times():
    assert checked_passages([(5, 7)], 10, start=4) == [(5, 7)]
    with pytest.raises(ParameterError, match=r"from 0 to 4 s is not within .* 2 to 12\.000 s"):
        checked_passages([(0, 4)], 10, start=2)
