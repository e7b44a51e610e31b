"""`tdsep gmm-separate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, how_loud, run_job
from tdsep.cli.types import Channels, Count, Positive
from tdsep.gmm import MASKS, MAX_CHANNELS, MAX_TALKERS, METHODS, OUTPUTS
from tdsep.report.facts import how_well


@click.command("gmm-separate")
@options.sounds
@click.option(
    "-n",
    "--talkers",
    type=Count(MAX_TALKERS),
    default="auto",
    show_default=True,
    help="How many people talk: 1 to 6, or found from the recording, up to 4.",
)
@click.option(
    "--spacing",
    type=Positive("METRES"),
    help="Between two microphones: bounds the delays and gives angles; of an array the longest.",
)
@click.option(
    "--channels",
    type=Channels(MAX_CHANNELS),
    help="The microphones, in a file of more than two channels: 1,3 or 1-4.",
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=METHODS[0],
    show_default=True,
    help="The mixture over the phases of all bins, or the textbook's over the time differences.",
)
@click.option(
    "--output",
    type=click.Choice(OUTPUTS),
    default=OUTPUTS[0],
    show_default=True,
    help="Parts by linear demixing, by a multichannel Wiener filter, or by masks alone; auto: the "
    "first that can be used for so many talkers.",
)
@click.option(
    "--mask",
    type=click.Choice(MASKS),
    default=MASKS[0],
    show_default=True,
    help="Of masks: share each time-frequency bin out, or give it to one talker.",
)
@options.transform("by default the one whose parts overlap least.")
@options.excerpt
@options.recursive
@options.sound_format
@options.output
@options.batch
@options.talk
def gmm_separate(files: tuple[Path, ...], **chosen: Any) -> None:
    """Two microphones or more, several talkers: one file a talker.

    Time differences between the channels, a Gaussian mixture over them fitted by EM, and from its
    responsibilities on to a model of the room that takes the talkers apart. Writes
    FILE.talker1.wav, FILE.talker2.wav, … in the order of their directions, FILE.gmm.png with the
    pictures that explain them, and FILE.gmm.json with the figures.
    """  # fmt: skip
    run_job(files, chosen, "tdsep.jobs.talkers", _job, _summary, _details)


def _job(chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.talkers import TalkerJob, TalkerOptions, talker_places  # not for --help

    wanted = TalkerOptions(**chosen)
    return TalkerJob(wanted, talker_places(form=wanted.format, **places))


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
    return f"{found} at {places} -> {', '.join(manifest['files'])}{how_loud(manifest)}"


def _details(manifest: dict[str, Any]) -> str:
    """Tell how it was found."""
    separation = manifest["separation"]
    evidence = separation["evidence"]
    scores = ", ".join(f"{number}: {score:.2f}" for number, score in evidence["score"].items())
    seconds = sum(end - start for start, end in separation["learned_from"])
    mixture = separation.get("phase_mixture") or separation["gaussian_mixture"]
    return (
        f"  {separation['output']}, window {separation['n_fft']}, hop {separation['hop_length']} "
        f"samples{_overlaps(separation['overlap'])}; "
        f"learned from {seconds:.0f} s; "
        f"evidence by number of talkers {scores} (believed from {evidence['threshold']}); "
        f"{len(mixture['log_likelihood']) - 1} EM iterations; "
        f"{how_well(manifest)}"
    )


def _overlaps(overlaps: dict[str, float]) -> str:
    """Tell how the window was chosen, if there was a choice."""
    if len(overlaps) < 2:
        return ""
    tried = ", ".join(f"{n_fft}: {100 * overlap:.1f} %" for n_fft, overlap in overlaps.items())
    return f" (overlap of the parts by window {tried})"
