"""`gmm-separate` on one recording: read, separate, write a file a talker, pictures, manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tdsep.audio import SoundFormat, SoundReader, open_sound
from tdsep.errors import UnsuitableInputError
from tdsep.gmm import MASKS, MAX_TALKERS, METHODS, OUTPUTS, TALKER_FIGURES
from tdsep.gmm.geometry import SPEED_OF_SOUND
from tdsep.gmm.separate import Separation, separate_talkers
from tdsep.gmm.talkers import MOST_COUNTED
from tdsep.jobs.places import Places
from tdsep.jobs.results import SoundOptions, about, pictures, sound_places, write_sounds
from tdsep.outputs import OutputNames
from tdsep.report.entries import separation_entry
from tdsep.report.manifest import manifest

COMMAND = "gmm-separate"
#: Of less sound the number of talkers is a guess.
_FEW_SECONDS = 1.0


@dataclass(frozen=True)
class TalkerOptions(SoundOptions):
    """What the user asked for; the names are the command line's."""

    talkers: int | None = None
    method: str = METHODS[0]
    output: str = OUTPUTS[0]
    mask: str = MASKS[0]
    spacing: float | None = None
    channels: tuple[int, ...] | None = None
    n_fft: int | None = None
    hop_length: int | None = None
    start: float = 0.0
    end: float | None = None
    seed: int = 0


def talker_places(names: OutputNames, form: str = "wav", **wanted: Any) -> Places:
    """Where the results of this command go; `wanted` are the further attributes of `Places`."""
    return sound_places(COMMAND, "gmm", names, _names(MAX_TALKERS), form, TALKER_FIGURES, **wanted)


@dataclass(frozen=True)
class TalkerJob:
    """Separates the talkers of one file after another."""

    options: TalkerOptions
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
        with open_sound(source, options.start, options.end) as recording:
            sound = _chosen_channels(source, recording, options.channels)
            form = options.form(source, sound)
            with about(source):
                separation = separate_talkers(
                    sound, sound.info.rate, options.talkers, method=options.method,
                    output=options.output, mask=options.mask, spacing=options.spacing,
                    n_fft=options.n_fft, hop_length=options.hop_length, seed=options.seed,
                    progress=progress,
                )  # fmt: skip
            return self._write(source, sound, form, separation)

    def _write(
        self, source: Path, sound: SoundReader, form: SoundFormat, separation: Separation
    ) -> dict[str, Any]:
        places, parts = self.places, _names(separation.n_talkers)
        with places.gather(source) as results:
            entries = write_sounds(results, parts, source, sound, form, separation.blocks)
            drawn = pictures(
                places, source, lambda plots: plots.talker_sheet(separation, source.name),
                lambda plots: plots.talker_figures(separation),
            )  # fmt: skip
            document = manifest(
                COMMAND, asdict(self.options), self.options.seed, **entries,
                separation=separation_entry(separation),
                warnings=[*sound.info.remarks, *form.remarks, *_warnings(separation)],
            )  # fmt: skip
            return results.finish(document, drawn)


def _names(count: int) -> list[str]:
    return [f"talker{number + 1}" for number in range(count)]


def _warnings(separation: Separation) -> list[str]:
    """Say what may be wrong with a result that looks like any other."""
    warnings: list[str] = []
    search, spacing = separation.search, separation.spacing
    seconds = separation.digest.sound.shape[1] / separation.rate
    if search.estimated and seconds < _FEW_SECONDS:
        warnings.append(f"{seconds:.2g} s are little to count talkers by: if it is wrong, give -n")
    if search.estimated and search.n_talkers == 1:
        warnings.append(
            "only one talker was found, and the whole recording is in that file: if there are "
            "more, give -n"
        )
    if search.estimated and search.n_talkers == MOST_COUNTED:
        warnings.append(
            f"{MOST_COUNTED} talkers are the most that are counted: if there are more, give -n"
        )
    if spacing is not None and np.abs(separation.delays).max() > spacing / SPEED_OF_SOUND:
        warnings.append(
            f"the time differences are longer than sound needs for {spacing:g} m: "
            "check --spacing, which is in metres"
        )
    return warnings


def _chosen_channels(
    source: Path, recording: SoundReader, channels: tuple[int, ...] | None
) -> SoundReader:
    n_channels = recording.shape[0]
    if channels is None:
        if n_channels > 2:
            raise UnsuitableInputError(
                f"{source}: has {n_channels} channels: choose the microphones, "
                "for example --channels 1,3 or --channels 1-4"
            )
        return recording
    if max(channels) > n_channels:
        raise UnsuitableInputError(
            f"{source}: has {n_channels} channels, no channel {max(channels)}: "
            "choose some that it has with --channels"
        )
    return recording.of_channels([number - 1 for number in channels])
