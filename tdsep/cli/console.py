"""What the commands say on stderr; stdout is left to results."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tdsep.batch import BatchReport, FileReport, Outcome


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

    def report(
        self,
        file: FileReport,
        summary: Callable[[dict[str, Any]], str],
        details: Callable[[dict[str, Any]], str],
    ) -> None:
        """Tell how one file fared, with details if verbose; --json sends its manifest to stdout."""
        if file.error is not None:
            click.echo(f"tdsep: {one_line(str(file.error))}", err=True)
            if self.verbose and file.error.__cause__ is not None:
                traceback.print_exception(file.error.__cause__)
        elif file.outcome is Outcome.SKIPPED:
            self.say(f"{file.source}: skipped, its results exist")
        elif file.manifest is not None:
            self.say(f"{file.source}: {summary(file.manifest)}")
            for warning in file.manifest["warnings"]:
                self.say(f"  warning: {warning}")
            for line in details(file.manifest).split("\n") if self.verbose else ():
                self.say(line)
            if self.as_json:
                click.echo(json.dumps(file.manifest))

    def conclude(self, batch: BatchReport) -> None:
        """Sum up a batch of several files."""
        if len(batch.files) > 1:
            self.say(", ".join(f"{batch.count(outcome)} {outcome}" for outcome in Outcome))

    @contextmanager
    def bar(self, source: Path) -> Iterator[Callable[[float], None] | None]:
        """Show a progress bar on stderr while a file is worked on, if stderr is a terminal."""
        if self.quiet or not self.progress or not (sys.stderr and sys.stderr.isatty()):
            yield None
            return
        steps = 100
        with click.progressbar(length=steps, label=one_line(source.name), file=sys.stderr) as bar:
            yield lambda share: bar.update(round(share * steps) - bar.pos)
            bar.update(steps - bar.pos)


def one_line(text: str) -> str:
    """Write out what would break a line or act on a terminal: a file's name may hold anything."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
