"""Passages of a song in which nobody sings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tdsep.errors import ParameterError

#: Start and end in seconds.
Passage = tuple[float, float]
#: Shortest passage that says something of a background, in seconds.
SHORTEST = 0.5


def checked_passages(passages: Sequence[Passage], duration: float) -> list[Passage]:
    """Check passages against a song's length in seconds; return them in order.

    Raises
    ------
    ParameterError
        If there are none, or one is empty, reversed, too short or not within the song, or two
        overlap, or nothing of the song is left beside them.
    """
    found = sorted((float(start), float(end)) for start, end in passages)
    if not found:
        raise ParameterError("no passage without a voice was given: give one, such as 0 to 10 s")
    for start, end in found:
        name = f"the passage without a voice from {start:g} to {end:g} s"
        if not 0 <= start < end:
            raise ParameterError(f"{name} is empty or reversed: give a start before its end")
        if end > duration + 0.05:
            raise ParameterError(
                f"{name} ends after the song's end, {duration:.3f} s: give one within the song"
            )
        if end - start < SHORTEST:
            raise ParameterError(f"{name} is too short: give {SHORTEST:g} s or more")
    for (start, end), (later, later_end) in pairwise(found):
        if later < end:
            raise ParameterError(
                f"the passages without a voice from {start:g} to {end:g} s and from {later:g} to "
                f"{later_end:g} s overlap: give each moment once"
            )
    if sum(end - start for start, end in found) > duration - SHORTEST:
        raise ParameterError(
            f"the passages without a voice are all of the song's {duration:.3f} s: leave the part "
            "where somebody sings"
        )
    return found
