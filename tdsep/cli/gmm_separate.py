"""`tdsep gmm-separate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tdsep.batch import run_files
from tdsep.cli import options
from tdsep.cli.console import Console
from tdsep.cli.types import ChannelPair, Positive, Talkers
from tdsep.errors import ParameterError
from tdsep.gmm import MASKS, MAX_TALKERS, METHODS
from tdsep.outputs import OutputNames


@click.command("gmm-separate")
@options.files
@click.option(
    "-n",
    "--talkers",
    type=Talkers(MAX_TALKERS),
    default="auto",
    show_default=True,
    help="How many people talk: 1 to 6, or found from the recording, up to 4.",
)
@click.option(
    "--spacing",
    type=Positive("METRES"),
    help="Between the microphones: bounds the delays and gives angles.",
)
@click.option(
    "--channels",
    type=ChannelPair(),
    help="Which two channels to compare, in a file of more than two.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=METHODS[0],
    show_default=True,
    help="The mixture over the phases of all bins, or the textbook's over the time differences.",
)
@click.option(
    "--mask",
    type=click.Choice(MASKS),
    default=MASKS[0],
    show_default=True,
    help="Share each time-frequency bin out, or give it to one talker.",
)
@options.transform
@options.excerpt
@options.output
@options.talk
@click.pass_context
def gmm_separate(
    ctx: click.Context,
    files: tuple[Path, ...],
    output_dir: Path,
    name: str,
    overwrite: bool,
    skip_existing: bool,
    plots: str | None,
    quiet: bool,
    verbose: bool,
    no_progress: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Two microphones, several talkers: one file a talker.

    Time differences between the two channels, a Gaussian mixture over them fitted by EM, and its
    responsibilities as masks. Writes FILE.talker1.wav, FILE.talker2.wav, … in the order of their
    directions, FILE.gmm.png with the pictures that explain them, and FILE.gmm.json with the
    figures.
    """  # fmt: skip
    if overwrite and skip_existing:
        raise click.UsageError("--overwrite and --skip-existing exclude each other: choose one")
    from tdsep.jobs.talkers import TalkerJob, TalkerOptions, talker_places  # not for --help

    console = Console(quiet, verbose, not no_progress, as_json)
    sheet = plots is None or plots.lower() != "none"
    figures = Path(plots) if plots is not None and sheet else None
    try:
        places = talker_places(
            OutputNames(output_dir, name), sheet=sheet, figures=figures,
            overwrite=overwrite, skip_existing=skip_existing,
        )  # fmt: skip
        places.check(list(files))
    except ParameterError as error:
        raise click.UsageError(str(error)) from None
    job = TalkerJob(TalkerOptions(**chosen), places)

    def separate(source: Path) -> dict[str, Any] | None:
        with console.bar(source) as progress:
            return job.run(source, progress)

    batch = run_files(files, separate, lambda file: console.report(file, _summary, _details))
    console.conclude(batch)
    ctx.exit(batch.exit_status)


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was found."""
    separation = manifest["separation"]
    n_talkers = separation["talkers"]
    found = "one talker" if n_talkers == 1 else f"{n_talkers} talkers"
    if separation["angles"] is not None:
        places = ", ".join(f"{round(angle):+d}°" for angle in separation["angles"])
    else:
        places = ", ".join(
            f"{round(delay * 1e3, 3) + 0.0:+.3f} ms" for delay in separation["delays"]
        )
    line = f"{found} at {places} -> {', '.join(manifest['files'])}"
    if manifest["gain"] != 1:
        line += f" (all at {manifest['gain']:.3f} of their level, so that none clips)"
    return line


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was found."""
    separation = manifest["separation"]
    evidence = separation["evidence"]
    scores = ", ".join(f"{number}: {score:.2f}" for number, score in evidence["score"].items())
    mixture = separation.get("phase_mixture") or separation["gaussian_mixture"]
    return (
        f"  window {separation['n_fft']}, hop {separation['hop_length']} samples; "
        f"evidence by number of talkers {scores} (believed from {evidence['threshold']}); "
        f"{len(mixture['log_likelihood']) - 1} EM iterations; "
        f"the parts add up to the mixture {_how_well(manifest['residual_db'])}"
    )


def _how_well(residual: float | None) -> str:
    """Say how far the written parts' sum is from the mixture; None stands for not at all."""
    return "exactly" if residual is None else f"within {residual:.0f} dB"
