"""`tdsep nmf-rank`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, run_job
from tdsep.cli.types import DivergenceKind


@click.command("nmf-rank")
@options.files
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Fewest components to try.",
)
@click.option(
    "--to",
    "last",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Most components to try.",
)
@click.option(
    "--step",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="From number to number.",
)
@click.option(
    "--held-out",
    type=click.FloatRange(0, 0.9, min_open=True),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="Of the entries, or of sparse counts.",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often other entries are held out.",
)
@click.option(
    "--divergence",
    type=DivergenceKind(),
    default="kullback-leibler",
    show_default=True,
    help="What is minimised: euclidean, kullback-leibler, itakura-saito, or a beta from -1 to 2.5.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Of a factorisation, at most.",
)
@options.transform("by default about 64 ms (of a sound).")
@options.excerpt
@options.output
@options.batch
@options.talk
def nmf_rank(files: tuple[Path, ...], **chosen: Any) -> None:
    """Find how many components a matrix has: the error against their number.

    FILE is a sound, of which the spectrogram is taken; a matrix: .npy, .npz, or as
    scipy.sparse.save_npz writes it; or texts, of which English words are counted: a folder, or
    .jsonl. More components always explain better what they were learned
    from; entries that were held out tell from when on they explain chance. Writes
    FILE.nmf-rank.csv, FILE.nmf-rank.png and FILE.nmf-rank.json. This is long work.
    """  # fmt: skip
    if chosen["last"] < chosen["first"]:
        raise click.UsageError(
            f"--from {chosen['first']} is more than --to {chosen['last']}: exchange"
        )
    run_job(files, chosen, "tdsep.jobs.rank", _job, _summary, _details)


def _job(chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.rank import RankJob, RankOptions, rank_places  # not for --help

    return RankJob(RankOptions(**chosen), rank_places(**places))


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was found."""
    choice = manifest["choice"]
    number = choice["components"]
    found = f"{number} components: " if choice["convincing"] else ""
    return f"{found}{choice['reason']} -> {', '.join(manifest['files'])}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was done."""
    rows, columns = manifest["matrix"]["shape"]
    tried = manifest["choice"]["candidates"]
    return f"  {rows} by {columns} entries; {tried[0]} to {tried[-1]} components tried"
