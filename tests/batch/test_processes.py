import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from tdsep.batch import Outcome
from tdsep.batch.processes import Processes
from tdsep.batch.work import prepare
from tdsep.batch.workers import OtherProcesses
from tdsep.errors import InternalError, OutputError
from tests.batch.jobs import NamedJob
from tests.conftest import ROOT


def workers(n=2, folders=frozenset()):
    return Processes(n, ["tests.batch.jobs"], lambda: set(folders))


def run(names, make=NamedJob, n=2):
    with workers(n) as pool:
        reports = list(pool.reports(make, [Path(name) for name in names.split()]))
    return {report.source.name: report for report in reports}


def test_every_file_is_done_elsewhere_and_its_failure_its_own():
    found = run("a missing old broken b c")
    assert {name: str(report.outcome) for name, report in found.items()} == {
        "a": "done", "missing": "failed", "old": "skipped", "broken": "failed", "b": "done",
        "c": "done",
    }  # fmt: skip
    processes = {found[name].manifest["process"] for name in "abc"}
    assert os.getpid() not in processes
    assert str(found["missing"].error) == "missing: missing"
    assert "ZeroDivisionError" in found["broken"].trace
    assert not multiprocessing.active_children()


def test_a_process_that_is_killed_loses_only_its_own_file():
    found = run("slow1 killed slow2 slow3 killed2 a")
    assert [name for name, report in found.items() if report.error] == ["killed"]
    assert isinstance(found["killed"].error, InternalError)
    assert "killed: its process was killed" in str(found["killed"].error)


def test_results_come_as_they_are_ready():
    with workers() as pool:
        began = time.monotonic()
        first = next(pool.reports(NamedJob, [Path("stuck"), Path("a"), Path("b")]))
        assert first.source.name == "a"
        assert time.monotonic() - began < 30
    assert not multiprocessing.active_children()  # nor does it wait for the one in hand


def test_the_cores_are_shared_out():
    program = (
        "import os\nfrom tdsep.batch.processes import n_cores\n"
        "from tests.batch.jobs import Threads\nfrom tests.batch.test_processes import run\n"
        "os.environ['OMP_NUM_THREADS'] = '7'\nbefore = dict(os.environ)\n"
        "manifest = run('a b', Threads)['a'].manifest\n"
        "assert manifest['OPENBLAS_NUM_THREADS'] == str(max(1, n_cores() // 2)), manifest\n"
        "assert manifest['OMP_NUM_THREADS'] == '7', manifest\n"  # the user's own word
        "assert dict(os.environ) == before\n"
    )
    environment = {name: value for name, value in os.environ.items() if "THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_would_go_wrong_at_the_end_is_found_out_there():
    with workers() as pool:
        assert pool.call(prepare, NamedJob, [Path("x/a"), Path("y/b")]) == {Path("x"), Path("y")}
        with pytest.raises(OutputError, match="exists already"):
            pool.call(prepare, NamedJob, [Path("refused")])


class AtOnce(OtherProcesses):
    """Does everything at once, and counts what is in hand."""

    room = 3

    def __init__(self):
        self.in_hand = self.most = 0

    def submit(self, task, *arguments):
        future = Future()
        future.set_result(task(*arguments))
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        return future

    def result(self, future, name):
        self.in_hand -= 1
        return future.result()


@pytest.mark.parametrize("n_files", [0, 1, 3, 20])
def test_no_more_is_in_hand_than_there_is_room_for(n_files):
    pool = AtOnce()
    reports = list(pool.reports(NamedJob, [Path(str(n)) for n in range(n_files)]))
    assert sorted(int(report.source.name) for report in reports) == list(range(n_files))
    assert pool.most <= 3
    assert all(report.outcome is Outcome.DONE for report in reports)
