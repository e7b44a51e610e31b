"""Recordings of any length: memory, speed, and how far gmm-separate is from the bare cost.

    python benchmarks/scale_length.py [--minutes 60] [name ...]

Makes 48 kHz stereo recordings of ten minutes and of an hour (the sample's two talkers at a higher
rate, again and again, with noise), and takes both apart as a user would, by the commands of the
table below or some of them, each in a process of its own: seconds of wall and of processor time,
times real time, and the process's peak memory. Then, for gmm-separate, the least that such a
command has to do, with the same libraries, by one thread: read the file, transform both channels,
transform back both channels of one talker (the other is what is left) and write both talkers; what
share of the command's processor time each of these is, and how many times the sum of them the
command takes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from tdsep.stft import blocks, istft, stft_frames, window_length

SAMPLE = Path(__file__).parents[1] / "data" / "two_talkers.wav"
RATE = 48000
COMMANDS = {
    "lecture": ("gmm-separate", "--method", "lecture"),
    "default": ("gmm-separate",),
    "nmf-parts": ("nmf-parts", "-k", "4"),
    "nmf-vocal": ("nmf-vocal", "--intro", "10s"),
}


def recording(path: Path, minutes: float) -> None:
    """Write a long recording, ten seconds after ten seconds."""
    samples, rate = soundfile.read(SAMPLE, always_2d=True)
    samples = resample_poly(samples, RATE // rate, 1)
    rng = np.random.default_rng(0)
    left = round(60 * minutes * RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        while left > 0:
            piece = rng.uniform(0.5, 1) * samples[:left]
            file.write(piece + 1e-4 * rng.standard_normal(piece.shape))
            left -= len(piece)


def separated(path: Path, command: tuple[str, ...]) -> tuple[float, float, float]:
    """Run a command: seconds of wall and of processor time, peak memory in MB."""
    program = [sys.executable, "-c", "from tdsep.cli.main import main; main()", *command]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        arguments = [str(path), "--plots", "none", "-q", "-o", folder]
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            os.execv(program[0], [*program, *arguments])
        _, status, used = os.wait4(child, 0)
        wall = time.perf_counter() - start
        assert status == 0
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def bare(path: Path) -> dict[str, float]:
    """Seconds of processor time of each thing that cannot be spared, for the whole file."""
    n_fft = window_length(RATE, 0.128)
    shape = (n_fft, n_fft // 4)
    spent = dict.fromkeys(("reading", "FFT", "inverse FFT", "writing"), 0.0)

    def timed(name: str, task: Callable[[], object]) -> object:
        start = time.process_time()
        result = task()
        spent[name] += time.process_time() - start
        return result

    with (
        soundfile.SoundFile(path) as source,
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        soundfile.SoundFile(f"{folder}/1.wav", "w", RATE, 2, "PCM_16") as first,
        soundfile.SoundFile(f"{folder}/2.wav", "w", RATE, 2, "PCM_16") as second,
    ):
        for block in blocks(source.frames, *shape):
            count = block.n_samples
            samples = timed("reading", lambda n=count: source.read(n, "float32", always_2d=True).T)
            n_frames = -(-count // shape[1])
            spectrum = timed("FFT", lambda x=samples, n=n_frames: stft_frames(x, 0, n, *shape))
            one = timed("inverse FFT", lambda s=spectrum, n=count: istft(s, n, *shape))
            for file, part in ((first, one), (second, samples - one)):
                timed("writing", lambda f=file, p=part: f.write(p.T))
    return spent


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(COMMANDS)}")
    options = parser.parse_args()
    minutes = options.minutes
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.wav", Path(folder) / "long.wav"
        recording(short, 10)
        recording(long, minutes)
        print(f"{'':10}{'minutes':>9}{'wall s':>9}{'CPU s':>9}{'x real time':>13}{'peak MB':>9}")
        processor = {}
        for name in options.names or COMMANDS:
            for path, length in ((short, 10.0), (long, minutes)):
                wall, processor[name], peak = separated(path, COMMANDS[name])
                speed = 60 * length / wall
                print(
                    f"{name:10}{length:9.0f}{wall:9.1f}{processor[name]:9.1f}{speed:13.0f}"
                    f"{peak:9.0f}", flush=True,
                )  # fmt: skip
        talkers = [name for name in processor if "gmm-separate" in COMMANDS[name]]
        if not talkers:
            return
        costs = bare(long)
        total = sum(costs.values())
        print(f"\nbare cost {total:.1f} s of processor time; share of the command's:")
        for name, cost in costs.items():
            shares = "".join(f"{100 * cost / processor[n]:8.0f} % of {n}" for n in talkers)
            print(f"{name:12}{cost:7.1f} s{shares}")
        for name in talkers:
            print(f"{name}: {processor[name] / total:.2f} times the bare cost")


if __name__ == "__main__":
    main()
