"""How fast tdsep.nmf is beside its peers, as ratios taken in one run.

    python benchmarks/nmf_speed.py [--part convolutive|sparse|dense|growth] [--runs N]

All start from the same values on the same data. The divergence a peer reaches in a given number of
iterations is the target; what is compared is the time until it, a whole call each: tdsep's with its
checks, set-up and losses, and with the fewest iterations that reach the target. Divergences are
computed here, in double precision. Peers take turns with tdsep, so that a busy moment of the
machine meets all; times are medians, with the fastest and the slowest run in brackets, and ratios
are of medians, in brackets of the fastest runs. On a busy machine neither is to be trusted: what
shares a matrix product between threads that wait for each other is slowed the most.

1. Convolutive: Itakura-Saito against the textbook, torchnmf and libnmfd, Kullback-Leibler against
   libnmfd; the share of the machine's matrix-product speed.
2. Sparse: Kullback-Leibler on 20 Newsgroups against scikit-learn; memory.
3. Dense: the three divergences against scikit-learn.
4. Growth: the time of an iteration, in the fastest run, when matrix or number of components double.

The recordings and texts are in the folder that TDSEP_DATA names.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from nmf_data import RATE, all_songs, magnitudes, newsgroups, random_counts, random_powers, song
from nmf_peers import libnmfd_function, scikit_learn, textbook, torchnmf_nmfd
from nmf_race import Problem, race, take_turns

from tdsep.nmf import factorize

#: The solver's constants were chosen on the first (among others), and not on the second.
SONGS = ("mir1k_abjones_1_intro10s_mix", "mir1k_amy_1_intro10s_mix")
#: Load average of the last minute above which there is a warning.
BUSY = 0.5
#: Iterations of two calls; their difference is an iteration's time.
FEW, MANY = 3, 13
#: Run in a process of its own, on Linux: the peak of memory above what is there before the call,
#: which is the program, the data and the start values. A small call first, for what is compiled.
MEMORY = """
import pathlib, re, sys
import numpy as np, scipy.sparse
def kilobytes(name):
    return int(re.search(name + r":\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
peer, folder, n_iter = sys.argv[1], sys.argv[2], int(sys.argv[3])
data, indices, indptr, bases, activations = (
    np.load(f"{folder}/{name}.npy")
    for name in ("data", "indices", "indptr", "bases", "activations")
)
X = scipy.sparse.csr_array((data, indices, indptr), (len(bases), activations.shape[1]), copy=False)
small = scipy.sparse.random_array((60, 50), density=0.2, rng=0, dtype=np.float32).tocsr()
if peer == "tdsep":
    from tdsep.nmf import factorize
    def fit(X, bases, activations, n_iter):
        factorize(X, len(activations), bases=bases, activations=activations, max_iter=n_iter, tol=0)
else:
    sys.path.insert(0, peer)
    from nmf_peers import scikit_learn
    fit = scikit_learn("kullback-leibler")
fit(small, bases[:60], activations[:, :50], 2)
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
before = kilobytes("VmRSS")
fit(X, bases, activations, n_iter)
print((kilobytes("VmHWM") - before) / 1000)
"""


def product_share(problem: Problem, seconds: float) -> None:
    """Print the share of the machine's speed in float32 matrix products.

    Three large products are counted an iteration: the model, and what it gives to the bases and
    to the activations. All else, losses and set-up included, counts as time only. The machine's
    speed is the fastest run's of numpy's product in the same shape.
    """
    n_rows, n_components, width = problem.bases.shape
    n_columns = problem.X.shape[1]
    left = np.random.default_rng(0).random((n_rows, n_components * width), np.float32)
    right = np.random.default_rng(1).random((n_components * width, n_columns), np.float32)
    product = take_turns({"product": lambda: [left @ right for _ in range(20)]}, 9)["product"]
    flop = 2 * n_rows * n_components * width * n_columns
    speed = 20 * flop / min(product.seconds)
    share = 3 * flop / seconds / speed
    print(
        f"    tdsep's iteration: {1e3 * seconds:.1f} ms, {3 * flop / seconds / 1e9:.0f} GFLOP/s by "
        f"three products; numpy's product: {speed / 1e9:.0f} GFLOP/s; share {100 * share:.0f} %"
    )


def convolutive(runs: int) -> None:
    """Race on the power spectrograms of two songs."""
    rivals = {
        "torchnmf NMFD": (torchnmf_nmfd(), 1),
        "libnmfd nmf_conv": (libnmfd_function("nmf_conv", beta=-1), 5),
    }
    for name in SONGS:
        powers = magnitudes(song(name)[: 20 * RATE], 1024, 256) ** 2
        problem = Problem.of(powers / powers.mean() + 1e-10, 30, "itakura-saito", 12)
        print(f"Convolutive, {name}, {powers.shape[0]} x {powers.shape[1]}, K 30, L 12")
        target = problem.divergence(problem.by(textbook, 100))
        peers: dict[str, Callable[[], object]] = {
            "textbook, 100 iterations": partial(problem.by, textbook, 100)
        }
        for title, (peer, step) in rivals.items():
            if peer is None:
                continue
            if (count := problem.iterations_of(peer, target, step, 200)) is None:
                print(f"  {title} does not come to {target:.6g} in 200 iterations")
                continue
            peers[f"{title}, {count} iterations"] = partial(problem.by, peer, count)
        n_iter, seconds = race(problem, target, peers, runs)
        product_share(problem, seconds / n_iter)
        if name == SONGS[0]:
            against_libnmfd(replace(problem, kind="kullback-leibler"), runs)


def against_libnmfd(problem: Problem, runs: int) -> None:
    """Race to what libnmfd's two functions reach; `nmfd`, the better known, comes less far."""
    for name, options in (("nmfd", {}), ("nmf_conv", {"beta": 0})):
        if (peer := libnmfd_function(name, **options)) is not None:
            fit = partial(problem.by, peer, 100)
            race(problem, problem.divergence(fit()), {f"libnmfd {name}, 100 iterations": fit}, runs)


def peak_memory(problem: Problem, peer: str, n_iter: int) -> float:
    """Return the megabytes that a factorisation needs above its data, in a process of its own."""
    arrays = {name: getattr(problem.X, name) for name in ("data", "indices", "indptr")}
    arrays |= {"bases": problem.bases, "activations": problem.activations}
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(Path(folder) / f"{name}.npy", array)
        command = [sys.executable, "-c", MEMORY, peer, folder, str(n_iter)]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(found.stdout)


def sparse(runs: int) -> None:
    """Race on counts of words."""
    if (peer := scikit_learn("kullback-leibler")) is None:
        return
    counts = newsgroups()
    problem = Problem.of(counts, 20, "kullback-leibler")
    n_words, n_documents = counts.shape
    print(f"Sparse, {n_words} words x {n_documents} documents, {counts.nnz} non-zeros, K 20")
    single = partial(problem.by, peer, 50)
    double = partial(replace(problem, X=counts.astype(np.float64)).by, peer, 50)
    target = min(problem.divergence(single()), problem.divergence(double()))
    peers = {
        "scikit-learn, 50 iterations, float32": single,
        "scikit-learn, 50 iterations, float64": double,
    }
    n_iter, _ = race(problem, target, peers, runs)
    ours = peak_memory(problem, "tdsep", n_iter)
    theirs = peak_memory(problem, str(Path(__file__).parent), 50)
    print(
        "  peak of resident memory above that before the call (program, data, start values): "
        f"tdsep {ours:.0f} MB, scikit-learn {theirs:.0f} MB"
    )


def dense(runs: int) -> None:
    """Race on a long spectrogram: magnitudes, and powers for Itakura-Saito."""
    spectrogram = magnitudes(all_songs(), 2048, 220)[:, :10_000]
    print(f"Dense, {spectrogram.shape[0]} x {spectrogram.shape[1]}, K 60, float32")
    for kind, n_iter in (("kullback-leibler", 100), ("itakura-saito", 100), ("euclidean", 50)):
        X = spectrogram
        if kind == "itakura-saito":
            # A floor 60 dB below the mean. Without one scikit-learn refuses the zeros, and far
            # below it both would be judged by how they round.
            X = spectrogram**2
            X = X + 1e-6 * X.mean()
        problem = Problem.of((X / X.mean()).astype(np.float32), 60, kind)
        if (peer := scikit_learn(kind)) is None:
            return
        fit = partial(problem.by, peer, n_iter)
        solver = "coordinate descent" if kind == "euclidean" else "mu"
        name = f"scikit-learn {solver}, {n_iter} iterations"
        race(problem, problem.divergence(fit()), {name: fit}, runs)


def growing() -> Iterator[tuple[str, Iterator[tuple[int, Any, int, dict[str, Any]]]]]:
    """Give tables: a title and its lines, what doubles, the matrix, K and options."""
    itakura_saito = {"divergence": "itakura-saito", "width": 12}
    yield (
        "sparse, 50,000 x 20,000, K 20: non-zeros",
        ((n, random_counts(50_000, 20_000, n), 20, {}) for n in doubled(1_250_000, 5)),
    )
    yield (
        "sparse, 50,000 rows, 62.5 non-zeros a column, K 20: columns (the last: 20 M non-zeros)",
        ((n, random_counts(50_000, n, n * 125 // 2), 20, {}) for n in doubled(20_000, 5)),
    )
    counts = random_counts(50_000, 20_000, 5_000_000)
    yield "sparse, 50,000 x 20,000, 5 M non-zeros: K", ((k, counts, k, {}) for k in doubled(10, 4))
    powers = random_powers(1025, 20_000)
    yield (
        "dense Kullback-Leibler, 1025 rows, K 60: columns (the last: 20 M entries)",
        ((n, np.ascontiguousarray(powers[:, :n]), 60, {}) for n in doubled(2500, 4)),
    )
    part = np.ascontiguousarray(powers[:, :10_000])
    yield (
        "dense Kullback-Leibler, 1025 x 10,000: K",
        ((k, part, k, {}) for k in doubled(15, 4)),
    )
    yield (
        "convolutive Itakura-Saito, 513 rows, K 30, L 12: columns",
        ((n, np.ascontiguousarray(powers[:513, :n]), 30, itakura_saito) for n in doubled(1250, 5)),
    )


def doubled(start: int, times: int) -> list[int]:
    """Return a number, its double and so on."""
    return [start << power for power in range(times)]


def growth(runs: int) -> None:
    """Print the time of an iteration as a matrix or the number of components doubles.

    The iteration is the difference of calls of `FEW` and `MANY`, which drops what is done once; of
    each the fastest run, as a difference suffers from a slow one more than a ratio does.
    """
    print(f"Growth: an iteration, a call of {MANY}, and both as ratios to the line before")
    for title, lines in growing():
        print(f"  {title}")
        before = None
        for size, X, n_components, options in lines:
            fit = partial(factorize, X, n_components, seed=0, tol=0, **options)
            fit(max_iter=1)
            calls = {n_iter: partial(fit, max_iter=n_iter) for n_iter in (FEW, MANY)}
            times = take_turns(calls, runs)
            whole = min(times[MANY].seconds)
            iteration = (whole - min(times[FEW].seconds)) / (MANY - FEW)
            ratios = (
                ""
                if before is None
                else f"  x{iteration / before[0]:.2f}  x{whole / before[1]:.2f}"
            )
            print(f"    {size:>11,}: {1e3 * iteration:8.2f} ms {whole:7.3f} s{ratios}", flush=True)
            before = iteration, whole


def main() -> None:
    """Measure and print."""
    parts = {"convolutive": convolutive, "sparse": sparse, "dense": dense, "growth": growth}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=parts, help="all, if not given")
    parser.add_argument("--runs", type=int, metavar="N", default=5, help="of each task")
    options = parser.parse_args()
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"WARNING: the machine is busy (load {load:.1f}), which slows some more than others")
    for name in [options.part] if options.part else parts:
        parts[name](options.runs)


if __name__ == "__main__":
    main()
