"""What a second worker gains on sparse matrices, and what travels between the two.

    python benchmarks/scale_sparse.py [--entries N] [--components K] [--iterations N] [--runs N]

Counts of words are drawn, 100 non-zeros a document on the mean, and factorised under the
Kullback-Leibler divergence by `tdsep.nmf.BlockMatrix`, on one worker and on two: processes of one
thread each, on this machine. The workers draw their blocks themselves; nothing of the matrix is
ever here, but for the comparison with `tdsep.nmf.factorize`.

1. The time of an iteration, by one worker and by two, which take turns: medians, with the fastest
   and the slowest run in brackets. An iteration is the difference of calls of few iterations and of
   many, over that of their numbers; a call with all that is done once is printed, too.
2. Bytes that the workers send each other in an iteration, as Dask counts them, for this matrix and
   for one of as many rows and columns with a quarter of the non-zeros, beside the size of the
   factor that travels.
3. How far the factors and losses are from a single machine's, after all iterations.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import numpy as np
import scipy.sparse as sp
from distributed import Client, LocalCluster

from tdsep.nmf import BlockMatrix, Factorization, factorize

#: Non-zeros a document, about: words of a newspaper's article that count.
WORDS_EACH = 100
N_WORDS = 20_000
#: Blocks that the matrix comes in, whoever loads them.
BLOCKS = 8
#: Iterations of the shorter call.
FEW = 2


def drawn_counts(number: int, n_documents: int, entries: int) -> sp.csr_array:
    """Draw a block of documents: words of all frequencies, by Zipf's law."""
    rng = np.random.default_rng(number)
    chances = 1 / np.arange(10, N_WORDS + 10)
    words = rng.choice(N_WORDS, entries, p=chances / chances.sum())
    rows = rng.integers(n_documents, size=entries)
    counts = rng.geometric(0.6, entries).astype(np.float32)
    return sp.csr_array(sp.coo_array((counts, (rows, words)), (n_documents, N_WORDS)))


def loaders(n_documents: int, entries: int) -> list[partial[sp.csr_array]]:
    """Make functions that draw the blocks."""
    return [
        partial(drawn_counts, number, n_documents // BLOCKS, entries // BLOCKS)
        for number in range(BLOCKS)
    ]


@contextmanager
def cluster(n_workers: int) -> Iterator[Client]:
    """Start workers of one thread each."""
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, processes=True, dashboard_address=":0",
            memory_limit=0, silence_logs=logging.CRITICAL,
        ) as local,
        Client(local, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


def sent(client: Client) -> int:
    """Bytes that workers have sent so far."""
    found = client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)
    return sum(found.values())


def fit(matrix: BlockMatrix, n_components: int, n_iter: int) -> Factorization:
    """Make so many iterations."""
    return matrix.factorize(n_components, max_iter=n_iter, tol=0, seed=0)


def race(matrices: dict[int, BlockMatrix], n_components: int, n_iter: int, runs: int) -> None:
    """Print the time of an iteration by each number of workers, and the ratio."""
    seconds: dict[tuple[int, int], list[float]] = {}
    for matrix in matrices.values():
        fit(matrix, n_components, 1)  # what is compiled
    for _ in range(runs):
        for n_workers, matrix in matrices.items():
            for count in (FEW, n_iter):
                start = time.perf_counter()
                fit(matrix, n_components, count)
                seconds.setdefault((n_workers, count), []).append(time.perf_counter() - start)
    medians = {}
    for n_workers in matrices:
        whole, few = seconds[n_workers, n_iter], seconds[n_workers, FEW]
        each = [(a - b) / (n_iter - FEW) for a, b in zip(whole, few, strict=True)]
        medians[n_workers] = statistics.median(each), statistics.median(whole)
        print(
            f"  {n_workers} worker(s): an iteration {medians[n_workers][0]:.3f} s "
            f"[{min(each):.3f}, {max(each):.3f}], a call of {n_iter} {medians[n_workers][1]:.2f} s "
            f"[{min(whole):.2f}, {max(whole):.2f}]"
        )
    ratios = [one / two for one, two in zip(medians[1], medians[2], strict=True)]
    print(f"  two are faster by {ratios[0]:.2f} (an iteration), {ratios[1]:.2f} (a call)")


def traffic(client: Client, matrix: BlockMatrix, n_components: int, n_iter: int) -> float:
    """Bytes sent between the workers in an iteration; not what is done once."""
    totals = []
    for count in (FEW, n_iter):
        before = sent(client)
        fit(matrix, n_components, count)
        totals.append(sent(client) - before)
    return (totals[1] - totals[0]) / (n_iter - FEW)


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Norm of the difference, as a share."""
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--entries", type=int, default=20_000_000, help="words drawn")
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=12, help="of the longer call")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    n_components, n_iter = chosen.components, chosen.iterations
    n_documents = chosen.entries // WORDS_EACH // BLOCKS * BLOCKS
    blocks = loaders(n_documents, chosen.entries)
    with ExitStack() as stack:
        clients = {n: stack.enter_context(cluster(n)) for n in (1, 2)}
        matrices = {n: BlockMatrix(client, blocks) for n, client in clients.items()}
        print(
            f"{n_documents} documents x {N_WORDS} words, K {n_components}; load of the last "
            f"minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        )
        race(matrices, n_components, n_iter, chosen.runs)
        padded = -(-n_components // 8) * 8
        factor = padded * N_WORDS * 4
        quarter = BlockMatrix(clients[2], loaders(n_documents, chosen.entries // 4))
        for name, matrix in (("all", matrices[2]), ("a quarter of the", quarter)):
            travelled = traffic(clients[2], matrix, n_components, n_iter)
            print(
                f"  {name} non-zeros: {travelled:,.0f} bytes an iteration, "
                f"{travelled / factor:.2f} times the factor ({factor:,} bytes, K in eights)"
            )
        far = fit(matrices[2], n_components, n_iter)
    whole = sp.csr_array(sp.vstack([block() for block in blocks]))
    print(f"  non-zeros: {whole.nnz:,}")
    near = factorize(whole, n_components, max_iter=n_iter, tol=0, seed=0)
    print(
        f"  from a single machine's: bases {distance(far.bases, near.bases):.1e}, activations "
        f"{distance(far.activations, near.activations):.1e}, losses "
        f"{np.abs(far.losses / near.losses - 1).max():.1e}"
    )


if __name__ == "__main__":
    main()
