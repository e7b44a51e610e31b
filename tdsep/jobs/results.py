"""What the jobs share on the way from a result to its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tdsep.audio import AudioInfo, common_gain, decoded_sum, encode_parts
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.jobs import stages
from tdsep.jobs.places import Places
from tdsep.masks import residual_level
from tdsep.report.manifest import audio_entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@contextmanager
def about(source: Path, stage: str = "separating") -> Iterator[None]:
    """Begin what a method says of its input with the input's name."""
    stages.enter(stage)
    try:
        yield
    except (UnsuitableInputError, ParameterError) as error:
        raise type(error)(f"{source}: {error}") from None


def encoded_parts(
    source: Path, info: AudioInfo, mixture: np.ndarray, parts: Sequence[np.ndarray]
) -> tuple[list[bytes], dict[str, Any]]:
    """Encode the parts of a mixture at one gain, and say so for the manifest.

    Returns
    -------
    encoded : list of bytes
        A WAV file a part.
    entries : dict
        The input, the output, the gain, and how well the parts add up.
    """
    gain = common_gain(parts, info.wav_subtype)
    encoded = encode_parts(parts, info.rate, info.wav_subtype, gain)
    return encoded, {
        "input": audio_entry(source, info),
        "output": {
            "rate": info.rate,
            "channels": len(mixture),
            "frames": mixture.shape[1],
            "subtype": info.wav_subtype,
        },
        "gain": gain,
        "residual_db": residual_level(decoded_sum(encoded), mixture, gain),
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
