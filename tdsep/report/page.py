"""One self-contained HTML page a run, and one for a folder of runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np

from tdsep.palette import PATTERN_COLOURS, TALKER_COLOURS
from tdsep.report import images
from tdsep.report.charts import round_marks
from tdsep.report.curves import charts_of
from tdsep.report.facts import captions_of, facts_of, passages_of, tables_of, title_of, whole_of
from tdsep.report.listening import ROWS, Recording, Track, band_edges, listen
from tdsep.report.manifest import to_json

#: The mixture has no colour of its own.
_GREY = "#8a8f98"
#: Frequencies in Hz that are written beside a picture.
_MARKS = (250, 1000, 4000, 16000)


@dataclass(frozen=True)
class Player:
    """A track as the template needs it."""

    name: str
    caption: str
    part: int | None
    link: str | None
    sound: str
    picture: str
    share: str | None


def run_page(document: Mapping[str, Any], page: str, files: Mapping[str, Path]) -> bytes:
    """Write the page of one run.

    Parameters
    ----------
    document : mapping
        The manifest.
    page : str
        Name of the page, as the manifest has those of files.
    files : mapping of str to Path
        Where the manifest's files lie.

    Returns
    -------
    bytes
        The same whether the manifest tells of the page or not.

    Raises
    ------
    InputError
        If a sound cannot be read.
    LookupError, TypeError, ValueError, AttributeError
        If the manifest is not what tdsep writes.
    """
    told = {
        **document,
        "files": [name for name in document["files"] if name != page],
        "sizes": {name: size for name, size in document["sizes"].items() if name != page},
    }
    recording = _heard(told, files) if told.get("parts") else None
    sheet = str(Path(page).with_suffix(".png"))
    colours = TALKER_COLOURS if told["command"] == "gmm-separate" else PATTERN_COLOURS
    return _rendered(
        "run.html",
        title=title_of(told),
        document=told,
        recording=recording,
        players=_players(told, page, recording, colours) if recording else [],
        passages=_within(passages_of(told), recording) if recording else [],
        marks=_marks(recording.rate) if recording else [],
        times=_times(recording.seconds) if recording else [],
        charts=charts_of(told),
        tables=tables_of(told),
        facts=facts_of(told),
        sheet=images.sheet(files[sheet].read_bytes()) if sheet in told["files"] else None,
        links=[(name, _link(name, page)) for name in told["files"]],
        manifest=to_json(told),
        colours=colours,
    )


def folder_page(runs: Sequence[tuple[Mapping[str, Any], str]], failed: Sequence[str]) -> bytes:
    """Write the page of a folder: a line for each run, with a link to its page.

    Parameters
    ----------
    runs : sequence of (mapping, str)
        Each run's manifest, and its page's name below the folder.
    failed : sequence of str
        What became of the inputs that have no results.
    """
    rows = [
        (title_of(document), document["command"], facts_of(document),
         document["warnings"], _quoted(page))
        for document, page in runs
    ]  # fmt: skip
    return _rendered("folder.html", title="Results", rows=rows, failed=failed)


def _heard(told: Mapping[str, Any], files: Mapping[str, Path]) -> Recording:
    summed = told["gain"] if whole_of(told) else None
    return listen(told["parts"], told.get("mixture"), summed, files)


def _players(
    told: dict[str, Any], page: str, recording: Recording, colours: Sequence[str]
) -> list[Player]:
    tracks = recording.tracks
    parts = [track for track in tracks if track.name in told["parts"]]
    reference = max(float(track.powers.max()) for track in tracks)
    total = np.sum([track.powers for track in parts], axis=0)
    captions = captions_of(told)

    def player(track: Track) -> Player:
        part = parts.index(track) if track in parts else None
        colour = _GREY if part is None else colours[part % len(colours)]
        lit = part is not None and len(parts) > 1
        return Player(
            track.name, captions.get(track.name, ""), part,
            None if track.file is None else _link(track.file, page),
            images.data_uri(track.mp3, "audio/mpeg"),
            images.spectrogram(track.powers, reference, colour),
            images.share(track.powers, total, reference, colour) if lit else None,
        )  # fmt: skip

    return [player(track) for track in tracks]


def _within(
    passages: Sequence[tuple[float, float]], recording: Recording
) -> list[tuple[float, float]]:
    """Give starts and lengths of passages, in percent of what is heard."""
    shown = [(max(first, 0.0), min(last, recording.seconds)) for first, last in passages]
    scale = 100 / recording.seconds
    return [(scale * first, scale * (last - first)) for first, last in shown if last > first]


def _marks(rate: int) -> list[tuple[float, str]]:
    """Heights in percent of the frequencies that are written beside a picture."""
    places = np.interp(_MARKS, band_edges(rate), np.arange(ROWS + 1) * 100 / ROWS)
    known = zip(places.tolist(), _MARKS, strict=True)
    return [
        (place, f"{mark // 1000} k" if mark >= 1000 else str(mark))
        for place, mark in known
        if mark < 0.45 * rate
    ]


def _times(seconds: float) -> list[tuple[float, str]]:
    """Places in percent of the moments that are written under the pictures."""
    moments = [moment for moment, _ in round_marks(0, seconds)]
    if seconds < 60:
        return [(100 * moment / seconds, f"{moment:.6g} s") for moment in moments]
    whole = [(moment, *divmod(round(moment), 60)) for moment in moments]
    return [(100 * moment / seconds, f"{minutes}:{rest:02}") for moment, minutes, rest in whole]


def _link(name: str, page: str) -> str | None:
    """Address of a file as seen from the page; None if it lies elsewhere."""
    if Path(name).is_absolute():
        return None
    return _quoted(os.path.relpath(name, Path(page).parent))


def _quoted(path: str) -> str:
    """Write a path as an address, which can be taken for no scheme."""
    return "./" + quote(os.fsencode(path))


def _rendered(template: str, **contents: Any) -> bytes:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tdsep.report"), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    text = environment.get_template(template).render(**contents)
    return text.encode("utf-8", "replace")  # a file's name may be no text
