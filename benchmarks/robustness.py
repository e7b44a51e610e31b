"""Bad inputs: how many were tried, and how often tdsep did anything but its duty.

    python benchmarks/robustness.py [--mutations 500] [--data FOLDER] [--seed 0]

Its duty is a result, or one line that says what to do with the status that goes with it, within a
minute; never a traceback, and never a result that is half there. Tried, each in a folder of its own
(what is tried is in bad_inputs.py):

1. the odd files of a folder of real recordings (`F_odd` of TDSEP_DATA or --data; left out without);
2. mutations of valid files in seven formats: bytes changed, cut out, doubled, the end cut off, and
   numbers in the header set to 0, to -1, to 2^31 and to what promises 2^40 frames;
3. names that begin with a dash, hold newlines, braces or dots, are very long, or are no UTF-8;
4. wrong uses: what is misspelt, missing, the wrong file, swapped, out of range, or has no place.

Faults are told on stderr as they are found, the table at the end. Unclear is what has no line or
several, or one that names no cure. Memory is the greatest growth of a process beside what it had.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from bad_inputs import WRONG_USES, hostile_names, materials, mutations

#: Commands that read sound, with what makes them quick.
COMMANDS = {
    "info": "info -- {file}",
    "gmm-separate": "gmm-separate -o out --method lecture --plots none -- {file}",
    "nmf-vocal": "nmf-vocal -o out --intro 0-0.7s --method nmf --iterations 2 --plots none "
                 "-- {file}",
    "nmf-remove": "nmf-remove -o out --background 0-0.7s --method nmf --iterations 2 --plots none "
                  "-- {file}",
    "nmf-parts": "nmf-parts -o out -k 2 --iterations 5 --plots none -- {file}",
    "evaluate": "evaluate --reference {wav} -- {file}",
    "simulate": "simulate -o out --rt60 0 -- {wav} {file}",
}  # fmt: skip
#: Of the mutations, which are many, only by those that read sound in ways of their own.
READERS = ("info", "gmm-separate", "evaluate", "simulate")
#: What a line that says what to do has in it.
CURE = re.compile(
    r"\b(bring|check|choose|convert|copy|did you mean|exchange|export|free|give|install|leave|make|"
    r"name|record|remove|rename|save|say|see|try|write)\b", re.IGNORECASE,
)  # fmt: skip
#: Seconds after which a command hangs.
PATIENCE = 60
COUNTS = ("tried", "tracebacks", "half-written", "hangs", "unclear", "MB more")

#: Status, what was said on stderr, and growth in MB; None for a hang or a death.
Answer = tuple[int, str, float] | None


class Tally:
    """What became of the inputs of one kind."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)

    def add(self, what: str, answer: Answer, left: list[str], wrong: bool = False) -> None:
        """Judge one run: its status, what it said, and what it left in its folder."""
        self.counts["tried"] += 1
        kind, said = "hangs", ""
        if answer is not None:
            status, said, grown = answer
            self.counts["MB more"] = max(self.counts["MB more"], round(grown))
            kind = _fault(status, said, left, wrong)
            said = f"status {status}, left {left}: {said[-300:]}"
        if kind:
            self.counts[kind] += 1
            print(f"{what}: {kind}: {said}", file=sys.stderr, flush=True)

    def __iadd__(self, other: Tally) -> Tally:
        """Sum up."""
        for name, count in other.counts.items():
            both = self.counts[name], count
            self.counts[name] = max(both) if name == "MB more" else sum(both)
        return self


def _fault(status: int, said: str, left: list[str], wrong: bool) -> str:
    """Name what a run did wrong, if anything."""
    lines = [line for line in said.splitlines() if line.startswith("tdsep: ")]
    if "Traceback" in said or "a fault of tdsep" in said or status == 99:
        return "tracebacks"
    if status not in range(5) or (wrong and not status):
        return "unclear"
    if status and not (len(lines) == 1 and CURE.search(lines[0])):
        return "unclear"
    if any(name.endswith(".part") for name in left) or (status and left):
        return "half-written"
    return ""


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

    def run(self, arguments: list[str], folder: str) -> Answer:
        """Run a command line in a folder."""
        try:
            self._ours.send((arguments, folder))
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
    from tdsep.cli.main import main  # the parent needs none of it

    sys.stdout = io.StringIO()
    with suppress(EOFError):  # when nothing more comes
        while True:
            connection.send(_answer(main, *connection.recv()))


def _answer(main: Callable[[], None], arguments: list[str], folder: str) -> Answer:
    """Run a command line as in a process of its own."""
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
    return status, said.getvalue(), grown / 1e3


class Trial:
    """Runs command lines, whose words in braces stand for files."""

    def __init__(self, worker: Worker, files: dict[str, str]) -> None:
        self._worker, self._files = worker, files

    def run(self, tally: Tally, use: str, what: str, file: str = "", wrong: bool = False) -> None:
        """Run one in a folder of its own, and count what comes of it."""
        words = self._files | {"{file}": file}
        with tempfile.TemporaryDirectory() as place:
            answer = self._worker.run([words.get(word, word) for word in use.split()], place)
            paths = (path for path in Path(place).rglob("*") if path.is_file())
            # The record of a batch tells of failures, too.
            left = [path.name for path in paths if path.name != "tdsep-batch.json"]
        tally.add(what, answer, left, wrong)

    def files(self, files: Iterable[tuple[str, Path]], commands: Iterable[str]) -> Tally:
        """Give each file to some commands."""
        tally = Tally()
        for name, path in files:
            for command in commands:
                self.run(tally, COMMANDS[command], f"{command} {name}", str(path))
        return tally

    def wrong(self, uses: Iterable[str]) -> Tally:
        """Use commands wrongly: each time an error is due."""
        tally = Tally()
        for use in uses:
            self.run(tally, use, use.strip(), wrong=True)
        return tally


def tallies(chosen: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Tally]]:
    """Try everything, kind by kind."""
    (folder / "good").mkdir()
    trial = Trial(Worker(), materials(folder / "good"))
    odd = sorted((chosen.data.resolve() / "F_odd").rglob("*.*"))
    if odd:
        yield "odd files", trial.files(((path.name, path) for path in odd), COMMANDS)
    yield "mutations", trial.files(mutations(folder, chosen.mutations, chosen.seed), READERS)
    yield "hostile names", trial.files(hostile_names(folder), COMMANDS)
    for kind, uses in WRONG_USES.items():
        yield f"wrong use: {kind}", trial.wrong(uses.strip().splitlines())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path,
                        default=Path(os.environ.get("TDSEP_DATA", "../shared/data")))  # fmt: skip
    chosen = parser.parse_args()
    total = Tally()
    rows = [f"{'':32}" + "".join(f"{name:>14}" for name in COUNTS)]
    with tempfile.TemporaryDirectory() as place:
        for name, tally in (*tallies(chosen, Path(place)), ("all", total)):
            if tally is not total:
                total += tally
            rows.append(f"{name:32}" + "".join(f"{tally.counts[each]:14}" for each in COUNTS))
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
