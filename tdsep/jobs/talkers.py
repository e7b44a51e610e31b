"""`gmm-separate` on one recording: read, separate, write a file a talker, pictures, manifest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tdsep.audio import AudioInfo, common_gain, decode, encode_parts, probe, read_audio
from tdsep.errors import OutputError, ParameterError, UnsuitableInputError
from tdsep.gmm import MASKS, MAX_TALKERS, METHODS
from tdsep.gmm.geometry import SPEED_OF_SOUND
from tdsep.gmm.separate import Separation, separate_talkers
from tdsep.gmm.talkers import MOST_COUNTED
from tdsep.masks import residual_level
from tdsep.outputs import OutputFiles, OutputNames, check_name, check_writable, first_existing
from tdsep.report.manifest import input_entry, manifest, plain, separation_entry, to_json

COMMAND = "gmm-separate"


@dataclass(frozen=True)
class TalkerOptions:
    """What the user asked for; the names are the command line's."""

    talkers: int | None = None
    method: str = METHODS[0]
    mask: str = MASKS[0]
    spacing: float | None = None
    channels: tuple[int, int] | None = None
    n_fft: int | None = None
    hop_length: int | None = None
    start: float = 0.0
    end: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class TalkerJob:
    """Separates the talkers of one file after another into the same places.

    Attributes
    ----------
    options : TalkerOptions
    names : OutputNames
    sheet : bool
        Whether to draw the sheet of figures.
    figures : Path or None
        Folder for each figure as a file of its own.
    overwrite, skip_existing : bool
        What to do where a result exists already; refuse by default.
    """

    options: TalkerOptions
    names: OutputNames
    sheet: bool = True
    figures: Path | None = None
    overwrite: bool = False
    skip_existing: bool = False

    def check(self, sources: list[Path]) -> None:
        """Find out before any work what would go wrong at its end.

        Raises
        ------
        ParameterError
            If two files would write the same results, or a result would replace an input.
        OutputError
            If a result exists already, or none can be written.
        """
        taken: dict[Path, Path] = {}
        for source in sources:
            manifest_path = self._manifest_path(source)
            other = taken.setdefault(manifest_path, source)
            if other is not source:
                raise ParameterError(
                    f"{other} and {source} would both write {manifest_path}: "
                    "separate them into different folders with --output-dir, or rename one"
                )
        inputs = {os.path.realpath(source) for source in sources}
        for result in (result for source in sources for result in self._results(source)):
            check_name(result)
            if os.path.realpath(result) in inputs:
                raise ParameterError(
                    f"{result}: is an input and would be replaced: choose another --output-dir"
                )
        check_writable(self.names.directory, "--output-dir")
        if self.figures is not None:
            check_writable(self.figures, "--plots")
        if not (self.overwrite or self.skip_existing):
            found = first_existing(path for source in sources for path in self._results(source))
            if found:
                raise OutputError(
                    f"{found}: exists already: choose --overwrite, --skip-existing "
                    "or another folder"
                )

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Separate one file and write its results, which appear together.

        Returns
        -------
        dict or None
            The manifest; None if the file was done before and `skip_existing` is set.

        Raises
        ------
        TdsepError
            One line that begins with the file's name.
        """
        if self.skip_existing and self._is_done(source):
            return None
        options = self.options
        mixture, info = read_audio(source, options.start, options.end)
        mixture = _chosen_channels(source, mixture, options.channels)
        try:
            separation = separate_talkers(
                mixture, info.rate, options.talkers, method=options.method, mask=options.mask,
                spacing=options.spacing, n_fft=options.n_fft, hop_length=options.hop_length,
                progress=progress,
            )  # fmt: skip
        except (UnsuitableInputError, ParameterError) as error:
            raise type(error)(f"{source}: {error}") from None
        return self._write(source, info, mixture, separation)

    def _write(
        self, source: Path, info: AudioInfo, mixture: np.ndarray, separation: Separation
    ) -> dict[str, Any]:
        gain = common_gain(separation.sources, info.wav_subtype)
        manifest_path = self._manifest_path(source)
        encoded = encode_parts(separation.sources * gain, info.rate, info.wav_subtype)
        written = np.stack([decode(content) for content in encoded])
        contents = {
            self.names.path(source, f"talker{number}", ".wav"): content
            for number, content in enumerate(encoded, start=1)
        } | self._pictures(source, separation)
        document = manifest(
            COMMAND,
            asdict(self.options),
            self.options.seed,
            input=input_entry(source, info),
            output={"rate": info.rate, "channels": 2, "frames": mixture.shape[1],
                    "subtype": info.wav_subtype},
            separation=separation_entry(separation),
            gain=gain,
            residual_db=residual_level(written, np.multiply(mixture, gain, dtype=np.float64)),
            warnings=_warnings(info, separation),
            files=[self._shown(path) for path in (*contents, manifest_path)],
            sizes={self._shown(path): len(content) for path, content in contents.items()},
        )  # fmt: skip
        earlier = self._earlier_files(source)
        with OutputFiles() as files:
            # The manifest comes first: cut off in between, the rest is known to be ours to redo.
            files.add(manifest_path, to_json(document).encode())
            for path, content in contents.items():
                files.add(path, content)
            files.commit()
        for path in earlier - {*contents, manifest_path}:  # of more talkers, for example
            path.unlink(missing_ok=True)
        return document

    def _pictures(self, source: Path, separation: Separation) -> dict[Path, bytes]:
        """Draw what was asked for."""
        if not self.sheet:
            return {}
        from tdsep import plots  # matplotlib takes longer to load than all the rest

        sheet = plots.talker_sheet(separation, title=source.name)
        pictures = {self._sheet_path(source): plots.to_png(sheet)}
        if self.figures is not None:
            for name, figure in plots.talker_figures(separation):
                pictures[self._figure_path(source, name)] = plots.to_png(figure)
        return pictures

    def _results(self, source: Path) -> list[Path]:
        """Every file that separating `source` could write."""
        numbers = range(1, MAX_TALKERS + 1)
        talkers = [self.names.path(source, f"talker{number}", ".wav") for number in numbers]
        return [*talkers, self._sheet_path(source), *self._figure_paths(source),
                self._manifest_path(source)]  # fmt: skip

    def _figure_paths(self, source: Path) -> list[Path]:
        if self.figures is None:
            return []
        from tdsep.plots import TALKER_FIGURES

        return [self._figure_path(source, name) for name in TALKER_FIGURES]

    def _sheet_path(self, source: Path) -> Path:
        return self.names.path(source, "gmm", ".png")

    def _figure_path(self, source: Path, name: str) -> Path:
        """Where one figure of the sheet goes as a file of its own."""
        return OutputNames(self.figures or "", self.names.template).path(
            source, f"gmm.{name}", ".png"
        )

    def _manifest_path(self, source: Path) -> Path:
        return self.names.path(source, "gmm", ".json")

    def _shown(self, path: Path) -> str:
        """Name for the manifest: relative to the output folder where it lies within."""
        folder = self.names.directory
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)

    def _previous_manifest(self, source: Path) -> dict[str, Any]:
        """Return the manifest that an earlier run left for `source`; empty where none did."""
        path = self._manifest_path(source)
        try:
            document = json.loads(path.read_bytes()) if path.is_file() else {}
            ours = document["command"] == COMMAND and document["input"]["name"] == source.name
            named = all(isinstance(name, str) for name in document["files"])
            sized = all(isinstance(size, int) for size in document["sizes"].values())
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}
        return document if ours and named and sized else {}

    def _earlier_files(self, source: Path) -> set[Path]:
        """Return the results of an earlier run on `source` that are still there."""
        listed = set(self._previous_manifest(source).get("files", ()))
        return {p for p in self._results(source) if self._shown(p) in listed and p.is_file()}

    def _is_done(self, source: Path) -> bool:
        """Whether an earlier run finished this very job.

        Raises
        ------
        OutputError
            If there are results of another recording or other options, or files that no manifest
            tells of: they are no rest of this job, so they are neither skipped nor replaced.
        """
        previous = self._previous_manifest(source)
        if previous:
            ours = {"options": asdict(self.options), "input": input_entry(source, probe(source))}
            if any(previous.get(key) != entry for key, entry in plain(ours).items()):
                raise OutputError(
                    f"{self._manifest_path(source)}: tells of another recording or other options: "
                    "choose --overwrite or another folder"
                )
        foreign = first_existing(
            path for path in self._results(source) if path not in self._earlier_files(source)
        )
        if foreign:
            raise OutputError(
                f"{foreign}: exists already, and no manifest tells how it came to be: "
                "choose --overwrite or another folder"
            )
        wanted = [self._sheet_path(source), *self._figure_paths(source)] if self.sheet else []
        sizes = previous.get("sizes", {})
        return (
            bool(previous)
            and all(self._shown(path) in sizes for path in wanted)
            and all(_size(self.names.directory / name) == size for name, size in sizes.items())
        )


def _size(path: Path) -> int:
    """Bytes of a file; -1 if there is none."""
    return path.stat().st_size if path.is_file() else -1


def _warnings(info: AudioInfo, separation: Separation) -> list[str]:
    """Say what may be wrong with a result that looks like any other."""
    warnings = []
    if info.cut_off:
        warnings.append("the file is shorter than its header says: the end of it is missing")
    search, spacing = separation.search, separation.spacing
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
    source: Path, recording: np.ndarray, channels: tuple[int, int] | None
) -> np.ndarray:
    if channels is None:
        return recording
    if max(channels) > len(recording):
        raise UnsuitableInputError(
            f"{source}: has {len(recording)} channels, no channel {max(channels)}: "
            "choose two that it has with --channels"
        )
    return recording[[number - 1 for number in channels]]
