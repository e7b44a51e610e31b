"""Curves as SVG paths: what a template needs to draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

#: Size of the area that curves are drawn in, in units of the SVG.
WIDTH, HEIGHT = 420, 200
#: Brings values into the units of the SVG.
Scale = Callable[[Any], Any]
#: More points than this cannot be seen.
_MOST_POINTS = 1000


@dataclass(frozen=True)
class Curve:
    """Something to draw.

    Attributes
    ----------
    label : str
    x, y : ndarray [points]
        Points that are no numbers break the curve.
    part : int or None
        The part, counted from 0, that it tells of: its colour, and what lights it.
    colour : int or None
        Number of its colour, where it tells of no part.
    filled, dashed, dotted : bool
        An area down to the axis; a broken line; a mark at each point.
    base : float
        Where the area ends.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    part: int | None = None
    colour: int | None = None
    filled: bool = False
    dashed: bool = False
    dotted: bool = False
    base: float = 0.0


@dataclass(frozen=True)
class Path:
    """A curve in the units of the SVG."""

    label: str
    d: str
    part: int | None
    colour: int | None
    filled: bool
    dashed: bool
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Curves over two axes; ticks are positions in the units of the SVG, and what stands there.

    The note says in a sentence what is to be seen.
    """

    title: str
    note: str
    x_label: str
    y_label: str
    paths: list[Path]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    legend: bool


def chart(
    title: str,
    note: str,
    x_label: str,
    y_label: str,
    curves: Sequence[Curve],
    *,
    y_range: tuple[float, float] | None = None,
    logarithmic: bool = False,
    y_names: Sequence[str] | None = None,
    whole_x: bool = False,
) -> Chart:
    """Fit curves into the area.

    Parameters
    ----------
    title, note, x_label, y_label : str
    curves : sequence of Curve
    y_range : (float, float), optional
        By default from 0, or from below the lowest, to above the highest.
    logarithmic : bool
        Draw the logarithm of what is positive.
    y_names : sequence of str, optional
        What stands at 1, 2, … of the vertical axis instead of numbers.
    whole_x : bool
        Ticks of the horizontal axis at whole numbers only.
    """
    drawn = [_logarithm(curve) for curve in curves] if logarithmic else list(curves)
    xs = np.concatenate([curve.x for curve in drawn])
    ys = np.concatenate([curve.y for curve in drawn])
    left, right = _span(xs, margin=0)
    if not logarithmic:
        ys = np.append(ys, 0.0)
    bottom, top = y_range or _span(ys, margin=0.06)
    if y_range is None and not logarithmic and not (ys < 0).any():
        bottom = 0.0

    def to_x(x: Any) -> Any:
        return np.round((x - left) / (right - left) * WIDTH, 1)

    def to_y(y: Any) -> Any:
        return np.round(HEIGHT - (np.clip(y, bottom, top) - bottom) / (top - bottom) * HEIGHT, 1)

    if y_names is not None:
        marks: list[tuple[float, str]] = [(n + 1.0, name) for n, name in enumerate(y_names)]
    else:
        marks = (_decades if logarithmic else round_marks)(bottom, top)
    paths = [_fitted(curve, to_x, to_y, bottom) for curve in drawn]
    x_ticks = [(float(to_x(x)), text) for x, text in round_marks(left, right, whole_x)]
    y_ticks = [(float(to_y(y)), text) for y, text in marks]
    if logarithmic:
        y_label += ", logarithmic"
    return Chart(title, note, x_label, y_label, paths, x_ticks, y_ticks, len(curves) > 1)


def _fitted(curve: Curve, to_x: Scale, to_y: Scale, bottom: float) -> Path:
    """Bring one curve into the units of the SVG."""
    step = -(-len(curve.x) // _MOST_POINTS)
    x, y = to_x(curve.x[::step]), to_y(curve.y[::step])
    known = np.isfinite(x) & np.isfinite(y)
    dots = list(zip(x[known].tolist(), y[known].tolist(), strict=True)) if curve.dotted else []
    floor = float(to_y(max(curve.base, bottom))) if curve.filled else None
    colour = curve.colour if curve.part is None else curve.part
    return Path(
        curve.label, _line(x, y, floor), curve.part, colour, curve.filled, curve.dashed, dots
    )


def bars(
    title: str,
    note: str,
    x_label: str,
    y_label: str,
    heights: dict[str, float],
    chosen: str | None = None,
    line: float | None = None,
) -> Chart:
    """Draw a bar for each name, a `chosen` one darker, and perhaps a line across."""
    names = list(heights)
    values = np.array([heights[name] for name in names], np.float64)
    curves = []
    for number, (name, value) in enumerate(zip(names, values, strict=True), start=1):
        x = number + np.array([-0.35, -0.35, 0.35, 0.35])
        colour = 0 if name == chosen else None
        y = np.array([0, value, value, 0])
        curves.append(Curve(name, x, y, colour=colour, filled=True))
    ends = np.array([0.4, len(names) + 0.6])
    if line is not None:
        curves.append(Curve("", ends, np.full(2, line), dashed=True))
    highest = max(float(np.nanmax(values, initial=0)), line or 0.0) or 1.0
    drawn = chart(
        title, note, x_label, y_label, [*curves, Curve("", ends, np.zeros(2))],
        y_range=(0, 1.08 * highest),
    )  # fmt: skip
    width = ends[1] - ends[0]
    every = -(-len(names) // 16)
    ticks = [
        (round((number + 1 - ends[0]) / width * WIDTH, 1), name)
        for number, name in enumerate(names)
        if number % every == 0
    ]
    return replace(drawn, x_ticks=ticks, legend=False)


def ridges(
    title: str, note: str, x_label: str, rows: np.ndarray, longest: float, names: Sequence[str]
) -> Chart:
    """Draw rows of values from 0 to 1 above one another, the first at the bottom.

    Parameters
    ----------
    title, note, x_label : str
    rows : ndarray [parts, points]
    longest : float
        What the points run up to on the horizontal axis.
    names : sequence of str
        Of the parts.
    """
    x = np.linspace(0, longest, rows.shape[1])
    curves = [
        Curve(name, x, number + 0.9 * row, number - 1, filled=True, base=number)
        for number, (name, row) in enumerate(zip(names, rows, strict=True), start=1)
    ]
    drawn = chart(
        title, note, x_label, "", curves, y_range=(0.9, len(rows) + 1.0), y_names=_some(names)
    )  # fmt: skip
    return replace(drawn, legend=False)


def stairs(values: Sequence[float], limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline of a histogram between -limit and limit."""
    edges = np.linspace(-limit, limit, len(values) + 1)
    return np.repeat(edges, 2)[1:-1], np.repeat(np.asarray(values, np.float64), 2)


def _some(names: Sequence[str]) -> list[str]:
    """Leave out names that would stand upon others."""
    every = -(-len(names) // 16)
    return [name if number % every == 0 else "" for number, name in enumerate(names)]


def _logarithm(curve: Curve) -> Curve:
    positive = curve.y > 0
    y = np.log10(np.where(positive, curve.y, np.nan))
    return replace(curve, y=y)


def _span(values: np.ndarray, margin: float) -> tuple[float, float]:
    """Lowest and highest of some values, and a little more; never the same."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    room = margin * (high - low)
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-12 * largest, 1e-100):
        room = 0.5 * largest if largest > 1e-100 else 1.0
    return low - room, high + room


def round_marks(low: float, high: float, whole: bool = False) -> list[tuple[float, str]]:
    """Choose about five round numbers in a range."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((factor * power for factor in (1, 2, 5, 10)), key=lambda each: abs(each - raw))
    if whole:
        step = max(1.0, round(step))
    first = math.ceil(low / step - 1e-9)
    values = [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]
    return [(value, _number(value)) for value in values]


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    """Choose 1, 2 and 5 times powers of ten, or powers alone, between two logarithms."""
    factors = (1, 2, 5) if high - low < 2.5 else (1,)
    values = [
        factor * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for factor in factors
    ]
    marks = [(math.log10(value), _number(value)) for value in values]
    inside = [mark for mark in marks if low <= mark[0] <= high]
    if len(inside) < 2:  # so narrow is the range
        narrow = round_marks(10.0**low, 10.0**high)
        return [(math.log10(float(value)), text) for value, text in narrow if value > 0]
    return inside[:: -(-len(inside) // 8)]


def _number(value: float) -> str:
    """Write a round number in no more than a few characters."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= max(size, 1e4):
            return f"{value / size:.6g} {letter}"
    return f"{value:.6g}"


def _line(x: np.ndarray, y: np.ndarray, floor: float | None) -> str:
    """Write down a line, or an area down to the floor; it breaks where a point is not known."""
    pieces, pen, known = [], False, []
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        there = math.isfinite(px) and math.isfinite(py)
        if there:
            pieces.append(f"{'L' if pen else 'M'}{px:g} {py:g}")
            known.append(px)
        pen = there
    if floor is not None and known:
        pieces.append(f"L{known[-1]:g} {floor:g}L{known[0]:g} {floor:g}Z")
    return "".join(pieces)
