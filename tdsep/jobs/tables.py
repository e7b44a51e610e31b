"""`nmf-joint` on several tables: read, align, explain together, write factors and predictions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tdsep.errors import InputError
from tdsep.jobs.places import Places
from tdsep.jobs.results import about, pictures
from tdsep.nmf import JOINT_FIGURES, Comparison, Completion, compare_held_out, complete_jointly
from tdsep.outputs import OutputNames
from tdsep.report.entries import joint_entry
from tdsep.report.manifest import input_entry, manifest
from tdsep.tables import JoinedTables, csv_bytes, join_tables, read_modes, read_table
from tdsep.tables.join import UNLISTED

_COMMAND = "nmf-joint"
_PREDICTIONS = "predictions.csv"
#: What some system does not allow in a file's name.
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True)
class JointOptions:
    """What the user asked for; the names are the command line's."""

    components: int = 5
    divergence: str | float = "kullback-leibler"
    prior: float | None = None
    hold_out: float = 0.1
    unlisted: tuple[str, ...] = UNLISTED[:1]
    iterations: int = 200
    seed: int = 0

    def places(self, files: Sequence[Path], names: OutputNames, **wanted: Any) -> Places:
        """Where the results go; `wanted` are the further attributes of `Places`."""
        return Places(
            _COMMAND, _COMMAND, names, (*map(_file, _readable_modes(files)), _PREDICTIONS),
            JOINT_FIGURES if self.hold_out else JOINT_FIGURES[:-1], further=tuple(files[1:]),
            describe=lambda first: {
                **input_entry(first), "tables": [input_entry(file) for file in files]
            }, **wanted,
        )  # fmt: skip


@dataclass(frozen=True)
class JointJob:
    """Explains several tables together; the results take their names from the first one's."""

    files: tuple[Path, ...]
    options: JointOptions
    places: Places

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Explain the tables and write the results, which appear together.

        Parameters
        ----------
        source : Path
            The first of the files.
        progress : callable, optional

        Returns
        -------
        dict or None
            The manifest; None if the tables were done before and existing results are skipped.

        Raises
        ------
        TdsepError
            One line that begins with the name of a file.
        """
        options = self.options
        if self.places.is_done(source, asdict(options)):
            return None
        with about(source, "factorising"):
            tables = join_tables([read_table(file) for file in self.files], options.unlisted)
            for file, pair in zip(self.files, tables.matrices, strict=True):
                _check_modes(file, pair)
            completion, comparison = self._explain(tables, progress)
        return self._write(source, tables, completion, comparison)

    def _explain(
        self, tables: JoinedTables, progress: Callable[[float], None] | None
    ) -> tuple[Completion, Comparison | None]:
        """Predict held-out cells, and then with all that is known the missing ones."""
        options = self.options
        shared: dict[str, Any] = {
            "weights": tables.known, "divergence": options.divergence,
            "max_iter": options.iterations, "seed": options.seed,
        }  # fmt: skip
        comparison, prior, share = None, options.prior, 0.0
        if options.hold_out:
            share = 0.9
            comparison = compare_held_out(
                tables.matrices, options.components, options.hold_out, prior=prior,
                progress=progress and (lambda done: progress(share * done)), **shared,
            )  # fmt: skip
            prior = comparison.completion.prior
        completion = complete_jointly(
            tables.matrices, options.components, prior=prior,
            progress=progress and (lambda done: progress(share + (1 - share) * done)), **shared,
        )  # fmt: skip
        return completion, comparison

    def _write(
        self,
        source: Path,
        tables: JoinedTables,
        completion: Completion,
        comparison: Comparison | None,
    ) -> dict[str, Any]:
        options = self.options
        document = manifest(
            _COMMAND, asdict(options), options.seed, input=self.places.describe(source),
            joint=joint_entry(tables, completion, comparison),
            warnings=_remarks(self.files, tables, comparison),
        )  # fmt: skip
        contents = {
            self.places.path(source, _file(mode)): _factor_table(mode, names, completion)
            for mode, names in tables.names.items()
        }
        predictions = _predictions_table(tables, completion, comparison)
        contents[self.places.path(source, _PREDICTIONS)] = predictions
        title = ", ".join(file.name for file in self.files)
        result = tables, completion, comparison
        drawn = pictures(
            self.places, source, lambda plots: plots.joint_sheet(*result, title),
            lambda plots: plots.joint_figures(*result),
        )  # fmt: skip
        return self.places.write(source, contents | drawn, document)


def _file(mode: str) -> str:
    """Name of the result that holds a mode's factor."""
    return f"factor-{mode}.csv"


def _readable_modes(files: Sequence[Path]) -> list[str]:
    """All modes that the files name; none where one cannot be read, of which the job will tell."""
    try:
        pairs = [read_modes(file) for file in files]
        for file, pair in zip(files, pairs, strict=True):
            _check_modes(file, pair)
    except InputError:
        return []
    return list(dict.fromkeys(mode for pair in pairs for mode in pair))


def _check_modes(file: Path, modes: tuple[str, str]) -> None:
    for mode in modes:
        if _NOT_IN_NAMES.search(mode) or not mode.isprintable():
            raise InputError(
                f"{file}: {mode!r} cannot be in the name of a file: rename it in the header"
            )


def _remarks(
    files: Sequence[Path], tables: JoinedTables, comparison: Comparison | None
) -> list[str]:
    """Say what tables lack of what others name, and where they do not help."""
    remarks = []
    for file, pair in zip(files, tables.matrices, strict=True):
        known = tables.known.get(pair)
        for axis, mode in enumerate(pair):
            n_lacking = 0 if known is None else int((known.sum(axis=1 - axis) == 0).sum())
            if n_lacking:
                n_all = len(tables.names[mode])
                remarks.append(f"{file.name} tells nothing of {n_lacking} of {n_all} {mode} names")
    if comparison is not None and comparison.errors["together"] > comparison.errors["alone"]:
        remarks.append(
            f"the held-out cells of {files[0].name} are predicted better by it alone: leave out "
            "tables that tell of something else"
        )
    return remarks


def _factor_table(mode: str, names: Sequence[str], completion: Completion) -> bytes:
    factor = completion.factorization.factors[mode]
    header = (mode, *(f"component{number}" for number in range(1, factor.shape[1] + 1)))
    lines = zip(names, factor, strict=True)
    return csv_bytes(header, ((name, *shares) for name, shares in lines))


def _predictions_table(
    tables: JoinedTables, completion: Completion, comparison: Comparison | None
) -> bytes:
    """Write a line for each missing cell of the first table, and for each that was held out."""
    target = next(iter(tables.matrices))
    rows, columns = (tables.names[mode] for mode in target)
    model, held = completion.prediction(target), {}
    if comparison is not None:
        cells = zip(comparison.rows.tolist(), comparison.columns.tolist(), strict=True)
        values = zip(comparison.predictions["together"], comparison.truth, strict=True)
        held = dict(zip(cells, values, strict=True))
    wanted = np.zeros(model.shape, bool)
    if target in tables.known:
        wanted |= ~tables.known[target]
    for cell in held:
        wanted[cell] = True

    def lines() -> Iterator[tuple[Any, ...]]:
        for i, j in zip(*(places.tolist() for places in np.nonzero(wanted)), strict=True):
            yield rows[i], columns[j], *held.get((i, j), (model[i, j], ""))

    return csv_bytes((*target, "predicted", "true"), lines())
