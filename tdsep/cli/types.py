"""Parameter types of the command line."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import click

from tdsep.inputs import is_regular

_DIVERGENCES = ("euclidean", "kullback-leibler", "itakura-saito")
_UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}


class Duration(click.ParamType):
    """A time in a recording: `10s`, `500ms`, `90`, `1:30`, `1:02:03.5`. Converts to seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        if isinstance(value, float | int):
            return float(value)
        text = value.strip().lower()
        if match := re.fullmatch(r"(?:(\d+):)?(\d{1,2}):([0-5]?\d(?:\.\d+)?)", text):
            hours, minutes, seconds = match.groups()
            return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)
        if match := re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)", text):
            number, unit = match.groups()
            if unit in _UNITS:
                return float(number) * _UNITS[unit]
        self.fail(f"{value!r} is no time: write 10s, 500ms, 1:30 or 90 (seconds)", param, ctx)


class Count(click.ParamType):
    """How many there are, or `auto` (None)."""

    name = "N|auto"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Return the number; None for `auto`."""
        if value is None or str(value).lower() == "auto":
            return None
        if re.fullmatch(r"\d+", str(value)) and 1 <= int(value) <= self.most:
            return int(value)
        self.fail(f"{value!r}: give 1 to {self.most}, or auto", param, ctx)


class Channels(click.ParamType):
    """Two channels or more, counted from 1: `1,3` or `1-4`."""

    name = "LIST"

    def __init__(self, most: int) -> None:
        self.most = most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the numbers in the order given."""
        if isinstance(value, tuple):
            return value
        numbers: list[int] = []
        for part in value.split(","):
            match = re.fullmatch(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?", part)
            if match is None:
                break
            numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
        else:
            if 2 <= len(set(numbers)) == len(numbers) <= self.most and min(numbers) >= 1:
                return tuple(numbers)
        self.fail(
            f"{value!r}: give 2 to {self.most} different channels, counted from 1: 1,3 or 1-4",
            param, ctx,
        )  # fmt: skip


class Positive(click.ParamType):
    """A positive, finite number of some unit."""

    def __init__(self, unit: str) -> None:
        self.name = unit

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value!r}: give a positive number of {self.name.lower()}", param, ctx)
        return number


class Angles(click.ParamType):
    """Directions in degrees, from -90 to 90: `-40,30`."""

    name = "DEGREES,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the angles."""
        if isinstance(value, tuple):
            return value
        try:
            angles = tuple(map(float, str(value).split(",")))
        except ValueError:
            angles = ()
        if not angles or not all(-90 <= angle <= 90 for angle in angles):
            self.fail(
                f"{value!r}: give an angle from -90 to 90 for each talker: -40,30", param, ctx
            )
        return angles


class Passages(click.ParamType):
    """Passages of a recording, `10s` for its beginning, `5s-12s,1:10-1:20`; or `auto` (None)."""

    name = "TIME|START-END,…|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[float, float], ...] | None:
        """Return starts and ends in seconds; None for `auto`."""
        if value is None or isinstance(value, tuple):
            return value
        if value.strip().lower() == "auto":
            return None
        time = Duration()
        passages = []
        try:
            for passage in value.split(","):
                first, dash, last = passage.partition("-")
                start, end = (first, last) if dash else ("0", first)
                passages.append((time.convert(start, None, None), time.convert(end, None, None)))
        except click.BadParameter:
            passages = []
        if not passages or (len(passages) > 1 and value.count("-") < len(passages)):
            self.fail(
                f"{value!r} names no passages: write 10s (the beginning), 0-10s, "
                "5s-12s,1:10-1:20, or auto", param, ctx,
            )  # fmt: skip
        for start, end in passages:
            if end <= start:
                self.fail(f"{value!r}: give a start before its end", param, ctx)
        return tuple(passages)


class DivergenceKind(click.ParamType):
    """A divergence's name, or a beta."""

    name = "NAME|BETA"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | float:
        """Return the name or the number."""
        text = str(value).strip().lower()
        if text in _DIVERGENCES:
            return text
        try:
            beta = float(text)
        except ValueError:
            beta = math.nan
        if not -1 <= beta <= 2.5:
            self.fail(
                f"{value!r} is no divergence: give {', '.join(_DIVERGENCES)}, or a beta "
                "from -1 to 2.5", param, ctx,
            )  # fmt: skip
        return beta


class DocumentLimit(click.ParamType):
    """A number of documents, `5` (an int), or a share of them, `1%` or `0.01` (a float)."""

    name = "N|SHARE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | float:
        """Return the number or the share."""
        if isinstance(value, int | float):
            return value
        text = value.strip()
        if re.fullmatch(r"[0-9]{1,15}", text) and int(text) >= 1:
            return int(text)
        if match := re.fullmatch(r"([0-9]*\.?[0-9]+)(%?)", text):
            share = float(match[1]) / (100 if match[2] else 1)
            if ("." in text or match[2]) and 0 < share <= 1:
                return share
        self.fail(
            f"{value!r}: give a number of documents (5), or a share of them (1% or 0.01)",
            param, ctx,
        )  # fmt: skip


class StopWords(click.ParamType):
    """`none`, `english`, or a file of words."""

    name = "none|english|FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | Path:
        """Return the word as it is, or the path of the file, if there is one."""
        if value in ("none", "english"):
            return value
        if not is_regular(Path(value)):
            self.fail(
                f"{value!r} is neither none, english, nor a file of words, one a line", param, ctx
            )
        return Path(value)


class Strength(click.ParamType):
    """A number from 0 up, or `auto` (None)."""

    name = "NUMBER|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Return the number; None for `auto`."""
        if value is None or str(value).strip().lower() == "auto":
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            self.fail(f"{value!r}: give a number from 0 up, or auto", param, ctx)
        return number


class Unlisted(click.ParamType):
    """What entries are that tables do not list: `zero`, `missing`, or one of these for each."""

    name = "zero|missing,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return one for all, or one for each."""
        if isinstance(value, tuple):
            return value
        words = tuple(word.strip().lower() for word in value.split(","))
        if not set(words) <= {"zero", "missing"}:
            self.fail(f"{value!r}: give zero or missing, or one for each FILE: missing,zero",
                      param, ctx)  # fmt: skip
        return words
