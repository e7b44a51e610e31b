"""`tdsep report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from tdsep.batch import BatchReport, Outcome
from tdsep.batch.record import failures
from tdsep.batch.work import Make
from tdsep.batch.workers import ThisProcess
from tdsep.cli import options
from tdsep.cli.console import Console


@click.command("report")
@click.argument("places", nargs=-1, required=True, metavar="FOLDER|MANIFEST...",
                type=click.Path(readable=False, path_type=Path))  # fmt: skip
@options.overwriting
@options.talk
def report(places: tuple[Path, ...], **chosen: Any) -> None:
    """Write a page to hear, see and share what a command found.

    Of each run in a FOLDER of results, or of the run that a MANIFEST (FILE.….json) tells of, one
    HTML page beside its files: players that switch between the mixture and its parts at the same
    moment, spectrograms, masks, curves, figures and warnings. It holds all it shows, needs no
    network, and is what --report writes along with the results. A FOLDER of several runs gets
    report.html, too, which leads to their pages.
    """
    if chosen["overwrite"] and chosen["skip_existing"]:
        raise click.UsageError("--overwrite and --skip-existing exclude each other: choose one")
    from tdsep.jobs.report import ReportJob, manifests_in, write_index  # not for --help

    console = Console(
        chosen["quiet"], chosen["verbose"], not chosen["no_progress"], chosen["as_json"]
    )
    job = ReportJob(chosen["overwrite"], chosen["skip_existing"])
    batch = BatchReport()
    for place in places:
        manifests = manifests_in(place)
        index = job.index(place) if place.is_dir() and len(manifests) > 1 else None
        paged = []
        with console.bar(manifests) as bar:
            for file in ThisProcess(bar).reports(cast(Make, lambda: job), manifests):
                with bar.one_done():
                    console.report(file, _summary, _details)
                batch.add(file)
                paged += [file.source] if file.outcome is not Outcome.FAILED else []
        if index and paged:
            write_index(index, paged, failures(place))
            console.say(f"{place}: {len(paged)} runs -> {index.name}")
    console.conclude(batch)
    click.get_current_context().exit(batch.exit_status)


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was written."""
    return f"-> {manifest['files'][-2]}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell of what."""
    return f"  {manifest['command_line']}"
