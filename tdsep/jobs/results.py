"""What the jobs share on the way from a result to its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tdsep.audio import SoundFormat, SoundReader, gain_within, read_back, write_parts
from tdsep.errors import OutputError, ParameterError, UnsuitableInputError
from tdsep.jobs import stages
from tdsep.jobs.places import Places, Results
from tdsep.masks import residual_level
from tdsep.report.manifest import audio_entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Samples written at a time.
_BLOCK = 1 << 18


@contextmanager
def about(source: Path, stage: str = "separating") -> Iterator[None]:
    """Begin what a method says of its input with the input's name."""
    stages.enter(stage)
    try:
        yield
    except (UnsuitableInputError, ParameterError) as error:
        raise type(error)(f"{source}: {error}") from None


def write_sounds(
    results: Results,
    paths: Sequence[Path],
    source: Path,
    sound: SoundReader,
    blocks: Callable[[], Iterable[np.ndarray]],
) -> dict[str, Any]:
    """Write the parts of a mixture at one gain, and say so for the manifest.

    Parameters
    ----------
    results : Results
    paths : sequence of Path
        Of the parts.
    source : Path
    sound : SoundReader
        The mixture.
    blocks : callable
        Gives the parts block by block, [parts, channels, samples]; again, if a part would clip.

    Returns
    -------
    dict
        The input, the output, the gain, and how well the parts add up.
    """
    stages.enter("writing")
    n_channels, n_samples = sound.shape
    info = sound.info
    form = SoundFormat(info.rate, n_channels, n_samples, info.wav_subtype)
    with ExitStack() as stack:
        files = [stack.enter_context(results.create(path)) for path in paths]
        try:
            gain = gain_within(*write_parts(files, blocks(), form), form.subtype)
            if gain != 1:
                write_parts(files, blocks(), form, gain)
        except OutputError as error:
            raise OutputError(f"{paths[0].parent}: {error}") from None
        residual = residual_level(read_back(files), sound, gain)
    return {
        "input": audio_entry(source, info),
        "output": {
            "rate": form.rate,
            "channels": form.channels,
            "frames": form.frames,
            "subtype": form.subtype,
            "container": form.container,
        },
        "gain": gain,
        "residual_db": residual,
    }


def in_blocks(parts: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Cut parts that are at hand, each [channels, samples], into blocks for `write_sounds`."""
    for start in range(0, parts[0].shape[1], _BLOCK):
        yield np.stack([part[:, start : start + _BLOCK] for part in parts])


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
