"""Is the number of components found? python benchmarks/rank_choice.py.

Random matrices of 3 to 15 components under Poisson noise (counts) and exponential noise (powers of
a spectrogram), and matrices without structure. Beside tdsep's choice by held-out entries stand the
elbow of the error on what was learned from (where it bends most: its largest second difference)
and Minka's number for PCA (scikit-learn).
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.decomposition import PCA

from tdsep.nmf import choose_rank

RANKS = (3, 5, 8, 11, 15)
SHAPE = (250, 500)


def matrix(noise: str, rank: int, seed: int) -> np.ndarray:
    """Draw gamma-distributed factors and noise; of rank 0 the mean is the same everywhere."""
    rng = np.random.default_rng([seed, rank])
    means = np.ones(SHAPE)
    if rank:
        means = rng.gamma(0.5, 1, (SHAPE[0], rank)) @ rng.gamma(0.5, 1, (rank, SHAPE[1]))
    means /= means.mean()
    return rng.poisson(8 * means) if noise == "Poisson" else means * rng.exponential(1, SHAPE)


def elbow(candidates: np.ndarray, errors: np.ndarray) -> int:
    """Return where a curve bends most."""
    return int(candidates[1 + np.argmax(np.diff(errors, 2))])


def main() -> None:
    """Print a table and how often each was right."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--divergence", default="kullback-leibler")
    wanted = parser.parse_args()
    right = np.zeros(3, int)
    count = 0
    print(f"{'noise':12} {'true':>4}  tdsep elbow PCA  seconds")
    for noise in ("Poisson", "exponential"):
        for rank in (0, *RANKS):
            for seed in range(wanted.seeds):
                data = matrix(noise, rank, seed)
                start = time.perf_counter()
                found = choose_rank(
                    data, range(1, max(rank, 4) + 5), divergence=wanted.divergence, seed=seed
                )
                spent = time.perf_counter() - start
                pca = PCA(n_components="mle", svd_solver="full").fit(data.T).n_components_
                answers = np.array([found.n_components, elbow(found.candidates, found.errors), pca])
                print(
                    f"{noise:12} {rank or 'none':>4}  {answers[0]:5} {answers[1]:5} {answers[2]:3}"
                    f"  {spent:7.1f}",
                    flush=True,
                )
                if rank:
                    right += answers == rank
                    count += 1
    names = ("tdsep", "elbow", "PCA")
    print("right:", ", ".join(f"{n} {r} of {count}" for n, r in zip(names, right, strict=True)))


if __name__ == "__main__":
    main()
