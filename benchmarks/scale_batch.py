"""Many files: two processes against one, memory, and what kills and interruptions leave.

    python benchmarks/scale_batch.py [--files 40] [--kills 50] [--stops 20]

Needs psutil. In one run it prints

1. of 40 short generated mixtures, by the lecture's method and by the default one: the wall time of
   -j 1 and -j 2, whether the results are the same bytes, and the greatest memory (proportional set
   size, all processes together) of -j 2 against that of one file's run;
2. SIGKILL at random moments, then --skip-existing: whether any file under a final name was not
   whole, and whether the resumed run ends with the bytes of an undisturbed one;
3. Ctrl-C at random moments: seconds until everything has ended, and what is left.

In the default method -j 1 itself keeps all cores busy through its longest stage, so there -j 2 can
gain only what is left: reading, masks, drawing. Times are worth something on idle cores alone;
processor time is worth something on busy ones, too. Beside its workers -j 2 has a parent and the
process that they are forked from: the shorter the files, the more these weigh in memory.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import soundfile

from tests.conftest import dead_room_mixture

TDSEP = [sys.executable, "-c", "from tdsep.cli.main import main; main()", "gmm-separate"]
LECTURE = ["--method", "lecture"]
RECORD = "tdsep-batch.json"


def mixtures(folder: Path, n_files: int, seconds: float) -> Path:
    """Make so many mixtures of two talkers."""
    folder.mkdir()
    for number in range(n_files):
        rng = np.random.default_rng(number)
        mixture = dead_room_mixture(rng, [-8e-5, 9e-5], seconds=seconds)[0]
        soundfile.write(folder / f"mix{number:02d}.wav", mixture.T, 16000)
    return folder


def start(*arguments: object) -> subprocess.Popen[bytes]:
    """Start a run in a process group of its own."""
    return subprocess.Popen(
        [*TDSEP, *map(str, arguments)], stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds, seconds of all processors together, and MB at most."""

    seconds: float
    processor: float
    memory: float


def measured(*arguments: object) -> Cost:
    """Run to the end."""
    began, most = time.perf_counter(), 0.0
    used: dict[int, float] = {}
    running = start(*arguments)
    while running.poll() is None:
        most = max(most, look(running.pid, used))
        time.sleep(0.05)
    assert running.returncode == 0, f"exit status {running.returncode}"
    return Cost(time.perf_counter() - began, sum(used.values()), most)


def look(pid: int, used: dict[int, float]) -> float:
    """Return the proportional set size of a process and all below it; note what time they used."""
    total = 0.0
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0.0
    for process in processes:
        try:
            total += process.memory_full_info().pss / 1e6
            used[process.pid] = sum(process.cpu_times()[:2])
        except psutil.Error:  # gone meanwhile
            continue
    return total


def contents(folder: Path) -> dict[str, bytes]:
    """All bytes of the results; the record tells of seconds."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != RECORD}


def group_of(pid: int) -> list[psutil.Process]:
    """Living processes of a group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def scaling(work: Path, n_files: int) -> None:
    """Print the first part."""
    recordings = mixtures(work / "in", n_files, 6)
    first = recordings / "mix00.wav"
    print(f"{n_files} files of 6 s; load of the machine {os.getloadavg()[0]:.1f}")
    for name, options in (("lecture", LECTURE), ("default", [])):
        out = [work / f"{name}{jobs}" for jobs in (0, 1, 2)]
        single = measured(first, "-o", out[0], *options)
        one, two = (measured(recordings, "-j", n, "-o", out[n], *options) for n in (1, 2))
        same = contents(out[1]) == contents(out[2])
        print(
            f"{name}: -j 1 {one.seconds:.1f} s, -j 2 {two.seconds:.1f} s: "
            f"{one.seconds / two.seconds:.2f} times as fast (processor time {one.processor:.1f} "
            f"and {two.processor:.1f} s); same bytes: {same}; memory of -j 2 {two.memory:.0f} MB, "
            f"of one file {single.memory:.0f} MB: {two.memory / single.memory:.2f} times"
        )


def kills(work: Path, n_kills: int) -> None:
    """Print the second part."""
    recordings = mixtures(work / "few", 6, 1.5)
    options = [*LECTURE, "--skip-existing", "-j", 2]
    longest = measured(recordings, "-o", work / "whole", *options).seconds
    whole = contents(work / "whole")
    chance = random.Random(0)
    torn = other = n_left = 0
    out = work / "killed"
    for _ in range(n_kills):
        shutil.rmtree(out, ignore_errors=True)
        running = start(recordings, "-o", out, *options)
        time.sleep(chance.uniform(0, longest))
        running.kill()
        running.wait()
        while group_of(running.pid):  # its workers notice within a second
            time.sleep(0.05)
        there = contents(out) if out.exists() else {}
        n_left += sum(name.startswith(".") for name in there)
        torn += sum(whole.get(name) != content for name, content in there.items()
                    if not name.startswith("."))  # fmt: skip
        measured(recordings, "-o", out, *options)
        other += contents(out) != whole
    print(
        f"{n_kills} times SIGKILL: {torn} files not whole, {n_left} unfinished ones left aside; "
        f"{other} of the resumed runs ended with other bytes or files"
    )


def stops(work: Path, n_stops: int) -> None:
    """Print the third part."""
    recordings, out = work / "in", work / "stopped"
    chance = random.Random(0)
    seconds, statuses, left = [], set(), 0
    for number in range(n_stops):
        shutil.rmtree(out, ignore_errors=True)
        jobs = 1 + number % 2
        running = start(recordings, "-o", out, "-j", jobs, *(LECTURE if number % 4 < 2 else []))
        time.sleep(chance.uniform(0.5, 8))
        began = time.perf_counter()
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        statuses.add(running.wait())
        while group_of(running.pid):
            time.sleep(0.02)
        seconds.append(time.perf_counter() - began)
        left += sum(name.startswith(".") for name in (contents(out) if out.exists() else {}))
    print(
        f"{n_stops} times Ctrl-C: all ended within {max(seconds):.2f} s, exit status "
        f"{sorted(statuses)}; {left} unfinished files left"
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--stops", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        scaling(work, wanted.files)
        kills(work, wanted.kills)
        stops(work, wanted.stops)


if __name__ == "__main__":
    main()
