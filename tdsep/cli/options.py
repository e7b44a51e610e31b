"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tdsep.cli.types import Count, Duration
from tdsep.errors import ParameterError
from tdsep.formats import FORMATS, SUBTYPES, check_subtype
from tdsep.outputs import DEFAULT_TEMPLATE

#: More processes than any machine has cores.
MOST_JOBS = 1024


class Own(click.Option):
    """An option that in other commands means something else: only its own defaults are for it."""


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

files = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(readable=False, path_type=Path),  # the batch tells of those that are not
)

#: What takes a folder as the sounds in it.
sounds = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE|DIR|-...",
    type=click.Path(readable=False, path_type=Path),
)


def together(*options: Decorator) -> Decorator:
    """Apply several options, listed in the help in the order given."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


excerpt = together(
    click.option("--start", type=Duration(), default=0.0, help="Begin here: 10s, 1:30, 500ms, 90."),
    click.option("--end", type=Duration(), help="End here; at the file's end by default."),
)


def transform(window: str) -> Decorator:
    """Options of the STFT; `window` says how long it is by default."""
    return together(
        click.option("--n-fft", type=click.IntRange(min=16), metavar="SAMPLES",
                     help=f"Window length; {window}"),
        click.option("--hop-length", type=click.IntRange(min=1), metavar="SAMPLES",
                     help="From window to window; a quarter of the window by default."),
    )  # fmt: skip


def _checked_subtype(ctx: click.Context, param: click.Parameter, subtype: str | None) -> str | None:
    """Refuse a sample format that the kind of file lacks, before any work."""
    if subtype is not None:
        try:
            check_subtype(ctx.params["format"], subtype.upper())
        except ParameterError as error:
            raise click.BadParameter(str(error), ctx, param) from None
    return subtype


sound_format = together(
    click.option("--format", type=click.Choice(tuple(FORMATS), case_sensitive=False),
                 default="wav", show_default=True, is_eager=True,  # the subtype is checked by it
                 help="Kind of sound files to write."),
    click.option("--subtype", type=click.Choice(SUBTYPES, case_sensitive=False), metavar="NAME",
                 callback=_checked_subtype,
                 help="Their sample format: pcm_16, pcm_24, float, vorbis, opus, …; by default the "
                      "recording's, or the nearest that the kind has."),
    click.option("--no-tags", is_flag=True,
                 help="Do not carry over the recording's title, artist, …."),
)  # fmt: skip


overwriting = together(
    click.option("--overwrite", is_flag=True, help="Replace results that exist already."),
    click.option("--skip-existing", is_flag=True,
                 help="Leave out files whose results are complete; redo unfinished ones."),
)  # fmt: skip


def seed(of: str) -> Decorator:
    """Option of what is random."""
    return click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                        help=f"Of {of}; noted in the manifest.")  # fmt: skip


report = click.option(
    "--report", is_flag=True,
    help="Also write a page to hear, see and share: FILE.….html.",
)  # fmt: skip

output = together(
    click.option("-o", "--output-dir", type=click.Path(file_okay=False, path_type=Path),
                 default=Path("separated"), show_default=True, help="Folder for the results."),
    click.option("--name", metavar="TEMPLATE", default=DEFAULT_TEMPLATE, show_default=True,
                 help="File names, without their ending; {track} is the input's name, {part} is "
                      "what the file holds."),
    overwriting,
    click.option("--plots", metavar="DIR|none",
                 help="Also save each figure in DIR; none: not even the sheet."),
    report,
    seed("random choices"),
)  # fmt: skip

recursive = click.option(
    "--recursive", is_flag=True,
    help="Of a DIR, take the sounds in its sub-folders, too; results keep these.",
)  # fmt: skip

jobs = click.option(
    "-j", "--jobs", type=Count(MOST_JOBS), default="1", show_default=True,
    help="Files to work on at a time, each in a process of its own; auto: as many as there are "
         "cores.",
)  # fmt: skip
batch = together(
    jobs,
    click.option("--dask", metavar="ADDRESS",
                 help="Work on a Dask cluster instead: its scheduler's address. Its workers must "
                      "see the same files."),
)  # fmt: skip

talk = together(
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Say more."),
    click.option("--no-progress", is_flag=True, help="No progress bar."),
    click.option("--json", "as_json", is_flag=True,
                 help="Print the manifests on stdout, one JSON document a line."),
)  # fmt: skip
