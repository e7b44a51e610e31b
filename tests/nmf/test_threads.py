"""Threads: how many changes nothing but the time, and BLAS gets its own number back."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tdsep.nmf import factorize, factorize_jointly
from tests.nmf.cases import counts, rough


def blas_threads():
    return [part["num_threads"] for part in threadpool_info() if part["user_api"] == "blas"]


def contents(fit):
    """All bytes of a result."""
    arrays = fit.factors.values() if hasattr(fit, "factors") else (fit.bases, fit.activations)
    return b"".join(array.tobytes() for array in (*arrays, fit.losses))


def jointly(rng, **options):
    matrices = {("a", "b"): counts(rng, 200, 90, 0.1), ("b", "c"): rough(rng, 90, 400)}
    return factorize_jointly(matrices, 4, **options)


RUNS = {
    "euclidean": lambda rng, **o: factorize(rough(rng, 150, 900), 5, divergence="euclidean", **o),
    "kullback-leibler": lambda rng, **o: factorize(rough(rng, 900, 150), 5, **o),
    "itakura-saito": lambda rng, **o: factorize(
        rough(rng, 150, 900), 5, divergence="itakura-saito", **o
    ),
    "multiplicative": lambda rng, **o: factorize(
        rough(rng, 150, 900), 5, divergence=0.5, solver="multiplicative", **o
    ),
    "convolutive": lambda rng, **o: factorize(rough(rng, 60, 900), 3, width=4, **o),
    "sparse": lambda rng, **o: factorize(counts(rng, 900, 500, 0.05), 5, **o),
    "joint": jointly,
}


@pytest.mark.parametrize("run", RUNS)
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(run):
    def result(seed):
        return contents(RUNS[run](np.random.default_rng(1), seed=seed, max_iter=12))

    with threadpool_limits(1):
        one = result(3)
    with threadpool_limits(3):
        assert result(3) == one
    assert result(3) == one
    assert result(4) != one


@pytest.mark.parametrize("run", RUNS)
def test_blas_gets_its_threads_back(run):
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        RUNS[run](np.random.default_rng(1), seed=3, max_iter=2)
        assert blas_threads() == before


def test_blas_gets_its_threads_back_when_a_run_is_broken_off(rng):
    def stop(share):
        raise KeyboardInterrupt

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with pytest.raises(KeyboardInterrupt):
            factorize(rough(rng), 3, progress=stop)
        assert blas_threads() == before


def test_runs_side_by_side_do_not_disturb_each_other(rng):
    X = rough(rng, 60, 300)

    def result(seed):
        return contents(factorize(X, 4, max_iter=20, seed=seed))

    alone = [result(seed) for seed in range(6)]
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(result, range(6))) == alone
        assert blas_threads() == before


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_another_thread_than_the_main_one_gives_the_same_bytes(run):
    def fit():
        return contents(run(np.random.default_rng(0), seed=0, max_iter=15))

    here = fit()
    with ThreadPoolExecutor(3) as pool:
        assert all(other == here for other in pool.map(lambda _: fit(), range(3)))
    assert fit() == here
