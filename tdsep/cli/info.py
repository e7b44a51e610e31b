"""`tdsep info`."""

from __future__ import annotations

import json
import math
import os
import shlex
from pathlib import Path
from typing import Any, cast

import click

from tdsep.batch import BatchReport, FileReport
from tdsep.batch.work import Make, attempt
from tdsep.cli import options
from tdsep.cli.bar import one_line
from tdsep.cli.console import Console
from tdsep.cli.runner import find_sources

#: Columns of the text; commands to copy are never cut.
_WIDTH, _INDENT = 100, 16
#: Of more channels no more than the range of levels is told.
_FEW = 4
#: Subtypes that can hold nothing beyond full scale.
_INTEGER = ("PCM", "ULAW", "ALAW")
_VERDICTS = {True: "suits,", None: "may suit,", False: "does not suit:"}


@click.command("info")
@options.sounds
@options.recursive
@click.option("--json", "as_json", is_flag=True,
              help="Print one JSON document a file, a line each, with all figures.")  # fmt: skip
def info(files: tuple[Path, ...], recursive: bool, as_json: bool) -> None:
    """Tell what a recording is, and which command suits it.

    Its format and level, whether channels are silent or the same, the delays between them and how
    many talkers they tell of, how far apart microphones may be, and a passage without a voice if
    there is one. Then for each command that separates sounds whether it suits, and why not, with
    the command line to copy and what it costs, roughly. Writes no files.
    """
    from tdsep.jobs.info import InfoJob  # not for --help

    console = Console()
    sources, _ = find_sources(files, recursive)

    def tell(file: FileReport) -> None:
        if file.manifest is None:
            console.report(file, str, str)
        elif as_json:
            click.echo(json.dumps(file.manifest))
        else:
            between = "" if file.source == sources[0] else "\n"
            click.echo(between + _text(file.source, file.manifest))

    batch = BatchReport()
    for source in sources:
        # It writes nothing, and so has no places.
        report = attempt(cast(Make, InfoJob), source)
        tell(report)
        batch.add(report)
    click.get_current_context().exit(batch.exit_status)


def _text(source: Path, found: dict[str, Any]) -> str:
    """Tell of a file on one screen."""
    lines = [
        one_line(str(source)),
        _line("sound", _sound(found)),
        _line("level", _level(found["levels"], found["input"]["subtype"])),
    ]
    if found["input"]["channels"] > 1:
        lines.append(_line("channels", _channels(found)))
    if found["delays"]["refusal"] is None:
        lines += [_line("delays", _delays(found)), _line("spacing", _spacing(found["spacing"]))]
    lines.append(_line("intro", _intro(found)))
    lines += [_line("warning", warning) for warning in found["warnings"]]
    lines.append("")
    for verdict in found["commands"]:
        lines += _verdict(verdict, source)
    return "\n".join(lines)


def _line(name: str, text: str) -> str:
    start = f"  {name:{_INDENT - 2}}"
    return click.wrap_text(text, _WIDTH, initial_indent=start, subsequent_indent=" " * _INDENT)


def _sound(found: dict[str, Any]) -> str:
    entry, seconds = found["input"], found["duration"]
    channels = "1 channel" if entry["channels"] == 1 else f"{entry['channels']} channels"
    minutes = f" ({_minutes(seconds)})" if seconds >= 60 else ""
    return f"{entry['rate']} Hz, {channels}, {seconds:.3f} s{minutes}, {entry['subtype']}"


def _level(levels: dict[str, Any], subtype: str) -> str:
    clipped = sum(levels["clipped"])
    full = "clips" if subtype.startswith(_INTEGER) else "is beyond full scale"
    offset = max(levels["offset"], key=abs)
    softest = levels["softest_tenth"]
    floor = "nothing at all" if softest is None else f"{_db(softest)} dBFS or less"
    return (
        f"peak {_each(levels['peak'])}, RMS {_each(levels['rms'])} dBFS, a tenth of the time "
        f"{floor}; {100 * levels['silence']:.0f} % silence; "
        + (f"{full} in {clipped} places" if clipped else "no clipping")
        + (f"; offset {offset:+.4f}" if abs(offset) >= 1e-3 else "")
    )


def _each(levels: list[float | None]) -> str:
    """Write the channels' levels: once if they are alike, of many the range."""
    written = [_db(level) for level in levels]
    if len(set(written)) == 1:
        return written[0]
    if len(written) > _FEW:
        ordered = sorted(-math.inf if level is None else level for level in levels)
        return f"{_db(ordered[0])} to {_db(ordered[-1])}"
    return " / ".join(written)


def _db(level: float | None) -> str:
    return "-inf" if level is None else f"{round(level, 1) + 0.0:.1f}"


def _channels(found: dict[str, Any]) -> str:
    channels, n_channels = found["channels"], found["input"]["channels"]
    if len(channels["silent"]) == n_channels:
        return "all silent"
    said = [f"{number} is silent" for number in channels["silent"]]
    for copy in channels["copies"]:
        how = "inverted" if copy["inverted"] else ""
        louder = f"{copy['gain']:+.1f} dB" if abs(copy["gain"]) >= 0.01 else ""
        change = " and ".join(part for part in (how, louder) if part)
        said.append(f"{copy['channel']} is a copy of {copy['of']}" + (change and f", {change}"))
    if channels["correlation"] is not None:
        numbers = " and ".join(map(str, channels["distinct"]))
        said.append(f"{numbers} differ (correlation {channels['correlation']:.2f})")
    elif not said:
        said.append("all differ")
    return "; ".join(said)


def _delays(found: dict[str, Any]) -> str:
    delays = found["delays"]
    first, second = delays["channels"]
    where = _where(delays["looked_at"], found["duration"])
    if delays["talkers"] == 0:
        return f"none stands out: channels {first} and {second} have little in common{where}"
    number = "one direction" if delays["talkers"] == 1 else f"{delays['talkers']} talkers"
    places = ", ".join(f"{round(1e3 * seconds, 3) + 0.0:+.3f}" for seconds in delays["seconds"])
    evidence = delays["evidence"]
    scores = ", ".join(f"{count}: {score:.2f}" for count, score in evidence["score"].items())
    return (
        f"{number}, channel {second} behind {first} by {places} ms{where}; evidence by number of "
        f"talkers {scores} (believed from {evidence['threshold']:g})"
    )


def _spacing(spacing: dict[str, Any]) -> str:
    """Tell what to do with a tape measure."""
    least = spacing["least"]
    these = f"by these delays the microphones are {_cm(least)} or more apart; " if least else ""
    return (
        f"{these}no phase is ambiguous up to {_cm(spacing['unambiguous'])} (this file's band, to "
        f"{spacing['highest_frequency'] / 1e3:g} kHz) or {_cm(spacing['unambiguous_speech'])} "
        f"(that of speech, to {spacing['speech'] / 1e3:g} kHz); wider is no fault: only --method "
        "lecture goes astray in the bands above"
    )


def _cm(metres: float) -> str:
    return f"{100 * metres:.1f} cm"


def _intro(found: dict[str, Any]) -> str:
    passage = found["passage"]
    where = _where(passage["looked_at"], found["duration"])
    if passage["without_voice"] is None:
        return f"none found{where}"
    start, end = passage["without_voice"]
    return f"{start:.2f}-{end:.2f} s, at {_db(passage['level'])} dBFS, as it seems{where}"


def _where(heard: list[float], duration: float) -> str:
    """Say what was looked at, if not all."""
    start, end = heard
    if end - start >= duration - 1e-3:
        return ""
    return f" (looked for at {_minutes(start)}-{_minutes(end)})"


def _minutes(seconds: float) -> str:
    """Write a time as 1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _verdict(verdict: dict[str, Any], source: Path) -> list[str]:
    """Tell whether a command suits, with the line to copy if it may."""
    opinion = f"{_VERDICTS[verdict['suits']]} {verdict['reason']}"
    if verdict["suits"] is False:
        return [_line(verdict["command"], opinion)]
    cost = (
        f"roughly {_rounded(verdict['seconds'], 's', 60, 'min')} of processor time and "
        f"{_rounded(verdict['megabytes'], 'MB', 1000, 'GB')}"
    )
    words = ["tdsep", verdict["command"], _quoted(source), *verdict["options"]]
    return [
        _line(verdict["command"], f"{opinion}; {cost}"),
        " " * _INDENT + " ".join(words),
    ]


def _rounded(amount: float, unit: str, larger: int, name: str) -> str:
    """Write an amount to two digits, for it is rough, if need be in a larger unit."""
    if amount >= 2 * larger:
        amount, unit = amount / larger, name
    return f"{float(f'{amount:.2g}'):g} {unit}"


def _quoted(path: Path) -> str:
    """Write a path as a shell takes it, whatever stands in it."""
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    if text.isprintable():
        return shlex.quote(text)
    escaped = "".join(
        character if character.isprintable() and character not in "\\'"
        else "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
        for character in text
    )  # fmt: skip
    return f"$'{escaped}'"
