"""Results do not depend on the number of threads, nor on whether BLAS would round otherwise."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tdsep.workers import a_few_ahead, same_bytes, workers


def blas_threads():
    return {part["num_threads"] for part in threadpool_info() if part["user_api"] == "blas"}


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_blas_has_one_thread_and_workers_keep_theirs(n_threads):
    with threadpool_limits(n_threads, user_api="blas"):
        with same_bytes():
            assert blas_threads() == {1}
            with workers() as share:
                assert blas_threads() == {1}
                seen = share(lambda part: np.ones((4, 4)) @ np.ones((4, part)), range(1, 9))
            assert [product.shape[1] for product in seen] == list(range(1, 9))
            assert blas_threads() == {1}
        assert blas_threads() == {n_threads}


def test_how_many_threads_share_the_work(monkeypatch):
    made = []

    class Pool:
        def __init__(self, n_threads):
            made.append(n_threads)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr("tdsep.workers.ThreadPoolExecutor", Pool)
    with threadpool_limits(3, user_api="blas"), same_bytes(), same_bytes(), workers():
        pass
    assert made == [3]


def test_an_error_gives_the_threads_back():
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(ValueError), same_bytes():
            raise ValueError
        assert blas_threads() == {2}


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_results_come_in_order_and_few_are_held(n_threads):
    begun = []

    def task(part):
        begun.append(part)
        return part**2

    with threadpool_limits(n_threads, user_api="blas"):
        for number, result in enumerate(a_few_ahead(task, range(20))):
            assert result == number**2
            assert len(begun) <= number + 1 + n_threads
        assert blas_threads() == {n_threads}


def test_who_leaves_in_the_middle_keeps_nobody_waiting():
    with threadpool_limits(2, user_api="blas"):
        begun = a_few_ahead(abs, range(-9, 0))
        assert next(begun) == 9

        def work():
            with workers() as share:
                return share(abs, [-1, -2])

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(work).result(timeout=10) == [1, 2]
        assert next(begun) == 8
        begun.close()
        assert blas_threads() == {2}
