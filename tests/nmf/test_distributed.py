"""Blocks on a cluster: the result of one machine, whatever way they got there."""

import os
import signal
import time
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from dask import delayed
from distributed import Client, LocalCluster
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from tdsep.errors import ClusterError, ParameterError
from tdsep.nmf import BlockMatrix, factorize
from tests.nmf.cases import SOLVERS, assert_never_rises, assert_sound, counts


@pytest.fixture
def mortal():
    """A cluster of its own for a test that kills workers."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def cut(X, axis, edges=(9, 22)):
    """Blocks of rows or columns, cut at these numbers."""
    lines = sparse.csr_array(X.T if axis else X)
    blocks = [lines[a:b] for a, b in pairwise((0, *edges, lines.shape[0])) if a < b]
    return [block.T for block in blocks] if axis else blocks


def assert_same(far, near, rtol=1e-5):
    """Equal factors and losses, by the norm: what is next to nothing may round to nothing."""
    assert far.n_iter == near.n_iter
    assert far.converged == near.converged
    np.testing.assert_allclose(far.losses, near.losses, rtol=rtol)
    for name in ("bases", "activations"):
        ours, theirs = getattr(far, name), getattr(near, name)
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        assert np.linalg.norm(ours - theirs) <= rtol * np.linalg.norm(theirs)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", SOLVERS)
def test_blocks_are_the_whole(client, rng, solver, dtype, axis):
    X = counts(rng)
    options = {"n_components": 3, "solver": solver, "max_iter": 30, "tol": 0, "seed": 5}
    far = BlockMatrix(client, cut(X, axis), axis=axis, dtype=dtype).factorize(**options)
    near = factorize(X, dtype=dtype, **options)
    assert_same(far, near)
    assert_sound(far, X.toarray(), 1)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: {"bases": rng.random((40, 5)), "activations": rng.random((5, 60))},
        lambda rng: {"fixed_bases": rng.random((40, 2))},
        lambda rng: {"fixed_bases": rng.random((40, 5))},
        lambda rng: {"fixed_activations": rng.random((5, 60))},
        lambda rng: {"fixed_bases": rng.random((40, 5)), "fixed_activations": rng.random((5, 60))},
    ],
    ids=["start", "bases", "all bases", "all activations", "both"],
)
def test_what_is_given(client, rng, make, axis):
    X, given = counts(rng), make(rng)
    options = {"n_components": 5, "max_iter": 10, "seed": 0, **given}
    matrix = BlockMatrix(client, X, axis=axis, dtype=np.float64)
    assert matrix.shape == (40, 60)
    assert_same(matrix.factorize(**options), factorize(X, dtype=np.float64, **options), 1e-10)


def test_the_stop_rule_and_the_progress_are_those_of_one_machine(client, rng):
    X, told = counts(rng), []
    matrix = BlockMatrix(client, X, dtype=np.float64)
    far = matrix.factorize(2, tol=1e-2, seed=1, progress=told.append)
    near = factorize(X, 2, tol=1e-2, seed=1, dtype=np.float64)
    assert far.converged
    assert_same(far, near)
    assert told[-1] == 1
    assert len(told) == far.n_iter + 1


def forms(client, blocks, form):
    one, two = sorted(client.nthreads())
    made = {
        "matrices": lambda: blocks,
        "functions": lambda: [partial(block.copy) for block in blocks],
        "delayed": lambda: [delayed(block.tocsc)() for block in blocks],
        "futures": lambda: [
            client.submit(block.tocoo, workers=[worker], pure=False)
            for block, worker in zip(blocks, (two, one, two), strict=True)
        ],
    }
    return made[form]()


@pytest.mark.parametrize("form", ["matrices", "functions", "delayed", "futures"])
def test_blocks_of_any_form(client, rng, form):
    X = counts(rng)
    blocks = forms(client, cut(X, 0, (8, 30)), form)
    far = BlockMatrix(client, blocks, dtype=np.float64).factorize(3, max_iter=4, seed=0)
    assert_same(far, factorize(X, 3, max_iter=4, seed=0, dtype=np.float64), 1e-10)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    n_components=st.integers(1, 9),
    density=st.floats(0.01, 1),
    axis=st.sampled_from([0, 1]),
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_loss_never_rises(client, seed, shape, n_components, density, axis):
    rng = np.random.default_rng(seed)
    X = rng.exponential(size=shape) * (rng.random(shape) < density)
    X[0, 0] = 1
    blocks = cut(X, axis, (1,))
    fit = BlockMatrix(client, blocks, axis=axis).factorize(
        n_components, max_iter=12, tol=0, seed=seed
    )
    assert_sound(fit, X, 1)


def test_a_component_that_one_block_lacks(client, rng):
    X, start = counts(rng), rng.random((40, 3))
    start[:20, 1] = 0
    options = {"bases": start, "activations": rng.random((3, 60)), "max_iter": 5, "tol": 0}
    far = BlockMatrix(client, cut(X, 0, (20,)), dtype=np.float64).factorize(3, **options)
    assert_same(far, factorize(X, 3, dtype=np.float64, **options), 1e-10)


def sent(client):
    """Bytes that the workers have sent each other so far, as Dask counts them."""
    return sum(client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total).values())


def bytes_an_iteration(client, X, axis=0, n_iter=10):
    matrix = BlockMatrix(client, X, axis=axis)
    before = sent(client)
    fit = matrix.factorize(8, max_iter=n_iter, tol=0, seed=0, solver="multiplicative")
    assert fit.n_iter == n_iter
    return (sent(client) - before) / n_iter


@pytest.mark.parametrize("axis", [0, 1])
def test_what_travels_does_not_grow_with_the_entries(client, rng, axis):
    thin, thick = (
        sparse.random_array((800, 800), density=share, rng=rng, format="csr")
        for share in (0.02, 0.08)
    )
    assert thick.nnz == 4 * thin.nnz
    few, many = (bytes_an_iteration(client, X, axis) for X in (thin, thick))
    factor = 800 * 8 * 4
    # The factor to the other worker, its numerators back; in ten iterations once the start and the
    # result, and perhaps a copy that Dask has thrown away.
    assert many == pytest.approx(few, rel=0.1)
    assert 2 * factor <= few <= 2.6 * factor


def kill(client, worker):
    pids = client.run(os.getpid)
    os.kill(pids[worker], signal.SIGKILL)


@pytest.mark.parametrize("form", ["matrices", "functions"])
def test_a_worker_that_dies_is_made_up_for(mortal, rng, form):
    X, killed = counts(rng), []
    blocks = forms(mortal, cut(X, 0, (20,)), form)
    matrix = BlockMatrix(mortal, blocks, dtype=np.float64)

    def progress(share):
        if share > 0.4 and not killed:
            killed.append(sorted(mortal.nthreads())[-1])
            kill(mortal, killed[0])

    options = {"max_iter": 12, "tol": 0, "seed": 0}
    far = matrix.factorize(3, **options, progress=progress)
    assert killed
    assert_same(far, factorize(X, 3, dtype=np.float64, **options), 1e-10)
    # And again, with what is left.
    assert_same(matrix.factorize(3, **options), far, 1e-10)


def test_a_worker_that_dies_between_two_factorisations(mortal, rng):
    X = counts(rng)
    matrix = BlockMatrix(mortal, X, dtype=np.float64)
    options = {"max_iter": 3, "tol": 0, "seed": 0}
    before = matrix.factorize(3, **options)
    kill(mortal, sorted(mortal.nthreads())[0])
    time.sleep(0.5)
    assert_same(matrix.factorize(3, **options), before, 1e-10)


def nonsense(*_):
    return "no matrix"


def bad(value):
    X = np.ones((3, 4))
    X[1, 2] = value
    return sparse.csr_array(X)


@pytest.mark.parametrize(
    ("blocks", "options", "message"),
    [
        ([nonsense], {}, "block 1 is a str: give a sparse matrix"),
        ([bad(1), np.ones((3, 4))], {}, "block 2 is a ndarray"),
        ([bad(1), bad(-1)], {}, "block 2 holds negative values"),
        ([bad(np.nan)], {}, "block 1 holds NaN"),
        (bad(np.inf), {}, "X holds NaN or infinity"),
        ([bad(1), bad(1)[:, :3]], {}, "block 1 has 4 columns and block 2 3"),
        (
            [bad(1), bad(1)[:2], bad(1)],
            {"axis": 1},
            "block [12] has [23] rows and block [123] [23]: give",
        ),
        ([0 * bad(1)], {}, "zero throughout"),
        ([], {}, "no blocks"),
        (bad(1), {"axis": 2}, "axis is 2"),
        (bad(1), {"dtype": "int8"}, "dtype is int8"),
    ],
)
def test_bad_blocks(client, blocks, options, message):
    with pytest.raises(ParameterError, match=message):
        BlockMatrix(client, blocks, **options)


def test_bad_options(client):
    matrix = BlockMatrix(client, bad(1))
    for options in ({"solver": "nonsense"}, {"max_iter": -1}, {"bases": np.ones((4, 2))}):
        with pytest.raises(ParameterError):
            matrix.factorize(2, **options)


def test_a_loader_that_fails_says_why(client):
    with pytest.raises(FileNotFoundError, match="no_such_file"):
        BlockMatrix(client, [partial(sparse.load_npz, "no_such_file.npz")])


def test_no_workers():
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as cluster,
        Client(cluster) as client,
        pytest.raises(ClusterError, match="no workers"),
    ):
        BlockMatrix(client, bad(1))


def test_several_threads_a_worker(rng):
    X = sparse.random_array((3000, 700), density=0.01, rng=rng, format="csr")
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        far = BlockMatrix(client, X).factorize(4, max_iter=5, seed=0)
    assert_same(far, factorize(X, 4, max_iter=5, seed=0))
    assert_never_rises(far.losses)
