"""A cluster that answers, and those that do not."""

import http.server
import threading

import pytest
from distributed import Client, LocalCluster

from tdsep.cluster import connected
from tdsep.errors import ClusterError


def test_connects(client):
    with connected(client.scheduler.address) as other:
        assert other.submit(sum, [1, 2]).result() == 3


@pytest.mark.parametrize("address", ["", "host", "bogus://host:1", "tcp://127.0.0.1:99999"])
def test_no_address_of_a_scheduler(address):
    with pytest.raises(ClusterError, match="no Dask scheduler answers"), connected(address):
        pass


def test_what_speaks_another_language(client):
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    worker = next(iter(client.nthreads()))
    for address in (f"127.0.0.1:{server.server_port}", worker):
        with pytest.raises(ClusterError, match="no Dask scheduler answers"), connected(address):
            pass
    server.shutdown()
    server.server_close()


def test_a_scheduler_without_workers():
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as cluster,
        pytest.raises(ClusterError, match="has no workers"),
        connected(cluster.scheduler_address),
    ):
        pass


def test_a_worker_without_tdsep(client, monkeypatch):
    honest = Client.get_versions

    def without(self, **options):
        found = honest(self, **options)
        next(iter(found["workers"].values()))["packages"]["tdsep"] = None
        return found

    monkeypatch.setattr(Client, "get_versions", without)
    with (
        pytest.raises(ClusterError, match="lacks tdsep"),
        connected(client.scheduler.address),
    ):
        pass
