"""`info` on one recording: what it is and what can be done with it. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tdsep._version import __version__
from tdsep.audio import open_sound
from tdsep.errors import InputError
from tdsep.gmm.geometry import least_spacing, widest_spacing
from tdsep.inputs import is_regular
from tdsep.inspect.levels import Levels
from tdsep.inspect.survey import Survey, survey
from tdsep.inspect.verdicts import verdicts
from tdsep.jobs.results import about
from tdsep.report.manifest import plain

COMMAND = "info"
#: Largest magnitude of a format, where that is not a 16-bit integer's.
_FULL_SCALE = {"PCM_U8": 127 / 128, "PCM_S8": 127 / 128, "ULAW": 0.98, "ALAW": 0.984}
#: Most of what tells one voice from another lies below, in Hz.
SPEECH = 4000.0
#: Delays shorter than this, in seconds, tell of no distance.
_HEARD = 2e-5
#: What is no sound but can be worked on, by the end of its name.
_OTHERS = {
    ".csv": "give a table to tdsep nmf-joint",
    ".npy": "give a matrix to tdsep nmf-rank, or if of word counts to tdsep nmf-topics",
    ".npz": "give a matrix to tdsep nmf-rank, or if of word counts to tdsep nmf-topics",
    ".jsonl": "give texts to tdsep nmf-topics",
    ".ndjson": "give texts to tdsep nmf-topics",
    ".txt": "give texts, the folder they are in, to tdsep nmf-topics",
}


class InfoJob:
    """Tells of one file after another."""

    def run(self, source: Path, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
        """Tell of a file: see `describe`."""
        return describe(source)


def describe(source: Path) -> dict[str, Any]:
    """Tell what a recording is and which command suits it.

    Parameters
    ----------
    source : Path

    Returns
    -------
    dict
        All figures, as JSON has them. Channels count from 1, levels are in dB of full scale.

    Raises
    ------
    InputError
        If it is no sound file, or a broken one.
    UnsuitableInputError
        If a sample is too large to be computed with.
    """
    try:
        with open_sound(source) as sound:
            info = sound.info
            full_scale = _FULL_SCALE.get(info.subtype, 1 - 2**-15)
            with about(source):
                found = survey(sound, info.rate, full_scale)
    except InputError:
        hint = _OTHERS.get(source.suffix.lower())
        if hint and is_regular(source) and source.stat().st_size:
            raise InputError(f"{source}: is no sound: {hint}") from None
        raise
    return plain(
        {
            "tdsep": __version__,
            "command": COMMAND,
            "input": {
                "name": source.name,
                "rate": info.rate,
                "channels": info.channels,
                "frames": info.frames,
                "subtype": info.subtype,
            },
            "duration": found.duration,
            "levels": _levels(found.levels),
            "channels": _channels(found.levels),
            "delays": _delays(found),
            "spacing": _spacing(found),
            "passage": {
                "without_voice": found.calm.passage,
                "level": None if found.calm.passage is None else _decibels(
                    found.levels.between(*found.calm.passage, found.rate)
                ),
                "looked_at": found.calm.heard,
                "refusal": found.calm.refusal,
            },
            "commands": [asdict(verdict) for verdict in verdicts(found)],
            "warnings": info.remarks,
        }
    )  # fmt: skip


def _levels(levels: Levels) -> dict[str, Any]:
    return {
        "peak": _decibels(levels.peak),
        "rms": _decibels(levels.rms),
        "softest_tenth": _decibels(np.sqrt(np.quantile(levels.powers, 0.1))),
        "offset": levels.offset,
        "clipped": levels.clipped,
        "silence": levels.silence,
    }


def _channels(levels: Levels) -> dict[str, Any]:
    """Tell which channels hold a sound of their own."""
    distinct = levels.distinct
    return {
        "distinct": [channel + 1 for channel in distinct],
        "silent": [channel + 1 for channel in levels.silent],
        "copies": [
            {
                "channel": copy.channel + 1,
                "of": copy.of + 1,
                "gain": _decibels(abs(copy.gain)),
                "inverted": copy.gain < 0,
                "identical": copy.identical,
            }
            for copy in levels.copies
        ],
        "correlation": levels.agreement(*distinct) if len(distinct) == 2 else None,
    }


def _delays(found: Survey) -> dict[str, Any]:
    """Tell of the talkers."""
    talkers, search = found.talkers, found.talkers.search
    heard: dict[str, Any] = {"looked_at": talkers.heard, "refusal": talkers.refusal}
    if search is None or talkers.pair is None:
        return heard
    return heard | {
        "channels": [channel + 1 for channel in talkers.pair],
        "talkers": talkers.delays.size,
        "seconds": talkers.delays,
        "longest": np.abs(talkers.delays).max(initial=0),
        "evidence": {"score": search.scores, "threshold": search.threshold},
    }


def _spacing(found: Survey) -> dict[str, Any]:
    """Tell how far apart microphones may be, and how far these are at least, in metres."""
    longest = float(np.abs(found.talkers.delays).max(initial=0))
    return {
        "highest_frequency": found.rate / 2,
        "unambiguous": widest_spacing(found.rate / 2),
        "speech": SPEECH,
        "unambiguous_speech": widest_spacing(min(SPEECH, found.rate / 2)),
        "least": least_spacing(longest) if longest >= _HEARD else None,
    }


def _decibels(amplitude: Any) -> Any:
    """Write amplitudes in dB; of nothing minus infinity, which JSON has as null."""
    with np.errstate(divide="ignore"):
        return plain(20 * np.log10(amplitude))
