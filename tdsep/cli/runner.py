"""What all commands that work on files do: find places, run a job on each file, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import click

from tdsep.batch import run_files
from tdsep.cli.console import Console
from tdsep.errors import ParameterError
from tdsep.outputs import OutputNames

#: Tells of a manifest in words.
Teller = Callable[[dict[str, Any]], str]


class Places(Protocol):
    """Where results go: see `tdsep.jobs.places.Places`."""

    def check(self, sources: list[Path]) -> None:
        """Find out before any work what would go wrong at its end."""


class Job(Protocol):
    """What a command does to one file."""

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Return the manifest, or None where there was nothing left to do."""


@dataclass(frozen=True)
class Shared:
    """The options of `tdsep.cli.options.output` and `talk`, but for the seed."""

    output_dir: Path
    name: str
    overwrite: bool
    skip_existing: bool
    plots: str | None
    quiet: bool
    verbose: bool
    no_progress: bool
    as_json: bool

    @classmethod
    def taken_from(cls, chosen: dict[str, Any]) -> Self:
        """Take them out of all options, and leave the command's own."""
        return cls(**{name: chosen.pop(name) for name in cls.__dataclass_fields__})

    def places(self, make: Callable[..., Places]) -> Places:
        """Make the places by the options that concern them."""
        if self.overwrite and self.skip_existing:
            raise click.UsageError("--overwrite and --skip-existing exclude each other: choose one")
        sheet = self.plots is None or self.plots.lower() != "none"
        figures = Path(self.plots) if self.plots is not None and sheet else None
        return make(
            OutputNames(self.output_dir, self.name), sheet=sheet, figures=figures,
            overwrite=self.overwrite, skip_existing=self.skip_existing,
        )  # fmt: skip


def run_job(
    files: tuple[Path, ...],
    shared: Shared,
    make_places: Callable[..., Places],
    make_job: Callable[[Any], Job],
    summary: Teller,
    details: Teller,
) -> None:
    """Run a job on one file after another, and exit with the status that follows.

    Parameters
    ----------
    files : tuple of Path
    shared : Shared
    make_places : callable
        Takes what `Shared.places` gives it.
    make_job : callable
        Takes the places.
    summary, details : callable
        Tell of a file's manifest in a line, and in a few if verbose.
    """
    console = Console(shared.quiet, shared.verbose, not shared.no_progress, shared.as_json)
    try:
        places = shared.places(make_places)
        places.check(list(files))
    except ParameterError as error:
        raise click.UsageError(str(error)) from None
    job = make_job(places)

    def work(source: Path) -> dict[str, Any] | None:
        with console.bar(source) as progress:
            return job.run(source, progress)

    batch = run_files(files, work, lambda file: console.report(file, summary, details))
    console.conclude(batch)
    click.get_current_context().exit(batch.exit_status)


def how_loud(manifest: dict[str, Any]) -> str:
    """Say so if the parts are softer than in the mixture."""
    if manifest["gain"] == 1:
        return ""
    return f" (all at {manifest['gain']:.3f} of their level, so that none clips)"


def how_well(manifest: dict[str, Any]) -> str:
    """Say how far the written parts' sum is from the mixture; None stands for not at all."""
    residual = manifest["residual_db"]
    exactly = "exactly" if residual is None else f"within {residual:.0f} dB"
    return f"the parts add up to the mixture {exactly}"
