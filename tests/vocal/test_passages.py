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
        ([(3, 1)], "empty or reversed"),
        ([(3, 3)], "empty or reversed"),
        ([(-1, 3)], "empty or reversed"),
        ([(0, float("nan"))], "empty or reversed"),
        ([(0, 11)], "after the song's end, 10.000 s"),
        ([(12, 14)], "after the song's end"),
        ([(0, 0.2)], "too short"),
        ([(0, 4), (3, 6)], "overlap"),
        ([(0, 10)], "all of the song's"),
        ([(0, 5), (5, 9.8)], "all of the song's"),
    ],
)
def test_impossible_passages(passages, words):
    with pytest.raises(ParameterError, match=words):
        checked_passages(passages, 10)
