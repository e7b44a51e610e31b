"""Bad inputs: how many were tried, and how often tdsep did anything but its duty.

    python benchmarks/robustness.py [--mutations 500] [--data FOLDER] [--seed 0]

Its duty is a result or one clear line, with the status that goes with it, within a minute; never a
traceback, and never a result that is half there. Tried, each command in one process of its own:

1. the odd files of a folder of real recordings (`F_odd` of TDSEP_DATA or --data; left out without);
2. mutations of valid files in seven formats: bytes changed, cut out, doubled, the end cut off, and
   numbers in the header set to 0, to -1, to 2^31 and to what promises 2^40 frames;
3. names that begin with a dash, hold newlines, braces or dots, are very long, or are no UTF-8;
4. places that cannot be written, and wrong uses.

Memory is the greatest growth of a process beside what it had before.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.conftest import dead_room_mixture

#: Commands that read sound, with what makes them quick.
COMMANDS = {
    "info": (),
    "gmm-separate": ("--method", "lecture", "--plots", "none"),
    "nmf-vocal": ("--intro", "0-0.7s", "--method", "nmf", "--iterations", "2", "--plots", "none"),
    "nmf-remove": ("--background", "0-0.7s", "--method", "nmf", "--iterations", "2",
                   "--plots", "none"),
    "nmf-parts": ("-k", "2", "--iterations", "5", "--plots", "none"),
}  # fmt: skip
FORMATS = ("WAV", "FLAC", "AIFF", "OGG", "MP3", "W64", "CAF")
NAMES = (
    b"-o.wav", b"--help.wav", b"a\nb.wav", b"{track}{part}.wav", b"..wav", b"%s %d.wav",
    b"a'b\"c.wav", b"\xff\xfe.wav", "ä€𝄞.wav".encode(), b"x" * 200 + b".wav", b"<script>.wav",
    b" .wav", b"a\\b.wav",
)  # fmt: skip
#: What no command can make sense of; {wav} is a good file, {text} a text.
WRONG_USES = (
    "", "gmm-seperate {wav}", "gmm-separate", "gmm-separate --taklers 2 {wav}",
    "gmm-separate --talkers two {wav}", "gmm-separate --talkers 0 {wav}",
    "gmm-separate --spacing -1 {wav}", "gmm-separate --spacing 4cm0 {wav}",
    "gmm-separate missing.wav", "gmm-separate {text}", "gmm-separate --channels 1,9 {wav}",
    "gmm-separate --channels 1 {wav}", "gmm-separate --n-fft 7 {wav}",
    "gmm-separate --overwrite --skip-existing {wav}", "gmm-separate --start 9h {wav}",
    "gmm-separate --start 2s --end 1s {wav}", "gmm-separate --name ../{part} {wav}",
    "gmm-separate --name /tmp/{part} {wav}", "gmm-separate --name {nonsense} {wav}",
    "gmm-separate --format mp4 {wav}", "gmm-separate --format mp3 --subtype PCM_16 {wav}",
    "gmm-separate -o {wav} {wav}", "gmm-separate -o /proc/nowhere {wav}",
    "gmm-separate --dask nowhere {wav}", "gmm-separate -j many {wav}", "gmm-separate {folder}",
    "nmf-vocal {wav}", "nmf-vocal --intro 99s {wav}", "nmf-vocal --intro 1-0s {wav}",
    "nmf-vocal --method magic --intro 1s {wav}", "nmf-vocal --intro 0.1s {wav}",
    "nmf-parts -k 0 {wav}", "nmf-parts -k 1000 {wav}", "nmf-parts {text}",
    "nmf-topics {wav}", "nmf-topics missing", "nmf-rank {text}", "nmf-joint {wav} {wav}",
    "nmf-joint {text}", "info missing.wav", "info {text}", "--config missing.toml info {wav}",
    "evaluate {wav}", "evaluate -r {wav} {text}", "evaluate -r {wav} {wav} {wav}",
    "simulate {text}", "simulate --angles 1 {wav} {wav}",
)  # fmt: skip
#: Seconds after which a command hangs.
PATIENCE = 60


@dataclass
class Tally:
    """What became of the inputs of one kind."""

    tried: int = 0
    tracebacks: int = 0
    half_written: int = 0
    hangs: int = 0
    unclear: int = 0
    megabytes: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, what: str, answer: tuple[int, str, float] | None, left: list[str]) -> None:
        """Judge one run: its status, what it said, and what it left in its folder."""
        self.tried += 1
        problem = None
        if answer is None:
            self.hangs, problem = self.hangs + 1, "hangs or dies"
        else:
            status, said, grown = answer
            self.megabytes = max(self.megabytes, grown)
            lines = [line for line in said.splitlines() if line.startswith("tdsep: ")]
            if "Traceback" in said or "a fault of tdsep" in said or status == 99:
                self.tracebacks, problem = self.tracebacks + 1, said[-300:]
            elif status not in range(5) or (status and len(lines) != 1):
                self.unclear, problem = self.unclear + 1, f"status {status}: {said[-300:]}"
            elif any(name.endswith(".part") for name in left) or (status and left):
                self.half_written, problem = self.half_written + 1, f"status {status}, left {left}"
        if problem:
            self.faults.append(f"{what}: {problem}")

    def __str__(self) -> str:
        """Write a row of the table."""
        return (
            f"{self.tried:6}{self.tracebacks:12}{self.half_written:14}{self.hangs:7}"
            f"{self.unclear:9}{self.megabytes:10.0f}"
        )


class Worker:
    """A process that runs command lines; another one where it hangs or dies."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, arguments: list[str], folder: Path) -> tuple[int, str, float] | None:
        """Return status, what was said, and growth in MB; None for a hang or a death."""
        try:
            self._ours.send((arguments, str(folder)))
            if self._ours.poll(PATIENCE):
                return self._ours.recv()
        except (EOFError, OSError):
            pass
        self._process.kill()
        self._process.join()
        self._start()
        return None


def serve(connection: Connection) -> None:
    """Run the command lines that come."""
    import traceback

    from tdsep.cli.main import main

    sys.stdout = io.StringIO()
    while True:
        arguments, folder = connection.recv()
        os.chdir(folder)
        sys.argv = ["tdsep", *arguments]
        said, status = io.StringIO(), 0
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with redirect_stderr(said):
            try:
                main()
            except SystemExit as end:
                status = int(end.code or 0)
            except BaseException:
                status = 99
                traceback.print_exc()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        connection.send((status, said.getvalue(), grown / 1e3))


def left_in(folder: Path) -> list[str]:
    """Files that a run left, but for the record of a batch."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and path.name != "tdsep-batch.json"
    ]


def try_files(worker: Worker, files: Iterator[tuple[str, Path]], commands: list[str]) -> Tally:
    """Give each file to some commands."""
    tally = Tally()
    for name, path in files:
        for command in commands:
            with tempfile.TemporaryDirectory() as folder:
                arguments = [command, *COMMANDS[command], "--", str(path)]
                if command != "info":
                    arguments[1:1] = ["-o", "out"]
                answer = worker.run(arguments, Path(folder))
                tally.add(f"{command} {name}", answer, left_in(Path(folder)))
    return tally


def valid_files() -> dict[str, bytes]:
    """Make a second and a half of two talkers in each format."""
    mixture, _ = dead_room_mixture(np.random.default_rng(0), [-8e-5, 9e-5], seconds=1.5)
    found = {}
    for form in FORMATS:
        file = io.BytesIO()
        soundfile.write(file, mixture.T, 16000, format=form)
        found[form] = file.getvalue()
    return found


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Break a file in one of the ways in which files break."""
    broken = bytearray(content)
    header = min(len(broken), 200)
    kind = rng.integers(6)
    if kind == 0:  # bytes changed
        for place in rng.integers(len(broken), size=rng.integers(1, 20)):
            broken[place] = rng.integers(256)
    elif kind == 1:  # bytes of the header changed
        for place in rng.integers(header, size=rng.integers(1, 6)):
            broken[place] = rng.integers(256)
    elif kind == 2:  # the end cut off
        del broken[rng.integers(len(broken)) :]
    elif kind == 3:  # a piece cut out
        start, stop = np.sort(rng.integers(len(broken), size=2))
        del broken[start:stop]
    elif kind == 4:  # a piece doubled
        start, stop = np.sort(rng.integers(len(broken), size=2))
        broken[stop:stop] = broken[start:stop]
    else:  # a number of the header
        start = int(rng.integers(header - 8))
        number = (0, 2**32 - 1, 2**31, 2**40)[rng.integers(4)]
        size, order = (8 if number >= 2**32 else 4), ("little", "big")[rng.integers(2)]
        broken[start : start + size] = number.to_bytes(size, order)
    return bytes(broken)


def mutations(folder: Path, count: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Write broken files, one after another."""
    valid, rng = valid_files(), np.random.default_rng(seed)
    for number in range(count):
        form = FORMATS[number % len(FORMATS)]
        path = folder / f"broken.{form.lower()}"
        path.write_bytes(mutated(valid[form], rng))
        yield f"{form} {number}", path


def hostile_names(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write a good file under bad names."""
    content = valid_files()["WAV"]
    for name in NAMES:
        path = folder / os.fsdecode(name)
        path.write_bytes(content)
        yield repr(name), path


def wrong_uses(worker: Worker, folder: Path) -> Tally:
    """Use commands wrongly: each time an error is due."""
    (folder / "good.wav").write_bytes(valid_files()["WAV"])
    (folder / "text.txt").write_text("no sound at all\n")
    (folder / "empty").mkdir()
    words: dict[str, Any] = {
        "{wav}": str(folder / "good.wav"), "{text}": str(folder / "text.txt"),
        "{folder}": str(folder / "empty"),
    }  # fmt: skip
    tally = Tally()
    for use in WRONG_USES:
        with tempfile.TemporaryDirectory() as place:
            arguments = [words.get(word, word) for word in use.split()]
            answer = worker.run(arguments, Path(place))
            if answer and answer[0] == 0:
                tally.unclear += 1
                tally.faults.append(f"{use}: no error")
            if use:  # without arguments it shows its help
                tally.add(use, answer, left_in(Path(place)))
    return tally


def main() -> None:
    """Print the table, and each fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path,
                        default=Path(os.environ.get("TDSEP_DATA", "../shared/data")))  # fmt: skip
    chosen = parser.parse_args()
    worker, every = Worker(), list(COMMANDS)
    print(f"{'':24}{'tried':>6}{'tracebacks':>12}{'half-written':>14}{'hangs':>7}{'unclear':>9}"
          f"{'MB more':>10}")  # fmt: skip
    faults = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        odd = sorted((chosen.data.resolve() / "F_odd").rglob("*.*"))
        groups = {
            "odd files": lambda: try_files(worker, ((p.name, p) for p in odd), every),
            "mutations": lambda: try_files(
                worker, mutations(folder, chosen.mutations, chosen.seed), ["info", "gmm-separate"]
            ),
            "names": lambda: try_files(worker, hostile_names(folder), every),
            "wrong uses": lambda: wrong_uses(worker, folder),
        }
        for name, tried in groups.items():
            tally = tried()
            print(f"{name:24}{tally}", flush=True)
            faults += tally.faults
    print(*faults, sep="\n")


if __name__ == "__main__":
    main()
