"""What the jobs share on the way from a result to its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tdsep.audio import SoundFormat, SoundReader, gain_within, read_back, write_parts
from tdsep.errors import OutputError, ParameterError, UnsuitableInputError
from tdsep.formats import FORMATS, check_sound, nearest_subtype
from tdsep.jobs import stages
from tdsep.jobs.places import Places, Results
from tdsep.masks import residual_level
from tdsep.outputs import OutputNames
from tdsep.report.manifest import audio_entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class SoundOptions:
    """How results that are sound are to be written; the names are the command line's."""

    format: str = "wav"
    subtype: str | None = None
    no_tags: bool = False

    def form(self, source: Path, sound: SoundReader) -> SoundFormat:
        """Decide before any work how the parts of a recording are written.

        Raises
        ------
        ParameterError
            If the format cannot hold them.
        """
        rate, (n_channels, n_samples) = sound.info.rate, sound.shape
        subtype = (self.subtype or nearest_subtype(self.format, sound.info.subtype, rate)).upper()
        with about(source):
            check_sound(self.format, subtype, rate, n_channels)
        tags = {} if self.no_tags else sound.info.tags
        return SoundFormat(rate, n_channels, n_samples, subtype, self.format, tags)


def sound_places(
    command: str, kind: str, names: OutputNames, parts: Sequence[str], form: str,
    figure_names: tuple[str, ...], **wanted: Any,
) -> Places:  # fmt: skip
    """Places of a command whose results are parts in sound files of some format.

    `wanted` are the further attributes of `Places`.
    """
    files = {each: tuple(f"{part}.{each}" for part in parts) for each in FORMATS}
    results = files.pop(form)
    others = tuple(chain.from_iterable(files.values()))
    return Places(command, kind, names, results, figure_names, formerly=others, **wanted)


@contextmanager
def about(source: Path, stage: str = "separating") -> Iterator[None]:
    """Begin what a method says of its input with the input's name, and in the words of options."""
    stages.enter(stage)
    try:
        yield
    except (UnsuitableInputError, ParameterError) as error:
        raise type(error)(f"{source}: {error.in_options}") from None


def write_sounds(
    results: Results,
    parts: Sequence[str],
    source: Path,
    sound: SoundReader,
    form: SoundFormat,
    blocks: Callable[[], Iterable[np.ndarray]],
    only: str | None = None,
) -> dict[str, Any]:
    """Write the parts of a mixture at one gain, and say so for the manifest.

    Parameters
    ----------
    results : Results
    parts : sequence of str
        What they are called.
    source : Path
    sound : SoundReader
        The mixture.
    form : SoundFormat
        How they are written.
    blocks : callable
        Gives the parts block by block, [parts, channels, samples]; again, if a part would clip.
    only : str, optional
        The only part to keep.

    Returns
    -------
    dict
        The input, the output, the gain, and how well the parts add up.
    """
    stages.enter("writing")
    paths = [results.path(part, form.format) for part in parts]
    with ExitStack() as stack:
        files = [stack.enter_context(results.create(path)) for path in paths]
        try:
            gain = gain_within(*write_parts(files, blocks(), form, names=parts), form.subtype)
            if gain != 1:
                write_parts(files, blocks(), form, gain, parts)
        except OutputError as error:
            raise OutputError(f"{paths[0].parent}: {error}") from None
        residual = residual_level(read_back(files), sound, gain)
    written = dict(zip(parts, paths, strict=True))
    for part in [part for part in parts if only not in (None, part)]:
        results.drop(written.pop(part))
    return {
        "input": audio_entry(source, sound.info),
        "output": {
            "rate": form.rate,
            "channels": form.channels,
            "frames": form.frames,
            "subtype": form.subtype,
            "container": form.container,
        },
        "parts": {part: results.shown(path) for part, path in written.items()},
        "gain": gain,
        "residual_db": residual,
    }


def pictures(
    places: Places,
    source: Path,
    sheet: Callable[[Any], Figure],
    figures: Callable[[Any], Iterable[tuple[str, Figure]]],
) -> dict[Path, bytes]:
    """Draw what was asked for.

    Parameters
    ----------
    places : Places
    source : Path
    sheet, figures : callable
        Take the module of plots, and return the sheet, and the names and figures.
    """
    if not places.sheet:
        return {}
    stages.enter("drawing")
    from tdsep import plots  # matplotlib takes longer to load than all the rest

    drawn = {places.sheet_path(source): plots.to_png(sheet(plots))}
    if paths := places.figure_paths(source):
        for name, figure in figures(plots):
            drawn[paths[name]] = plots.to_png(figure)
    return drawn
