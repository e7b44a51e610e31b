"""`nmf-rank` on one matrix: read, factorise with each number of components, write what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.audio import read_audio
from tdsep.corpus import JSON_LINES, read_corpus
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.inputs import is_folder
from tdsep.jobs.places import Places
from tdsep.jobs.results import about, pictures
from tdsep.jobs.texts import texts_entry
from tdsep.nmf import RankChoice, choose_rank
from tdsep.outputs import OutputNames
from tdsep.report.entries import rank_entry
from tdsep.report.manifest import manifest
from tdsep.sounds import checked_sound
from tdsep.stft import spectrogram, window_length
from tdsep.tables import MATRIX_ENDINGS, csv_bytes, read_matrix
from tdsep.topics import TOKEN_PATTERN
from tdsep.topics.counting import WordCounts, stop_words_of

COMMAND = "nmf-rank"
FIGURES = ("errors",)
_TABLE = f"{COMMAND}.csv"
#: Window, and shortest sound, in seconds.
_WINDOW, _SHORTEST = 0.064, 0.5


@dataclass(frozen=True)
class RankOptions:
    """What the user asked for; the names are the command line's."""

    first: int = 1
    last: int = 40
    step: int = 1
    held_out: float = 0.1
    repeats: int = 3
    divergence: str | float = "kullback-leibler"
    iterations: int = 50
    n_fft: int | None = None
    hop_length: int | None = None
    start: float = 0.0
    end: float | None = None
    seed: int = 0


def rank_places(names: OutputNames, **wanted: Any) -> Places:
    """Where the results of this command go; `wanted` are the further attributes of `Places`."""
    describe = partial(texts_entry, results=names.directory)
    return Places(COMMAND, COMMAND, names, (_TABLE,), FIGURES, describe=describe, **wanted)


@dataclass(frozen=True)
class RankJob:
    """Tries numbers of components on one matrix after another."""

    options: RankOptions
    places: Places

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Try each number on one matrix and write its results, which appear together.

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
        with about(source, "factorising"):
            matrix, remarks = self._matrix(source)
            candidates = _candidates(options, min(matrix.shape))
            if options.last > candidates[-1] and options.last > min(matrix.shape):
                remarks.append(f"{min(matrix.shape)} rows or columns: no more components are tried")
            choice = choose_rank(
                matrix, candidates, divergence=options.divergence, held_out=options.held_out,
                repeats=options.repeats, max_iter=options.iterations, seed=options.seed,
                progress=progress,
            )  # fmt: skip
        return self._write(source, matrix, choice, remarks)

    def _matrix(self, source: Path) -> tuple[Any, list[str]]:
        """Read a matrix, the counts of words in texts, or a sound's spectrogram; and remarks."""
        options = self.options
        if is_folder(source) or source.suffix.lower() in JSON_LINES:
            _refuse_sound_options(options)
            corpus = read_corpus(source, self.places.names.directory)
            words = WordCounts.of_texts(corpus.texts)
            counts = words.selected(stop_words_of("english", TOKEN_PATTERN)).counts
            return counts, list(corpus.remarks)
        if source.suffix.lower() in MATRIX_ENDINGS:
            _refuse_sound_options(options)
            return _checked(read_matrix(source)), []
        sound, info = read_audio(source, options.start, options.end)
        sound = checked_sound(sound, info.rate, _SHORTEST)
        n_fft = options.n_fft or window_length(info.rate, _WINDOW)
        power = 2 if options.divergence in ("itakura-saito", 0) else 1
        return spectrogram(sound, n_fft, options.hop_length, power), info.remarks

    def _write(
        self, source: Path, matrix: Any, choice: RankChoice, remarks: list[str]
    ) -> dict[str, Any]:
        repeats = [f"held out {n}" for n in range(1, choice.held_out_errors.shape[1] + 1)]
        table = csv_bytes(
            ["components", "error", *repeats],
            (
                [int(k), seen, *unseen]
                for k, seen, unseen in zip(
                    choice.candidates, choice.errors, choice.held_out_errors, strict=True
                )
            ),
        )
        document = manifest(
            COMMAND, asdict(self.options), self.options.seed, input=self.places.describe(source),
            matrix={"shape": matrix.shape}, choice=rank_entry(choice), warnings=remarks,
        )  # fmt: skip
        contents = {self.places.path(source, _TABLE): table}
        drawn = pictures(
            self.places, source, lambda plots: plots.rank_sheet(choice, source.name),
            lambda plots: [(name, plots.rank_sheet(choice)) for name in FIGURES],
        )  # fmt: skip
        return self.places.write(source, contents | drawn, document)


def _refuse_sound_options(options: RankOptions) -> None:
    if (options.n_fft, options.hop_length, options.start, options.end) != (None, None, 0.0, None):
        raise ParameterError("is no sound: --start, --end, --n-fft and --hop-length are for sounds")


def _checked(matrix: Any) -> Any:
    """Return a matrix if it can be factorised at all."""
    values = matrix.data if sp.issparse(matrix) else matrix
    if min(matrix.shape) == 0 or not values.any():
        raise UnsuitableInputError(f"is a matrix of {matrix.shape} with nothing in it")
    if not np.isfinite(values).all():
        raise UnsuitableInputError("holds NaN or infinity: replace them")
    if (values < 0).any():
        raise UnsuitableInputError("holds negative numbers: give counts, magnitudes or powers")
    return matrix


def _candidates(options: RankOptions, most: int) -> range:
    """Return the numbers to try; with more than `most` a matrix is its own factor."""
    if options.first > most:
        raise ParameterError(f"has {most} rows or columns: give a --from up to {most}")
    return range(options.first, min(options.last, most) + 1, options.step)
