"""What nmf-vocal costs: time as a share of the song's length, and memory.

    python benchmarks/vocal_speed.py

A synthetic stereo song at 44.1 kHz, 4 minutes long, by each method, the whole process without and
with the sheet; and 10 minutes by the default method for the peak of its memory.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from song_synthesis import song

RATE, INTRO, MINUTES = 44100, 10.0, 4


def run(path: Path, *options: str) -> tuple[float, float]:
    """Run the command; return its seconds and its peak of memory in MB."""
    command = [sys.executable, "-c", "from tdsep.cli.main import main; main()", "nmf-vocal"]
    before = time.perf_counter()
    child = subprocess.Popen(
        [*command, str(path), "--intro", f"{INTRO:g}s", "-q", "--overwrite", "-o",
         str(path.parent / "out"), *options],
    )  # fmt: skip
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit("nmf-vocal failed")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return time.perf_counter() - before, used.ru_maxrss / unit


def write_song(path: Path, times: int) -> None:
    """Write a song, several times over but no longer than 10 minutes."""
    mixture, _, _ = song(0, RATE, seconds=60.0 * MINUTES, intro=INTRO)
    soundfile.write(path, np.tile(mixture, (1, times))[:, : 600 * RATE].T, RATE, "PCM_16")


def in_a_process_of_its_own(task: Callable[..., None], *arguments: object) -> None:
    """Do what takes much memory: a process inherits the peak of the one that starts it."""
    process = multiprocessing.get_context("spawn").Process(target=task, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the song could not be made")


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.wav"
        in_a_process_of_its_own(write_song, path, 1)
        for method in ("source-filter", "nmf", "cnmf"):
            for options in (("--plots", "none"), ()):
                seconds, peak = run(path, "--method", method, *options)
                print(
                    f"{MINUTES} minutes, {method:13s} {'with' if not options else 'no'} sheet: "
                    f"{seconds:5.1f} s, {100 * seconds / 60 / MINUTES:4.1f} % of the length, "
                    f"peak {peak:4.0f} MB"
                )
        in_a_process_of_its_own(write_song, path, 3)
        seconds, peak = run(path)
        print(f"10 minutes, source-filter, with sheet: {seconds:.1f} s, "
              f"{100 * seconds / 600:.1f} %, peak {peak:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
