"""`tdsep report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from tdsep.batch import BatchReport
from tdsep.batch.record import failures
from tdsep.batch.work import Make
from tdsep.batch.workers import ThisProcess
from tdsep.cli import options
from tdsep.cli.console import Console


@click.command("report")
@click.argument("places", nargs=-1, required=True, metavar="FOLDER|MANIFEST...",
                type=click.Path(readable=False, path_type=Path))  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Write pages anew that are there already.")
@options.talk
def report(places: tuple[Path, ...], **chosen: Any) -> None:
    """Write a page to hear, see and share what a command found.

    Of each run in a FOLDER of results and those below it, or of the run that a MANIFEST
    (FILE.….json) tells of, one HTML page beside its files: players that switch between the mixture
    and its parts at the same moment, spectrograms, masks, curves, figures and warnings. It holds
    all it shows, needs no network, and is what --report writes along with the results. A FOLDER of
    several runs gets report.html, too, which leads to their pages. Pages that are there already
    stay as they are.
    """
    from tdsep.jobs.report import ReportJob, index_of, manifests_in, write_index  # not for --help

    console = Console(
        chosen["quiet"], chosen["verbose"], not chosen["no_progress"], chosen["as_json"]
    )
    job = ReportJob(chosen["overwrite"])
    batch = BatchReport()
    for place in places:
        manifests = manifests_in(place)
        several = place.is_dir() and len(manifests) > 1
        index = index_of(place, chosen["overwrite"]) if several else None
        failed = []
        with console.bar(manifests) as bar:
            for file in ThisProcess(bar).reports(cast(Make, lambda: job), manifests):
                with bar.one_done():
                    console.report(file, _summary, _details)
                batch.add(file)
                failed += [str(file.error)] if file.error is not None else []
        if index and (count := write_index(index, [*failures(place), *failed])):
            console.say(f"{count} pages -> {index.name}")
    console.conclude(batch)
    click.get_current_context().exit(batch.exit_status)


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was written."""
    return f"{manifest['command']} on {manifest['input']['name']} -> {manifest['files'][-2]}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell of what."""
    return f"  {manifest['command_line']}"
