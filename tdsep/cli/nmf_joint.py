"""`tdsep nmf-joint`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, run_job
from tdsep.cli.types import DivergenceKind, Strength, Unlisted


@click.command("nmf-joint")
@options.files
@click.option("-k", "--components", type=click.IntRange(min=1), default=5, show_default=True,
              help="How many.")  # fmt: skip
@click.option("--divergence", type=DivergenceKind(), default="kullback-leibler",
              show_default=True,
              help="What is minimised: euclidean, kullback-leibler, itakura-saito, or a beta from "
                   "-1 to 2.5.")  # fmt: skip
@click.option("--prior", type=Strength(), default="auto", show_default=True,
              help="How firmly factors are held near their mean, where little is known: worth so "
                   "many average cells; 0 not at all; auto: as predicts known cells best.",
)  # fmt: skip
@click.option("--hold-out", type=click.FloatRange(0, 1, max_open=True), default=0.1,
              show_default=True, metavar="SHARE",
              help="Of the first table's known cells: kept aside and predicted, to tell how good "
                   "predictions are; 0: none.")  # fmt: skip
@click.option("--unlisted", type=Unlisted(), default="zero", show_default=True,
              help="What cells are that a FILE with a line for each entry does not list: zero or "
                   "missing, for all or for each FILE: missing,zero,zero.")  # fmt: skip
@click.option("--iterations", type=click.IntRange(min=1), default=200, show_default=True,
              help="Of each fit, at most.")  # fmt: skip
@options.output
@options.talk
def nmf_joint(files: tuple[Path, ...], **chosen: Any) -> None:
    """Explain tables that share rows or columns together; predict the first one's missing cells.

    Each table is a FILE of comma-separated values: wide, with a header such as
    user/good,apple,bread (rows are users, columns goods; an empty cell is missing), or with a line
    for each entry and a header such as user,good,count. Tables are aligned by names. Of what the
    names stand for (user, good, …) each gets one factor, in whatever tables it occurs. Writes,
    named after the first FILE, FILE.factor-user.csv, FILE.factor-good.csv, …, FILE.predictions.csv
    with the missing cells and those held out, FILE.nmf-joint.png with the pictures that explain
    them, and FILE.nmf-joint.json with the figures.
    """  # fmt: skip
    if len(files) < 2:
        raise click.UsageError("give two tables or more that share rows or columns")
    run_job(files[:1], chosen, "tdsep.jobs.tables", partial(_job, files), _summary, _details)


def _job(files: tuple[Path, ...], chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.tables import JointJob, JointOptions  # not for --help

    wanted = JointOptions(**chosen)
    return JointJob(files, wanted, wanted.places(files, **places))


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was done."""
    found = manifest["joint"]
    told = f"{found['components']} components of {len(found['tables'])} tables"
    if "held_out" in found:
        errors = found["held_out"]["mean_divergence"]
        told += (
            f"; divergence of a held-out cell {errors['together']:.3g}, by this table alone "
            f"{errors['alone']:.3g}, by means {errors['means']:.3g}"
        )
    return f"{told} -> {', '.join(manifest['files'])}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was done."""
    found = manifest["joint"]
    modes = ", ".join(f"{n} {mode}" for mode, n in found["modes"].items())
    tables = ", ".join(
        f"{'/'.join(table['modes'])} {table['known_cells']} known cells of weight "
        f"{table['weight']:.2g}"
        for table in found["tables"]
    )
    held = f"; {found['held_out']['cells']} cells held out" if "held_out" in found else ""
    return f"  names: {modes}; tables: {tables}; prior {found['prior']:g}{held}"
