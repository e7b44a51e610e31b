import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from tdsep.batch import cluster
from tdsep.batch.cluster import Cluster
from tdsep.batch.work import prepare
from tdsep.errors import ClusterError, InternalError, MissingDependencyError, OutputError
from tests.batch.jobs import NamedJob

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def local():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as running:
        yield running


def run(local, names):
    with Cluster(local.scheduler_address) as workers:
        reports = list(workers.reports(NamedJob, [Path(name) for name in names.split()]))
    return {report.source.name: report for report in reports}


def test_every_file_is_done_elsewhere_and_its_failure_its_own(local):
    found = run(local, "a missing old broken b c")
    assert {name: str(report.outcome) for name, report in found.items()} == {
        "a": "done", "missing": "failed", "old": "skipped", "broken": "failed", "b": "done",
        "c": "done",
    }  # fmt: skip
    assert os.getpid() not in {found[name].manifest["process"] for name in "abc"}
    assert "ZeroDivisionError" in found["broken"].trace


def test_the_file_of_a_worker_that_dies_is_tried_again(local):
    def kill():
        time.sleep(0.3)
        os.kill(next(iter(local.workers.values())).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = run(local, "slow1 slow2 slow3 slow4")
    killer.join()
    assert sorted(found) == ["slow1", "slow2", "slow3", "slow4"]
    assert not any(report.error for report in found.values())


def test_names_mean_what_they_mean_here(local, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Cluster(local.scheduler_address) as workers:
        assert workers.call(os.getcwd) == str(tmp_path)
        with pytest.raises(OutputError, match="exists already"):
            workers.call(prepare, NamedJob, [Path("refused")])


def test_files_that_workers_do_not_see(local, tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    with Cluster(local.scheduler_address) as workers, (tmp_path / "a").open() as file:
        workers.see([tmp_path / "a", tmp_path / "nowhere"])  # the job tells of what is nowhere
        alone = Path(f"/proc/self/fd/{os.dup2(file.fileno(), 321)}")
        try:
            if not alone.is_file():
                pytest.skip("no /proc here")
            with pytest.raises(ClusterError, match=r"fd/321: the worker tcp://.* does not see"):
                workers.see([alone])
        finally:
            os.close(321)


def test_workers_of_another_version(local, monkeypatch):
    monkeypatch.setattr(cluster, "__version__", "0.0.0")
    with (
        Cluster(local.scheduler_address) as workers,
        pytest.raises(ClusterError, match=r"has tdsep .*, not 0\.0\.0"),
    ):
        workers.see([])


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1", "", "http://x"])
def test_an_address_where_nobody_answers(address, monkeypatch):
    monkeypatch.setattr("tdsep.cluster._PATIENCE", 1)
    began = time.monotonic()
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        Cluster(address)
    assert time.monotonic() - began < 8


def test_a_scheduler_without_workers():
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty,
        pytest.raises(ClusterError, match="has no workers"),
    ):
        Cluster(empty.scheduler_address)


def test_without_distributed_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'tdsep\[dask\]'"):
        Cluster("tcp://127.0.0.1:1")


def test_what_kills_every_worker_fails_alone():
    class Worker:
        address = "tcp://worker"

    workers = object.__new__(Cluster)
    killed, lost = Future(), Future()
    killed.set_exception(distributed.KilledWorker("task", Worker, 3))
    lost.cancel()
    with pytest.raises(InternalError, match="big: one worker after another died"):
        workers.result(killed, "big")
    with pytest.raises(ClusterError, match="a: lost"):
        workers.result(lost, "a")
