"""Passages of a recording in which its background is alone: nobody sings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tdsep.errors import ParameterError

#: Start and end in seconds.
Passage = tuple[float, float]
#: Shortest passage that says something of a background, in seconds.
SHORTEST = 0.5
#: How far an end may lie after the recording's, in seconds: people round.
_ROUNDING = 0.05


def checked_passages(
    passages: Sequence[Passage], duration: float, start: float = 0.0
) -> list[Passage]:
    """Check passages in which the background is alone; return them in order.

    Parameters
    ----------
    passages : sequence of (start, end)
        In seconds.
    duration : float
        Of the recording, or of the part that is used, in seconds.
    start : float
        Where that part starts.

    Raises
    ------
    ParameterError
        If there are none, or one is empty, reversed, too short or not within the recording, or
        two overlap, or nothing is left beside them.
    """
    try:
        found = sorted((float(first), float(last)) for first, last in passages)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{passages!r} are no passages: give seconds, or pairs of a start and an end"
        ) from error
    if not found:
        raise ParameterError("no passage was given in which the background is alone: give one")
    end = start + duration
    for first, last in found:
        name = f"the background's passage from {first:g} to {last:g} s"
        if not first < last:
            raise ParameterError(f"{name} is empty or reversed: give a start before its end")
        if not (start <= first and last <= end + _ROUNDING):
            raise ParameterError(
                f"{name} is not within the recording, or the part of it that is used, which is "
                f"{start:g} to {end:.3f} s: give one within"
            )
        if last - first < SHORTEST:
            raise ParameterError(f"{name} is too short: give {SHORTEST:g} s or more")
    for (first, last), (later, latest) in pairwise(found):
        if later < last:
            raise ParameterError(
                f"the background's passages from {first:g} to {last:g} s and from {later:g} to "
                f"{latest:g} s overlap: give each moment once"
            )
    if sum(last - first for first, last in found) > duration - SHORTEST:
        raise ParameterError(
            f"the background's passages leave less than {SHORTEST:g} s of the recording: "
            "leave the part that holds more than the background"
        )
    return found
