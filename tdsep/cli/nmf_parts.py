"""`tdsep nmf-parts`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, how_loud, run_job
from tdsep.cli.types import Count, DivergenceKind
from tdsep.parts import MOST_PARTS
from tdsep.report.facts import how_well


@click.command("nmf-parts")
@options.sounds
@click.option(
    "-k",
    "--parts",
    type=Count(MOST_PARTS),
    default="auto",
    show_default=True,
    help=f"How many: 1 to {MOST_PARTS}, or found from the sound.",
)
@click.option(
    "--width",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="FRAMES",
    help="What a basis spans: more than 1 for sounds that change.",
)
@click.option(
    "--divergence",
    type=DivergenceKind(),
    default="kullback-leibler",
    show_default=True,
    help="What is minimised: euclidean, kullback-leibler, itakura-saito (for sounds "
    "that are far softer than others), or a beta from -1 to 2.5.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Of a factorisation, at most.",
)
@options.transform("by default about 64 ms.")
@options.excerpt
@options.recursive
@options.sound_format
@options.output
@options.batch
@options.talk
def nmf_parts(files: tuple[Path, ...], **chosen: Any) -> None:
    """Take a sound apart into patterns: notes, drums, a machine's cycle.

    Non-negative matrix factorisation finds spectra that recur and when they are heard. Writes
    FILE.part1.wav, FILE.part2.wav, … from low to high, which add up to the sound,
    FILE.nmf-parts.png with the pictures that explain them, and FILE.nmf-parts.json with the
    figures.
    """  # fmt: skip
    run_job(files, chosen, "tdsep.jobs.parts", _job, _summary, _details)


def _job(chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.parts import PartJob, PartOptions, part_places  # not for --help

    wanted = PartOptions(**chosen)
    return PartJob(wanted, part_places(form=wanted.format, **places))


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was done."""
    parts = manifest["separation"]["parts"]
    names = ", ".join(part["note"] or "no pitch" for part in parts)
    count = f"{len(parts)} part{'s' if len(parts) > 1 else ''}"
    return f"{count} ({names}) -> {', '.join(manifest['files'])}{how_loud(manifest)}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was done."""
    separation = manifest["separation"]
    seconds = sum(end - start for start, end in separation["learned_from"])
    return (
        f"  window {separation['n_fft']}, hop {separation['hop_length']} samples; "
        f"learned from {seconds:.0f} s; {len(separation['divergence']) - 1} iterations; "
        f"{how_well(manifest)}"
    )
