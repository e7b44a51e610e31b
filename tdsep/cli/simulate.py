"""`tdsep simulate`."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, run_job
from tdsep.cli.types import Angles


@click.command("simulate")
@click.argument("files", nargs=-1, required=True, metavar="TALKER...",
                type=click.Path(readable=False, path_type=Path))  # fmt: skip
@click.option("--spacing", type=click.FloatRange(0, 1, min_open=True), default=0.04,
              show_default=True, metavar="METRES", help="Between the two microphones.",
)  # fmt: skip
@click.option("--angles", type=Angles(),
              help="Of the talkers: 0 is straight ahead, 90 on the side of microphone 1. By "
                   "default spread evenly from -45 to 45.")  # fmt: skip
@click.option("--rt60", type=click.FloatRange(0, 0.6), default=0.15, show_default=True,
              metavar="SECONDS", help="Reverberation time of the room; 0: no echoes.",
)  # fmt: skip
@click.option("--distance", type=click.FloatRange(0.1, 10), default=1.1, show_default=True,
              metavar="METRES", help="From the microphones to each talker.")  # fmt: skip
@click.option("--snr", type=click.FloatRange(-20, 120), default=40.0, show_default=True,
              metavar="DB", help="Level over the white noise of the microphones.")  # fmt: skip
@click.option("-o", "--output-dir", type=click.Path(file_okay=False, path_type=Path),
              default=Path("simulated"), show_default=True, help="Folder for the results.",
)  # fmt: skip
@options.overwriting
@options.report
@options.seed("the noise")
@options.talk
def simulate(files: tuple[Path, ...], **chosen: Any) -> None:
    """Let talkers be heard together by two microphones in a room, to try separation on.

    Each TALKER is a recording of one voice without echoes; all are cut to the shortest, and heard
    equally loud. The room, 4.45 x 3.55 x 2.5 m, is made by the image method. Writes mix.wav, in
    truth/TALKER.wav what the microphones hear of each talker alone (they add up to the mixture but
    for the noise), and mix.simulate.json with the geometry and the true delays. Needs the extra
    tdsep[rooms].
    """  # fmt: skip
    folder = chosen["output_dir"]
    # The results have fixed names, and there is nothing to draw.
    fixed = {"name": "{part}", "plots": "none"}
    run_job(
        files[:1], chosen | fixed, "tdsep.jobs.simulation", partial(_job, files),
        partial(_summary, folder), _details,
    )  # fmt: skip


def _job(files: tuple[Path, ...], chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.simulation import SimulationJob, SimulationOptions  # not for --help

    wanted = SimulationOptions(**chosen)
    wanted.angles_of(files)
    return SimulationJob(files, wanted, wanted.places(files, **places))


def _summary(folder: Path, manifest: dict[str, Any]) -> str:
    """Tell in one line what was made, and what to do with it."""
    talkers = manifest["scene"]["talkers"]
    angles = ", ".join(f"{round(talker['angle']):+d}°" for talker in talkers)
    told = "one talker" if len(talkers) == 1 else f"{len(talkers)} talkers"
    mixture, truth, found = (
        shlex.quote(str(folder / name)) for name in ("mix.wav", "truth", "separated")
    )
    return (
        f"{told} at {angles} -> {', '.join(manifest['files'])}; go on with: "
        f"tdsep gmm-separate {mixture} -n {len(talkers)} -o {found} && "
        f"tdsep evaluate -r {truth} {found} --mixture {mixture}"
    )


def _details(manifest: dict[str, Any]) -> str:
    """Tell of the scene."""
    delays = ", ".join(f"{1e3 * talker['delay']:+.3f}" for talker in manifest["scene"]["talkers"])
    return (
        f"  {manifest['seconds']:.3f} s at {manifest['rate']} Hz; microphone 2 behind 1 by "
        f"{delays} ms; all at a gain of {manifest['gain']:.3g}"
    )
