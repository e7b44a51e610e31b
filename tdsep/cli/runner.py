"""What all commands that work on files do: find the files, run a job on each, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import click
from click.core import ParameterSource

from tdsep.batch import BatchReport
from tdsep.batch.record import Record, failures, names_of
from tdsep.batch.sources import listed, sounds_in
from tdsep.batch.work import Job, prepare
from tdsep.batch.workers import OtherProcesses, ThisProcess
from tdsep.cli.bar import Bar
from tdsep.cli.command_line import arguments
from tdsep.cli.console import Console, Teller
from tdsep.errors import InputError, ParameterError
from tdsep.inputs import is_folder
from tdsep.outputs import OutputNames, clear_unfinished
from tdsep.stopping import wait_if_ending


@dataclass(frozen=True)
class Shared:
    """The options of `tdsep.cli.options.output`, `batch`, `recursive` and `talk`, but for the seed.

    Where a command lacks `recursive`, a folder is not the sounds in it.
    """

    output_dir: Path
    name: str
    overwrite: bool
    skip_existing: bool
    plots: str | None
    quiet: bool
    verbose: bool
    no_progress: bool
    as_json: bool
    jobs: int | None = 1
    dask: str | None = None
    recursive: bool | None = None
    report: bool = False

    @classmethod
    def taken_from(cls, chosen: dict[str, Any]) -> Self:
        """Take them out of all options, and leave the command's own."""
        there = [name for name in cls.__dataclass_fields__ if name in chosen]
        return cls(**{name: chosen.pop(name) for name in there})

    def places(self, roots: list[Path]) -> dict[str, Any]:
        """Return what the options say of the attributes of `tdsep.jobs.places.Places`."""
        if self.overwrite and self.skip_existing:
            raise click.UsageError("--overwrite and --skip-existing exclude each other: choose one")
        if self.dask is not None and _typed("jobs"):
            raise click.UsageError("-j and --dask exclude each other: choose one")
        sheet = self.plots is None or self.plots.lower() != "none"
        return {
            "names": OutputNames(self.output_dir, self.name, roots),
            "arguments": arguments(click.get_current_context(), _OTHER),
            "sheet": sheet,
            "report": self.report,
            "figures": Path(self.plots) if self.plots is not None and sheet else None,
            "overwrite": self.overwrite,
            "skip_existing": self.skip_existing,
        }

    def workers(
        self, n_files: int, module: str, bar: Bar, folders: Callable[[], set[Path]]
    ) -> ThisProcess | OtherProcesses:
        """Find who is to do the work."""
        if self.dask is not None:
            from tdsep.batch.cluster import Cluster  # not for --help

            return Cluster(self.dask)
        if self.jobs != 1 and n_files > 1:
            from tdsep.batch.processes import Processes, n_cores  # loads multiprocessing

            n_processes = min(self.jobs or n_cores(), n_files)
            modules = [module, __name__, *([] if self.plots == "none" else ["tdsep.plots"])]
            if n_processes > 1:
                return Processes(n_processes, modules, folders)
        return ThisProcess(bar)


#: Options that change nothing in the results.
_OTHER = frozenset(Shared.__dataclass_fields__) | {"cluster"}


def _typed(name: str) -> bool:
    """Whether a parameter was given on the command line, and not as a default."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def find_sources(files: tuple[Path, ...], recursive: bool | None) -> tuple[list[Path], list[Path]]:
    """Return the files that are meant, and folders whose sub-folders results keep.

    Where `recursive` is None, a folder is not the sounds in it.
    """
    sources, roots = [], []
    given = [file for name in files for file in (_stdin() if str(name) == "-" else [name])]
    for file in given:
        if recursive is None or not is_folder(file):
            sources.append(file)
            continue
        try:
            sources += sounds_in(file, recursive)
        except InputError:
            if len(given) == 1:
                raise
            sources.append(file)  # it fails in its turn, and stops no other
            continue
        roots += [file] if recursive else []
    return sources, roots


def run_job(
    files: tuple[Path, ...],
    chosen: dict[str, Any],
    module: str,
    make_job: Callable[[dict[str, Any], dict[str, Any]], Job],
    summary: Teller,
    details: Teller,
) -> None:
    """Run a job on all files, and exit with the status that follows.

    Parameters
    ----------
    files : tuple of Path
    chosen : dict
        All options.
    module : str
        Where the job is: what takes long to load.
    make_job : callable
        Takes the command's own options, and what the others say of the attributes of
        `tdsep.jobs.places.Places`. It has to be a function of a module, or a `functools.partial`
        of one: it is sent to where the work is done, and only there imports what is needed.
    summary, details : callable
        Tell of a file's manifest in a line, and in a few if verbose.
    """
    shared = Shared.taken_from(chosen)
    console = Console(shared.quiet, shared.verbose, not shared.no_progress, shared.as_json)
    sources, roots = find_sources(files, shared.recursive)
    bar, batch, folders = console.bar(sources), BatchReport(), set[Path]()
    try:
        make = partial(make_job, chosen, shared.places(roots))
        with shared.workers(len(sources), module, bar, lambda: folders) as workers:
            workers.see(sources)
            folders |= workers.call(prepare, make, sources)
            clear_unfinished(folders)
            with (
                bar,
                _indexed(shared, sources, console),
                _recorded(shared, chosen, sources, roots) as record,
            ):
                workers.see([record.path] if record else [])
                for file in workers.reports(make, sources):
                    with bar.one_done():
                        console.report(file, summary, details)
                    batch.add(file)
                    if record:
                        record.note(file)
    except ParameterError as error:
        raise click.UsageError(str(error)) from None
    except Exception:
        wait_if_ending()
        raise
    console.conclude(batch)
    click.get_current_context().exit(batch.exit_status)


@contextmanager
def _indexed(shared: Shared, sources: list[Path], console: Console) -> Iterator[None]:
    """Write a page that leads to those of several files."""
    if not shared.report or len(sources) < 2:
        yield
        return
    from tdsep.jobs.report import index_of, write_index  # not for --help

    index = index_of(shared.output_dir, shared.overwrite)
    yield
    count = write_index(index, failures(shared.output_dir))
    console.say(f"{count} pages -> {index.name}")


@contextmanager
def _recorded(
    shared: Shared, chosen: dict[str, Any], sources: list[Path], roots: list[Path]
) -> Iterator[Record | None]:
    """Keep a record of what becomes of several files."""
    if len(sources) < 2:
        yield None
        return
    command = click.get_current_context().info_name or ""
    record = Record(shared.output_dir, command, chosen, names_of(sources, roots))
    record.write()
    try:
        yield record
    finally:
        record.write()


def _stdin() -> list[Path]:
    """Read a list of files."""
    return listed(sys.stdin.buffer)


def how_loud(manifest: dict[str, Any]) -> str:
    """Say so if the parts are softer than in the mixture."""
    if manifest["gain"] == 1:
        return ""
    return f" (all at {manifest['gain']:.3f} of their level, so that none clips)"
