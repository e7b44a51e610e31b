import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdsep.report.charts import HEIGHT, WIDTH, Curve, bars, chart, ridges, stairs

numbers = st.floats(-1e12, 1e12, allow_nan=False)


def points(d):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.e+]+) ([-\d.e+]+)", d)]


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_every_point_lies_in_the_area(pairs):
    x, y = (np.array(values) for values in zip(*pairs, strict=True))
    drawn = chart("", "", "", "", [Curve("", x, y)])
    for px, py in points(drawn.paths[0].d):
        assert -0.1 <= px <= WIDTH + 0.1
        assert -0.1 <= py <= HEIGHT + 0.1
    for position, _ in drawn.x_ticks:
        assert -0.5 <= position <= WIDTH + 0.5


@given(st.lists(st.floats(1e-9, 1e12), min_size=2, max_size=20))
def test_logarithms_have_marks_where_their_numbers_are(values):
    y = np.array(values)
    drawn = chart("", "", "", "", [Curve("", np.arange(len(y), dtype=float), y)], logarithmic=True)
    assert len(drawn.y_ticks) >= 1
    for position, _ in drawn.y_ticks:
        assert -0.5 <= position <= HEIGHT + 0.5


def test_ticks_stand_at_what_they_say():
    drawn = chart("", "", "", "", [Curve("", np.array([0.0, 10.0]), np.array([0.0, 2.0]))])
    for position, text in drawn.x_ticks:
        assert position == pytest.approx(float(text) / 10 * WIDTH, abs=0.1)
    heights = [position for position, _ in drawn.y_ticks]
    assert heights == sorted(heights, reverse=True)


def test_a_curve_breaks_where_nothing_is_known():
    y = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    drawn = chart("", "", "", "", [Curve("", np.arange(5.0), y)])
    assert drawn.paths[0].d.count("M") == 2


def test_nothing_but_unknown_numbers_is_an_empty_curve():
    drawn = chart("", "", "", "", [Curve("", np.arange(3.0), np.full(3, np.nan))])
    assert drawn.paths[0].d == ""


def test_a_bar_is_as_high_as_its_number():
    drawn = bars("", "", "", "", {"a": 1.0, "b": 2.0}, chosen="b", line=1.0)
    low, high = (HEIGHT - min(y for _, y in points(path.d)) for path in drawn.paths[:2])
    assert high == pytest.approx(2 * low, abs=0.3)
    assert [path.colour for path in drawn.paths[:2]] == [None, 0]
    assert [text for _, text in drawn.x_ticks] == ["a", "b"]


def test_ridges_stand_above_one_another():
    rows = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    first, second = ridges("", "", "", rows, 2.0, ["one", "two"]).paths
    assert min(y for _, y in points(first.d)) > max(y for _, y in points(second.d)) - 1
    assert (first.part, second.part) == (0, 1)


def test_stairs_enclose_the_area_of_the_histogram():
    values = [1.0, 3.0, 2.0]
    x, y = stairs(values, 1.5)
    assert np.trapezoid(y, x) == pytest.approx(sum(values))


def test_long_curves_are_thinned():
    drawn = chart("", "", "", "", [Curve("", np.arange(1e5), np.arange(1e5))])
    assert drawn.paths[0].d.count("L") <= 1000
