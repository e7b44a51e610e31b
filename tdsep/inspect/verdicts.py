"""Which command suits a recording, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from tdsep.gmm.talkers import MOST_COUNTED
from tdsep.inspect.costs import COSTS
from tdsep.inspect.survey import Survey
from tdsep.vocal.passages import SHORTEST, Passage

#: A background may be alone in the softest so many seconds if these are so much softer than the
#: whole, in amplitude (15 dB), and as steady as that, in dB: a sound that fades away is none.
_SOFTEST, _SOFTER, _STEADY = 1.0, 10 ** (-15 / 20), 3.0


@dataclass(frozen=True)
class Verdict:
    """Whether a command suits a recording.

    Attributes
    ----------
    command : str
    suits : bool or None
        None where that depends on what cannot be told from the recording.
    reason : str
    options : tuple of str
        To give the command.
    seconds, megabytes : float
        What it costs, roughly: processor time, and memory.
    """

    command: str
    suits: bool | None
    reason: str
    options: tuple[str, ...]
    seconds: float
    megabytes: float


def verdicts(found: Survey) -> tuple[Verdict, ...]:
    """Judge each command that separates sounds; those that suit come first.

    A command that would refuse the recording says so in its own words. What a recording holds,
    music or voices, is not guessed.
    """
    several = found.talkers.delays.size > 1
    judged = {
        "gmm-separate": _of_talkers(found),
        "nmf-vocal": _of_vocals(found, several),
        "nmf-remove": _of_removal(found),
        "nmf-parts": _of_parts(found, several),
    }
    every = []
    for command, (suits, reason, options) in judged.items():
        n_channels = found.n_channels if "--channels" not in options else len(found.microphones)
        cost = COSTS[command].of(found.rate, n_channels, found.duration)
        every.append(Verdict(command, suits, reason, options, *cost))
    return tuple(sorted(every, key=lambda verdict: (True, None, False).index(verdict.suits)))


#: Whether it suits, the reason, and the options.
Judgement = tuple[bool | None, str, tuple[str, ...]]


def _of_talkers(found: Survey) -> Judgement:
    if found.talkers.refusal is not None:
        return False, found.talkers.refusal, ()
    n_talkers = found.talkers.delays.size
    channels = ",".join(str(channel + 1) for channel in found.microphones)
    options = ("--channels", channels) if found.n_channels > 2 else ()
    if n_talkers == 0:
        return False, "no direction is heard in all channels: each may hold its own sound", options
    if n_talkers == 1:
        return False, (
            "one direction is heard, not several: one talker, or a mix whose channels differ in "
            "level and not in time (if more people talk, give their number: --talkers=2)"
        ), options  # fmt: skip
    most = ", the most that are counted (if there are more, give --talkers)"
    counted = most if n_talkers == MOST_COUNTED else ""
    return True, f"for {n_talkers} talkers stand apart by their delays{counted}", options


def _of_vocals(found: Survey, several: bool) -> Judgement:
    calm = found.calm
    if calm.passage is None:
        return False, str(calm.refusal) + (" (--intro=START-END)" if calm.is_song else ""), ()
    start, end = calm.passage
    passage = _written(calm.passage)
    reason = f"if it is a song in which nobody sings at {passage} (listen to that)"
    doubtful = several or end - start > found.duration / 2  # songs are sung for the most part
    return None if doubtful else True, reason, ("--intro", passage)


def _of_removal(found: Survey) -> Judgement:
    calm, levels = found.calm, found.levels
    what = "if what is to go, a hum, a machine, a café, is alone"
    if not calm.is_song:
        return False, str(calm.refusal), ()
    if calm.passage is not None:
        passage = _written(calm.passage)
        return None, f"{what} at {passage} (listen to that)", ("--background", passage)
    softest = levels.softest(found.rate, _SOFTEST)
    if (
        softest is not None
        and found.duration >= _SOFTEST + SHORTEST
        and levels.between(*softest, found.rate) < _SOFTER * levels.rms.max()
        and levels.spread(*softest, found.rate) < _STEADY
    ):
        passage = _written(softest)
        reason = f"{what} at {passage}, the softest second (listen to that)"
        return None, reason, ("--background", passage)
    return False, f"{calm.refusal} (--background=START-END)", ()


def _of_parts(found: Survey, several: bool) -> Judgement:
    if found.parts_refusal is not None:
        return False, found.parts_refusal, ()
    reason = "if sounds recur in it, each alike every time: notes, drums, a machine's cycle"
    return None, reason + (", and not for voices" if several else ""), ()


def _written(passage: Passage) -> str:
    """Write a passage as the commands take it, in tenths of a second, none of them beyond it."""
    start, end = passage
    return f"{ceil(round(10 * start, 6)) / 10:g}-{floor(round(10 * end, 6)) / 10:g}s"
