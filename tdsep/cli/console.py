"""What the commands say on stderr; stdout is left to results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tdsep.batch import BatchReport, FileReport, Outcome
from tdsep.cli.bar import Bar, one_line

#: Tells of a manifest in words.
Teller = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Console:
    """How talkative a run is."""

    quiet: bool = False
    verbose: bool = False
    progress: bool = True
    as_json: bool = False

    def say(self, line: str) -> None:
        """Print a line on stderr unless quiet."""
        if not self.quiet:
            click.echo(one_line(line), err=True)

    def report(self, file: FileReport, summary: Teller, details: Teller) -> None:
        """Tell how one file fared, with details if verbose; --json sends its manifest to stdout."""
        if file.error is not None:
            click.echo(f"tdsep: {one_line(str(file.error))}", err=True)
            if self.verbose and file.trace is not None:
                click.echo(file.trace, err=True)
            return
        assert file.manifest is not None
        if file.outcome is Outcome.SKIPPED:
            self.say(f"{file.source}: skipped, its results exist")
        else:
            self.say(f"{file.source}: {summary(file.manifest)}")
            for warning in file.manifest["warnings"]:
                self.say(f"  warning: {warning}")
            for line in details(file.manifest).split("\n") if self.verbose else ():
                self.say(line)
        if self.as_json:
            click.echo(json.dumps(file.manifest))

    def conclude(self, batch: BatchReport) -> None:
        """Sum up a batch of several files, and name once more what failed."""
        if len(batch.files) < 2:
            return
        self.say(", ".join(f"{batch.count(outcome)} {outcome}" for outcome in Outcome))
        for file in batch.files:
            if file.error is not None:
                self.say(f"  failed: {file.error}")

    def bar(self, sources: list[Path]) -> Bar:
        """Make the bar of a batch; it is silent unless stderr is a terminal."""
        shown = self.progress and not self.quiet and bool(sys.stderr) and sys.stderr.isatty()
        return Bar(sources, shown)
