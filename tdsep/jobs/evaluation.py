"""`evaluate`: read references and estimates, score them window by window. Writes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tdsep._version import __version__
from tdsep.audio import SoundReader, open_sound
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.evaluate import FILTER_LENGTH, PairScores, best_permutation, score_pairs
from tdsep.jobs.results import about
from tdsep.report.manifest import plain

COMMAND = "evaluate"
#: Scores, and those of them of which an improvement over the mixture tells something: a mixture
#: has no artefacts.
SCORES = ("sdr", "sir", "sar", "si_sdr")
IMPROVED = ("sdr", "sir", "si_sdr")
#: Samples times the squared number of references that are scored at once: about 2 GB.
_MOST_AT_ONCE = 1 << 24
#: Window in seconds for what is longer.
_WINDOW = 30.0
#: Lengths that differ by no more, in seconds, are what a codec or a rounded time leaves.
_SLACK = 0.05
#: The filters' taps must be few beside the samples that they are fitted to.
_SAMPLES_PER_TAP = 4


@dataclass(frozen=True)
class _Track:
    """One channel of a file."""

    path: Path
    sound: SoundReader

    def __getitem__(self, window: slice) -> np.ndarray:
        """Read samples, float64."""
        return self.sound[..., window][0].astype(np.float64)


@dataclass(frozen=True)
class EvaluationJob:
    """Scores estimates against references.

    Attributes
    ----------
    references, estimates : tuple of Path
        As many of both, in any order.
    mixture : Path or None
        Of which the improvement is told.
    channel : int
        What is scored of each file, counted from 1.
    window : float or None
        In seconds; None for the whole, or for windows where that is long.
    """

    references: tuple[Path, ...]
    estimates: tuple[Path, ...]
    mixture: Path | None = None
    channel: int = 1
    window: float | None = None

    def run(self, source: Path, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
        """Score the files.

        Returns
        -------
        dict
            All figures, as JSON has them: times in seconds, scores in dB, medians of the windows
            and those of each.

        Raises
        ------
        TdsepError
            One line that begins with the name of a file.
        """
        _check_once("reference", self.references)
        _check_once("estimate", self.estimates)
        n_parts = len(self.references)
        with ExitStack() as stack:
            mixture = () if self.mixture is None else (self.mixture,)
            paths = (*self.references, *self.estimates, *mixture)
            tracks = [_Track(path, stack.enter_context(open_sound(path))) for path in paths]
            if n_parts != len(self.estimates):
                raise ParameterError(
                    f"{_counted(n_parts, 'reference')} ({_listed(self.references)}) and "
                    f"{_counted(len(self.estimates), 'estimate')} ({_listed(self.estimates)}): "
                    "give one estimate for each reference"
                )
            notes = [f"{t.path.name}: {note}" for t in tracks for note in t.sound.info.remarks]
            rate = _common_rate(tracks)
            tracks = [self._channel_of(track) for track in tracks]
            if any(track.sound.info.channels > 1 for track in tracks):
                notes.append(f"channel {self.channel} of each file is scored")
            n_samples = _common_length(tracks, rate, notes)
            windows = self._windows(n_samples, rate, notes)
            if n_parts == 1:
                notes.append("there is one reference, so nothing can interfere: SIR tells nothing")
            scored, pairs = self._score(tracks, windows, rate)
        return self._document(rate, windows, scored, pairs, notes)

    def _channel_of(self, track: _Track) -> _Track:
        n_channels = track.sound.info.channels
        if self.channel > n_channels:
            raise UnsuitableInputError(
                f"{track.path}: has {_counted(n_channels, 'channel')}, no channel {self.channel}: "
                "choose another --channel"
            )
        return _Track(track.path, track.sound.of_channels([self.channel - 1]))

    def _windows(self, n_samples: int, rate: int, notes: list[str]) -> list[slice]:
        """Divide the files; what is left of less than a window goes to the last one."""
        n_references = len(self.references)
        least = _SAMPLES_PER_TAP * FILTER_LENGTH * n_references
        if n_samples < least:
            raise UnsuitableInputError(
                f"{self.references[0]}: {n_samples / rate:.3f} s are too short to be scored: "
                f"give {least / rate:.2f} s or more"
            )
        window = n_samples if self.window is None else round(self.window * rate)
        if window < least:
            raise ParameterError(
                f"--window {self.window:g} s is too short for scores of "
                f"{_counted(n_references, 'reference')}: give {least / rate:.2f} s or more"
            )
        if self.window is None and n_samples * n_references**2 > _MOST_AT_ONCE:
            window = round(_WINDOW * rate)
            notes.append(f"scored in windows of {_WINDOW:g} s, for it is long: see --window")
        starts = [window * number for number in range(max(1, n_samples // window))]
        return list(map(slice, starts, [*starts[1:], n_samples]))

    def _score(
        self, tracks: Sequence[_Track], windows: Sequence[slice], rate: int
    ) -> tuple[list[slice], list[PairScores]]:
        """Score all windows but those in which some file is silent."""
        scored, pairs = [], []
        heard = np.zeros(len(tracks), bool)
        for window in windows:
            sounds = np.array([track[window] for track in tracks])
            sounding = sounds.any(axis=1)
            heard |= sounding
            if sounding.all():
                with about(self.references[0], "scoring"):
                    n_references = len(self.references)
                    pairs.append(score_pairs(sounds[:n_references], sounds[n_references:]))
                scored.append(window)
        if not heard.all():
            path = tracks[int(heard.argmin())].path
            raise UnsuitableInputError(
                f"{path}: is silent in channel {self.channel} and has no score: "
                "leave it out, or choose another --channel"
            )
        if not scored:
            raise UnsuitableInputError(
                f"{self.references[0]}: in every window this or another file is silent: "
                "choose a longer --window"
            )
        return scored, pairs

    def _document(
        self,
        rate: int,
        windows: Sequence[slice],
        scored: Sequence[slice],
        pairs: Sequence[PairScores],
        notes: Sequence[str],
    ) -> dict[str, Any]:
        n_parts = len(self.references)
        matrices = {name: np.array([getattr(pair, name) for pair in pairs]) for name in SCORES}
        permutation = best_permutation(matrices["sir"][:, :, :n_parts].mean(axis=0))
        entries = []
        names = zip(_names(self.references), permutation, strict=True)
        for number, (reference, estimate) in enumerate(names):
            values = {name: matrices[name][:, number, estimate] for name in SCORES}
            if self.mixture is not None:
                for name in IMPROVED:
                    before = matrices[name][:, number, n_parts]
                    values[f"{name}_improvement"] = values[name] - before
            medians = {name: np.median(each) for name, each in values.items()}
            estimated = _names(self.estimates)[estimate]
            entries.append(
                {"reference": reference, "estimate": estimated, **medians, "windows": values}
            )
        times = partial(_times, rate=rate)
        left_out = [times(window) for window in windows if window not in scored]
        silent = [f"{len(left_out)} of {len(windows)} windows are left out: a file is silent there"]
        return plain(
            {
                "tdsep": __version__,
                "command": COMMAND,
                "mixture": self.mixture and self.mixture.name,
                "rate": rate,
                "channel": self.channel,
                "windows": [times(window) for window in scored],
                "left_out": left_out,
                "permutation": permutation + 1,
                "scores": entries,
                "mean": {name: np.mean([entry[name] for entry in entries]) for name in medians},
                "warnings": [*notes, *(silent if left_out else [])],
            }
        )


def _times(window: slice, rate: int) -> tuple[float, float]:
    return window.start / rate, window.stop / rate


def _check_once(kind: str, paths: Sequence[Path]) -> None:
    """Refuse a file that is given twice."""
    real = [os.path.realpath(path) for path in paths]
    for number, path in enumerate(paths):
        if real[number] in real[:number]:
            raise ParameterError(f"{path}: is given twice as {kind}: give each file once")


def _common_rate(tracks: Sequence[_Track]) -> int:
    first = tracks[0]
    rate = first.sound.info.rate
    for track in tracks[1:]:
        if track.sound.info.rate != rate:
            raise UnsuitableInputError(
                f"{track.path}: has {track.sound.info.rate} Hz, but {first.path} {rate} Hz: "
                "convert one to the other's sampling rate"
            )
    return rate


def _common_length(tracks: Sequence[_Track], rate: int, notes: list[str]) -> int:
    """Cut what is hardly longer to the shortest, and say so."""
    by_length = sorted(tracks, key=lambda track: track.sound.shape[1])
    shortest, longest = by_length[0], by_length[-1]
    least, most = (track.sound.shape[1] for track in (shortest, longest))
    if most - least > _SLACK * rate:
        raise UnsuitableInputError(
            f"{longest.path}: lasts {most / rate:.3f} s, but {shortest.path} {least / rate:.3f} s: "
            "give files of the same passage"
        )
    if most > least:
        notes.append(f"all are cut to {shortest.path.name}, {most - least} samples shorter than "
                     f"{longest.path.name}")  # fmt: skip
    return least


def _names(paths: Sequence[Path]) -> list[str]:
    """Name files: without their folders, if that tells them apart."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _listed(paths: Sequence[Path]) -> str:
    """Name files in a message, not too many."""
    names = _names(paths)
    return ", ".join(names if len(names) <= 4 else [*names[:3], "…"])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
