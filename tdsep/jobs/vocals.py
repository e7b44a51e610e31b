"""`nmf-vocal` and `nmf-remove` on one recording: read, separate, write both parts, pictures."""

from __future__ import annotations

import warnings
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
from tdsep.report.entries import vocal_entry
from tdsep.report.manifest import manifest
from tdsep.vocal import METHODS, VOCAL_FIGURES
from tdsep.vocal.passages import Passage, checked_passages
from tdsep.vocal.separate import HIGH_PASS, VocalSeparation, separate_vocals
from tdsep.vocal.wanted import BASES, VOICE_BASES


@dataclass(frozen=True)
class Task:
    """One job under two names.

    Attributes
    ----------
    command : str
        Also stands in the names of the sheet, the figures and the manifest.
    sound : str
        What the new sounds are called on the sheet.
    parts : tuple of str
        The files of the new, and of the known sounds.
    """

    command: str
    sound: str
    parts: tuple[str, str]

    def places(self, names: OutputNames, form: str = "wav", **wanted: Any) -> Places:
        """Where the results go; `wanted` are the further attributes of `Places`."""
        return sound_places(
            self.command, self.command, names, self.parts, form, VOCAL_FIGURES, **wanted
        )


#: By their command.
TASKS = {
    task.command: task
    for task in (
        Task("nmf-vocal", "voice", ("vocals", "accompaniment")),
        Task("nmf-remove", "foreground", ("foreground", "background")),
    )
}


@dataclass(frozen=True)
class VocalOptions(SoundOptions):
    """What the user asked for; the names are the command line's."""

    intro: tuple[Passage, ...] | None
    method: str = METHODS[0]
    bases: int = BASES
    vocal_bases: int = VOICE_BASES
    width: int | None = None
    divergence: str | float | None = None
    iterations: int | None = None
    high_pass: float = HIGH_PASS
    only: str | None = None
    start: float = 0.0
    end: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class VocalJob:
    """Separates one file after another into a voice and its background."""

    task: Task
    options: VocalOptions
    places: Places

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Separate one file and write its results, which appear together.

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
        with open_sound(source, options.start, options.end) as song:
            form = options.form(source, song)
            with about(source):
                passages = self._passages(song.shape[1] / song.info.rate)
                with warnings.catch_warnings(record=True) as said:
                    warnings.simplefilter("always", UserWarning)
                    separation = separate_vocals(
                        song, song.info.rate, passages, method=options.method,
                        n_bases=options.bases, n_vocal_bases=options.vocal_bases,
                        width=options.width, divergence=options.divergence,
                        n_iter=options.iterations, high_pass=options.high_pass, seed=options.seed,
                        progress=progress,
                    )  # fmt: skip
            remarks = [*(str(one.message) for one in said), *song.info.remarks, *form.remarks]
            return self._write(source, song, form, separation, remarks)

    def _passages(self, duration: float) -> list[Passage] | None:
        """Passages in the part that is read; the user gives them in the file's time."""
        start = self.options.start
        if self.options.intro is None:
            return None
        passages = checked_passages(self.options.intro, duration, start)
        return [(first - start, last - start) for first, last in passages]

    def _write(
        self,
        source: Path,
        song: SoundReader,
        form: SoundFormat,
        separation: VocalSeparation,
        remarks: list[str],
    ) -> dict[str, Any]:
        places = self.places
        with places.gather(source) as results:
            entries = write_sounds(
                results, self.task.parts, source, song, form, separation.blocks, self.options.only
            )
            sound = self.task.sound
            drawn = pictures(
                places, source, lambda plots: plots.vocal_sheet(separation, source.name, sound),
                lambda plots: plots.vocal_figures(separation, sound),
            )  # fmt: skip
            document = manifest(
                self.task.command, asdict(self.options), self.options.seed, **entries,
                separation=vocal_entry(separation, self.options.start), warnings=remarks,
            )  # fmt: skip
            return results.finish(document, drawn)
