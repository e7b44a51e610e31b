"""What tables that share rows or columns add to the prediction of one of them.

    python benchmarks/joint_gain.py [--tables 12] [--seed 0] [--share 0.01] [--trouble]

Draws users x goods, goods x words and users x towns at random: 50 to 500 names of each (5 to 50
towns), 2 to 12 components, counts (Poisson, means from 0.5 to 30) or positive values with noise of
10 or 30 %. Of users x goods a share of the entries is known; the others are predicted. Printed is
the Kullback-Leibler divergence of an unknown entry from its prediction, on average, by

- truth: the expectations that the entries were drawn from; nobody can do better but by luck;
- NMMF: tdsep.nmf.complete_jointly of all three tables, as `tdsep nmf-joint` does;
- plain NMMF: the joint factorisation of the paper, without a prior;
- NMF: complete_jointly of users x goods alone, with whichever K from 1 to 12 does best here;
- plain NMF: maximum likelihood of the known entries, again with the best K;
- zeros: NMF with unknown entries taken for zeros (scikit-learn has no other), with the best K;
- means: row mean x column mean / mean, each drawn to the mean of all by five average entries.

"gain" is how much lower NMMF is than the best of NMF and plain NMF. --trouble draws tables that
break the model: each user's and good's total differs from table to table by a gamma of shape 2, or
the towns have nothing to do with the goods. Figures in README.md: the defaults, and --trouble.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import kl_div
from sklearn.decomposition import non_negative_factorization

from tdsep.nmf import complete_jointly, factorize, factorize_jointly
from tdsep.nmf.held_out import row_and_column_means

TARGET = ("user", "good")
PAIRS = (TARGET, ("good", "word"), ("user", "town"))
RANKS = (1, 2, 3, 5, 8, 12)


@dataclass(frozen=True)
class Tables:
    """Three tables, the expectations of the first one, and which of its entries are known."""

    words: str
    matrices: dict[tuple[str, str], np.ndarray]
    truth: np.ndarray
    known: np.ndarray
    n_components: int


def draw(rng: np.random.Generator, share: float, trouble: str) -> Tables:
    """Draw tables of random sizes, components and noise."""
    sizes = {
        mode: round(np.exp(rng.uniform(*np.log((50, 500))))) for mode in ("user", "good", "word")
    }
    sizes["town"] = round(np.exp(rng.uniform(*np.log((5, 50)))))
    n_components = int(rng.integers(2, 13))
    shape = rng.uniform(0.2, 1.0)
    noise = str(rng.choice(["counts", "10 %", "30 %"]))
    factors = {mode: rng.gamma(shape, 1 / shape, (n, n_components)) for mode, n in sizes.items()}
    matrices, truth, level = {}, np.empty(0), 0.0
    for row, column in PAIRS:
        rows, columns = factors[row], factors[column]
        if (row, column) != TARGET and trouble == "totals":
            rows = rows * rng.gamma(2.0, 0.5, (sizes[row], 1))
        if column == "town" and trouble == "unrelated":
            rows = rng.permutation(rows)
        model = rows @ columns.T
        if noise == "counts":
            mean = np.exp(rng.uniform(*np.log((0.5, 30))))
            model *= mean / model.mean()
            matrices[row, column] = rng.poisson(model).astype(np.float64)
        else:
            mean = 1.0
            spread = {"10 %": 0.1, "30 %": 0.3}[noise]
            model *= mean / model.mean()
            matrices[row, column] = model * rng.gamma(spread**-2, spread**2, model.shape)
        if (row, column) == TARGET:
            truth, level = model, mean
    known = rng.random(truth.shape) < share
    dimensions = " x ".join(str(sizes[mode]) for mode in ("user", "good", "word", "town"))
    words = f"{dimensions}, K {n_components}, " + (
        f"counts of mean {level:.1f}" if noise == "counts" else f"noise {noise}"
    )
    return Tables(words, matrices, truth, known, n_components)


def errors(tables: Tables, seed: int) -> dict[str, float]:
    """Return the divergence of an unknown entry by each method."""
    X, known = tables.matrices[TARGET], tables.known
    weights = {TARGET: known.astype(np.float32)}

    def error(model: np.ndarray) -> float:
        return float(kl_div(X, np.maximum(model, 1e-12))[~known].mean())

    def completed(matrices: dict, rank: int) -> float:
        found = complete_jointly(matrices, rank, weights=weights, seed=seed)
        return error(found.prediction(TARGET))

    plain = factorize_jointly(tables.matrices, tables.n_components, weights=weights, seed=seed)
    return {
        "truth": error(tables.truth),
        "NMMF": completed(tables.matrices, tables.n_components),
        "plain NMMF": error(plain.reconstruction(TARGET)),
        "NMF": min(completed({TARGET: X}, rank) for rank in RANKS),
        "plain NMF": min(
            error(factorize(X, rank, weights=weights[TARGET], seed=seed).reconstruction())
            for rank in RANKS
        ),
        "zeros": min(error(with_zeros(np.where(known, X, 0), rank, seed)) for rank in RANKS),
        "means": error(row_and_column_means(X, known)),
    }


def with_zeros(X: np.ndarray, rank: int, seed: int) -> np.ndarray:
    """Model a matrix by scikit-learn's Kullback-Leibler NMF."""
    with warnings.catch_warnings():  # that it did not converge
        warnings.simplefilter("ignore")
        W, H, _ = non_negative_factorization(
            X, n_components=rank, init="random", solver="mu", beta_loss="kullback-leibler",
            random_state=seed,
        )  # fmt: skip
    return W @ H


def main() -> None:
    """Print a line for each draw, and how they fared together."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=int, default=12, help="how many are drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.01, help="of users x goods that is known")
    parser.add_argument("--trouble", action="store_true")
    options = parser.parse_args()
    troubles = ("totals", "unrelated") if options.trouble else ("none",)
    for trouble in troubles:
        if options.trouble:
            print(f"\ntrouble: {trouble}")
        gains = []
        for number in range(options.tables):
            rng = np.random.default_rng([options.seed, number])
            tables = draw(rng, options.share, trouble)
            found = errors(tables, number)
            if not number:
                print(
                    f"{'users x goods x words x towns':48}",
                    *(f"{name:>10}" for name in found),
                    "  gain",
                )
            gains.append(1 - found["NMMF"] / min(found["NMF"], found["plain NMF"]))
            print(f"{tables.words:48}", *(f"{value:10.3g}" for value in found.values()),
                  f"{gains[-1]:6.0%}", flush=True)  # fmt: skip
        print(f"gain: median {np.median(gains):.0%}, least {min(gains):.0%}, "
              f"at least 20 % in {np.mean(np.array(gains) >= 0.2):.0%}")  # fmt: skip


if __name__ == "__main__":
    main()
