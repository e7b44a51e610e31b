"""`nmf-parts` on one recording: read, take apart, write a file a part, pictures, manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tdsep.audio import SoundFormat, SoundReader, open_sound
from tdsep.jobs.places import Places
from tdsep.jobs.results import (
    SoundOptions,
    about,
    pictures,
    sound_places,
    write_sounds,
)
from tdsep.outputs import OutputNames
from tdsep.parts import MOST_PARTS, PART_FIGURES
from tdsep.parts.separate import PartsSeparation, separate_parts
from tdsep.report.entries import parts_entry
from tdsep.report.manifest import manifest

COMMAND = "nmf-parts"


@dataclass(frozen=True)
class PartOptions(SoundOptions):
    """What the user asked for; the names are the command line's."""

    parts: int | None = None
    width: int = 1
    divergence: str | float = "kullback-leibler"
    iterations: int = 200
    n_fft: int | None = None
    hop_length: int | None = None
    start: float = 0.0
    end: float | None = None
    seed: int = 0


def part_places(names: OutputNames, form: str = "wav", **wanted: Any) -> Places:
    """Where the results of this command go; `wanted` are the further attributes of `Places`."""
    return sound_places(COMMAND, COMMAND, names, _names(MOST_PARTS), form, PART_FIGURES, **wanted)


@dataclass(frozen=True)
class PartJob:
    """Takes one file after another apart."""

    options: PartOptions
    places: Places

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Take one file apart and write its results, which appear together.

        Returns
        -------
        dict or None
            The manifest; None if the file was done before and existing results are skipped.

        Raises
        ------
        TdsepError
            One line that begins with the file's name.
        """
        options = self.options
        if self.places.is_done(source, asdict(options)):
            return None
        with open_sound(source, options.start, options.end) as sound:
            form = options.form(source, sound)
            with about(source):
                separation = separate_parts(
                    sound, sound.info.rate, options.parts,
                    width=options.width, divergence=options.divergence, n_iter=options.iterations,
                    n_fft=options.n_fft, hop_length=options.hop_length, seed=options.seed,
                    progress=progress,
                )  # fmt: skip
            return self._write(source, sound, form, separation)

    def _write(
        self, source: Path, sound: SoundReader, form: SoundFormat, separation: PartsSeparation
    ) -> dict[str, Any]:
        places, parts = self.places, _names(separation.n_parts)
        with places.gather(source) as results:
            entries = write_sounds(results, parts, source, sound, form, separation.blocks)
            drawn = pictures(
                places, source, lambda plots: plots.part_sheet(separation, source.name),
                lambda plots: plots.part_figures(separation),
            )  # fmt: skip
            document = manifest(
                COMMAND, asdict(self.options), self.options.seed, **entries,
                separation=parts_entry(separation, self.options.start),
                warnings=[*sound.info.remarks, *form.remarks, *_warnings(separation)],
            )  # fmt: skip
            return results.finish(document, drawn)


def _names(count: int) -> list[str]:
    return [f"part{number + 1}" for number in range(count)]


def _warnings(separation: PartsSeparation) -> list[str]:
    """Say what may be wrong with a result that looks like any other."""
    warnings: list[str] = []
    heard = separation.decomposition.activations().any(axis=1)
    if not heard.all():
        warnings.append(f"part {1 + int(heard.argmin())} is silent: give fewer parts")
    return warnings
