"""`tdsep nmf-vocal` and `tdsep nmf-remove`: one job under two names."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, how_loud, run_job
from tdsep.cli.types import DivergenceKind, Passages
from tdsep.report.facts import how_well
from tdsep.vocal import METHODS

_method = options.together(
        click.option("--method", type=click.Choice(METHODS), default=METHODS[0], show_default=True,
                     help="How the new sound is explained: as one voice, by its pitches and "
                          "formants; by NMF bases beside the known ones; by convolutive ones."),
        click.option("-k", "--bases", type=click.IntRange(min=1), default=30, show_default=True,
                     help="Bases of the known sounds."),
        click.option("--vocal-bases", type=click.IntRange(min=1), default=30, show_default=True,
                     help="Bases of the new sound (nmf, cnmf)."),
        click.option("--width", type=click.IntRange(min=1), metavar="FRAMES",
                     help="What a basis spans (cnmf); 12 by default."),
        click.option("--divergence", type=DivergenceKind(),
                     help="What is minimised (nmf, cnmf): euclidean, kullback-leibler, "
                          "itakura-saito (the default), or a beta from -1 to 2.5."),
        click.option("--iterations", type=click.IntRange(min=1),
                     help="Of the longest fit to the recording; by default 30, with cnmf 20."),
    )  # fmt: skip


def _high_pass(default: float) -> options.Decorator:
    return click.option(
        "--high-pass", type=click.FloatRange(min=0), default=default, show_default=True,
        metavar="HZ", help="What is lower belongs to the known sounds.",
    )  # fmt: skip


def _only(*parts: str) -> options.Decorator:
    return click.option("--only", type=click.Choice(parts), help="Write this part alone.")


@click.command("nmf-vocal")
@options.sounds
@click.option(
    "--intro", type=Passages(), default="auto", show_default=True,
    help="Where nobody sings: 10s (the beginning), 0-10s, 5s-12s,1:10-1:20 (times of the file), "
         "or look for it.",
)  # fmt: skip
@_method
@_high_pass(120.0)
@_only("vocals", "accompaniment")
@options.excerpt
@options.recursive
@options.sound_format
@options.output
@options.batch
@options.talk
def nmf_vocal(files: tuple[Path, ...], **chosen: Any) -> None:
    """Part the voice and the backing of a song, learned from where nobody sings.

    The accompaniment's sounds are learned from the intro and kept; a voice beside them explains
    the rest. Writes FILE.vocals.wav and FILE.accompaniment.wav, which add up to the song,
    FILE.nmf-vocal.png with the pictures that explain them, and FILE.nmf-vocal.json with the
    figures.
    """  # fmt: skip
    run_job(files, chosen, "tdsep.jobs.vocals", partial(_job, "nmf-vocal"), _summary, _details)


@click.command("nmf-remove")
@options.sounds
@click.option(
    "--background", "intro", type=Passages(), required=True,
    help="Where the background is alone: 3s (the beginning), 0-3s, 2s-5s,1:10-1:20 (times of the "
         "file), or auto.",
)  # fmt: skip
@_method
@_high_pass(0.0)
@_only("foreground", "background")
@options.excerpt
@options.recursive
@options.sound_format
@options.output
@options.batch
@options.talk
def nmf_remove(files: tuple[Path, ...], **chosen: Any) -> None:
    """Take a background out of a recording: a hum, a machine, a café.

    The background's sounds are learned from where it is alone and kept; new ones explain the rest.
    Writes FILE.foreground.wav and FILE.background.wav, which add up to the recording,
    FILE.nmf-remove.png with the pictures that explain them, and FILE.nmf-remove.json with the
    figures. The default keeps a voice; for what is neither spoken nor sung choose --method nmf.
    """  # fmt: skip
    run_job(files, chosen, "tdsep.jobs.vocals", partial(_job, "nmf-remove"), _summary, _details)


def _job(command: str, chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.vocals import TASKS, VocalJob, VocalOptions  # not for --help

    task, wanted = TASKS[command], VocalOptions(**chosen)
    return VocalJob(task, wanted, task.places(form=wanted.format, **places))


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was done."""
    passages = ", ".join(
        f"{start:.2f}-{end:.2f} s" for start, end in manifest["separation"]["background_passages"]
    )
    return f"background learned at {passages} -> {', '.join(manifest['files'])}{how_loud(manifest)}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was done."""
    separation = manifest["separation"]
    return (
        f"  {separation['method']}; window {separation['n_fft']}, hop {separation['hop_length']} "
        f"samples; {separation['background_bases']} background bases; "
        f"{100 * separation['voice_share']:.0f} % of the model is the new sound's; "
        f"{how_well(manifest)}"
    )
