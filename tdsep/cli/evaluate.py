"""`tdsep evaluate`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click

from tdsep.batch import BatchReport
from tdsep.batch.sources import sounds_in
from tdsep.batch.work import Make, attempt
from tdsep.cli.bar import one_line
from tdsep.cli.console import Console
from tdsep.cli.options import Own
from tdsep.cli.types import Duration
from tdsep.errors import InputError
from tdsep.inputs import is_folder

#: What the table calls the scores.
_HEADS = {
    "sdr": "SDR", "sir": "SIR", "sar": "SAR", "si_sdr": "SI-SDR", "sdr_improvement": "SDRi",
    "sir_improvement": "SIRi", "si_sdr_improvement": "SI-SDRi",
}  # fmt: skip
_PATH = click.Path(readable=False, path_type=Path)  # the job tells of those that are not


@click.command("evaluate")
@click.argument("estimates", nargs=-1, required=True, metavar="ESTIMATE|DIR...", type=_PATH)
@click.option("-r", "--reference", "references", multiple=True, required=True, type=_PATH,
              metavar="FILE|DIR",
              help="The truth, a file for each part: give it for each, or their folder.",
)  # fmt: skip
@click.option("--mixture", type=_PATH, metavar="FILE",
              help="Tell the improvement over it, too: SDRi, SIRi, SI-SDRi.")  # fmt: skip
@click.option("--channel", type=click.IntRange(min=1), default=1, show_default=True,
              help="What is scored of files with several channels.")  # fmt: skip
@click.option("--window", type=Duration(),
              help="Score windows of so long, and take the medians: 30s. By default the whole at "
                   "once; of long files (four minutes of two parts at 16 kHz, less of more) "
                   "windows of 30 s.")  # fmt: skip
@click.option("--format", "form", cls=Own, type=click.Choice(("table", "csv", "json")),
              default="table", show_default=True,
              help="csv has a line for each part and window, json the medians and all windows.",
)  # fmt: skip
def evaluate(
    estimates: tuple[Path, ...], references: tuple[Path, ...], mixture: Path | None, channel: int,
    window: float | None, form: str,
) -> None:  # fmt: skip
    """Tell how good a separation is, if the truth is known.

    Scores each ESTIMATE against the reference it suits best, whatever their order, in dB: SDR, SIR
    and SAR (signal to distortion, interference and artefacts: BSS Eval version 3, which forgives a
    filter of 512 taps) and SI-SDR (which forgives a gain alone). Of a DIR all sound files are
    taken but the mixture. Windows in which a file is silent have no score and are left out. Scores
    beyond 120 dB are rounding and held there. Writes no files; needs the extra tdsep[evaluate].
    """  # fmt: skip
    from tdsep.jobs.evaluation import EvaluationJob  # not for --help

    job = EvaluationJob(_files(references, mixture), _files(estimates, mixture), mixture, channel,
                        window)  # fmt: skip
    # It writes nothing, and so has no places.
    report = attempt(cast(Make, lambda: job), job.references[0])
    if report.manifest is None:
        Console().report(report, str, str)
    else:
        for line in _FORMATS[form](report.manifest):
            click.echo(line)
        for warning in report.manifest["warnings"]:
            Console().say(f"note: {warning}")
    batch = BatchReport([report])
    click.get_current_context().exit(batch.exit_status)


def _files(given: tuple[Path, ...], mixture: Path | None) -> tuple[Path, ...]:
    """Take for a folder the sound files in it, results of tdsep among them, but no mixture."""
    files = []
    for path in given:
        if not is_folder(path):
            files.append(path)
            continue
        sounds = sounds_in(path, results=True)
        others = [sound for sound in sounds if not (mixture and mixture.exists()
                                                    and sound.samefile(mixture))]  # fmt: skip
        if not others:
            raise InputError(f"{path}: holds nothing but the mixture: give another folder")
        files += others
    return tuple(files)


def _json(found: dict[str, Any]) -> Iterator[str]:
    """Write one line."""
    yield json.dumps(found)


def _csv(found: dict[str, Any]) -> Iterator[str]:
    """Write a header, and a line for each reference and window."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    scores = list(found["mean"])
    writer.writerow(("reference", "estimate", "start", "end", *scores))
    for entry in found["scores"]:
        columns = [entry["windows"][name] for name in scores]
        for times, *values in zip(found["windows"], *columns, strict=True):
            rounded = (round(value, 4) for value in values)
            writer.writerow((entry["reference"], entry["estimate"], *times, *rounded))
    yield text.getvalue().removesuffix("\n")


def _table(found: dict[str, Any]) -> Iterator[str]:
    """Write aligned columns, and below the means of several parts."""
    scores = list(found["mean"])
    rows = [("reference", "estimate", *(_HEADS[name] for name in scores))]
    entries = [*found["scores"], {"reference": "mean", "estimate": "", **found["mean"]}]
    for entry in entries if len(entries) > 2 else entries[:1]:
        names = one_line(entry["reference"]), one_line(entry["estimate"])
        rows.append((*names, *(f"{entry[name]:.1f}" for name in scores)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first, second, *numbers = (
            cell.ljust(width) if column < 2 else cell.rjust(max(width, 5))
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, second, *numbers))
    if len(found["windows"]) > 1:
        yield f"medians of {len(found['windows'])} windows"


_FORMATS = {"table": _table, "csv": _csv, "json": _json}
