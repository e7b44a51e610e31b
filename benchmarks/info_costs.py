"""What the commands cost, as `tdsep info` estimates it: the table for tdsep/inspect/costs.py.

    python benchmarks/info_costs.py [command …]

Each command in a process of its own, with its sheet, on the project's samples played again and
again: mono and stereo, at 16 and 44.1 kHz, of several lengths. Processor time, for the machine
may have other work, and the peak of memory; the constants are those that explain the measurements
best, none of them negative, by their relative errors.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import numpy as np
import scipy.optimize
import scipy.signal
import soundfile

from tdsep.inspect.costs import COSTS

SAMPLES = Path(__file__).parents[1] / "data"
#: The sample and the options of each command; nmf-remove is nmf-vocal by another name.
RUNS = {
    "gmm-separate": ("two_talkers.wav", ()),
    "nmf-vocal": ("song.wav", ("--intro", "0-4s")),
    "nmf-parts": ("drums.wav", ()),
}
#: Rates in Hz, channels and seconds of sound.
SOUNDS = ((16000, 2, 10), (16000, 2, 60), (16000, 2, 180), (16000, 1, 60), (44100, 2, 30),
          (44100, 1, 60), (44100, 2, 120), (16000, 4, 30), (16000, 1, 900))  # fmt: skip


def write_sound(path: Path, sample: str, rate: int, n_channels: int, seconds: int) -> None:
    """Write a sample, over and over, at another rate."""
    sound, own_rate = soundfile.read(SAMPLES / sample, always_2d=True)
    sound = scipy.signal.resample_poly(sound, rate, own_rate)[:, :n_channels]
    while sound.shape[1] < n_channels:
        sound = np.hstack([sound, 0.7 * np.roll(sound, sound.shape[1], axis=0)])[:, :n_channels]
    length = rate * seconds
    repeated = np.tile(sound, (-(-length // len(sound)), 1))[:length]
    soundfile.write(path, repeated, rate, "PCM_16")


def run(path: Path, command: str, options: tuple[str, ...]) -> tuple[float, float]:
    """Run a command; return its seconds of processor time and its peak of memory in MB."""
    program = [sys.executable, "-c", "from tdsep.cli.main import main; main()", command]
    child = subprocess.Popen(
        [*program, str(path), *options, "-q", "--overwrite", "-o", str(path.parent / "out")]
    )
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command} failed")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return used.ru_utime + used.ru_stime, used.ru_maxrss / unit


def _microphones(command: str, n_channels: int) -> tuple[str, ...]:
    """Options that name all channels, where a command wants them named."""
    many = command == "gmm-separate" and n_channels > 2
    return ("--channels", f"1-{n_channels}") if many else ()


def in_a_process_of_its_own(task: Callable[..., None], *arguments: object) -> None:
    """Do what takes much memory: a process inherits the peak of the one that starts it."""
    process = multiprocessing.get_context("spawn").Process(target=task, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the sound could not be made")


def fitted(features: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Explain measurements by features, none counting negatively, by their relative errors."""
    weights = 1 / measured
    return scipy.optimize.nnls(features * weights[:, None], np.ones(len(measured)))[0]


def measured(command: str) -> np.ndarray:
    """Measure a command: millions of samples held and in all, seconds, MB, a row for each sound."""
    sample, options = RUNS[command]
    rows = []
    for rate, n_channels, duration in SOUNDS:
        if command == "gmm-separate" and n_channels == 1:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound.wav"
            in_a_process_of_its_own(write_sound, path, sample, rate, n_channels, duration)
            used = run(path, command, (*options, *_microphones(command, n_channels)))
        print(f"{command}, {rate} Hz, {n_channels} ch, {duration} s: {used[0]:.1f} s, "
              f"{used[1]:.0f} MB", flush=True)  # fmt: skip
        rows.append((*COSTS[command].millions(rate, n_channels, duration), *used))
    return np.array(rows)


def constants(command: str) -> str:
    """Measure a command and write its line of the table."""
    held, whole, seconds, megabytes = measured(command).T
    cost, always = COSTS[command], np.ones_like(held)
    if isfinite(cost.held):
        time = fitted(np.stack([always, held, whole], axis=1), seconds)
        limit = f", {cost.held:g}"
    else:
        time = [*fitted(np.stack([always, held], axis=1), seconds), 0.0]
        limit = ""
    memory = fitted(np.stack([always, held], axis=1), megabytes)
    return (
        f'    "{command}": Cost({time[0]:.1f}, {time[1]:.2f}, {time[2]:.2f}, {memory[0]:.0f}, '
        f"{memory[1]:.0f}, {cost.further:g}{limit}),"
    )


def main() -> None:
    """Print the measurements and the table."""
    print(*[constants(command) for command in sys.argv[1:] or RUNS], sep="\n")


if __name__ == "__main__":
    main()
