"""A non-negative matrix factorised by hand.

A matrix V without negative entries, 4 × 5, shall be nearly the product of two small ones: the
columns of W are patterns ("bases"), and H says how much of each every column of V takes
("activations"). As nothing is negative, patterns are added up, never taken away: each has to be a
part of what is seen.

Start at random. Compare V with Y = WH, and multiply each entry of W by what it should explain over
what it does explain; then H likewise, with the new W (Lee and Seung):

    W ← W · [(V·Yᵝ⁻²) Hᵀ / Yᵝ⁻¹ Hᵀ]ᵞ        H ← H · [Wᵀ (V·Yᵝ⁻²) / Wᵀ Yᵝ⁻¹]ᵞ

β is 2 for the Euclidean distance, 1 for the Kullback-Leibler divergence, 0 for Itakura-Saito, for
which γ is ½, else 1. The factors stay non-negative by themselves, and the loss never rises.

Above: what the Euclidean distance finds. Below: the losses. While both patterns are still alike,
little happens; then they part. The dots are `tdsep.nmf`, which makes the same steps.
"""

import numpy as np
from matplotlib.figure import Figure

from tdsep.nmf import divergence, factorize

V = np.array([[6, 2, 9, 4, 1], [5, 4, 7, 5, 3], [2, 7, 3, 5, 6], [1, 8, 1, 4, 8]], float)
rng = np.random.default_rng(3)
start = rng.uniform(0.5, 1.5, (4, 2)), rng.uniform(1, 3, (2, 5))
n_iter = 60


def updated(W, H, beta, gamma):
    """Lee and Seung's step: W, then H."""
    Y = W @ H
    W = W * ((V * Y ** (beta - 2)) @ H.T / (Y ** (beta - 1) @ H.T)) ** gamma
    Y = W @ H
    H = H * (W.T @ (V * Y ** (beta - 2)) / (W.T @ Y ** (beta - 1))) ** gamma
    return W, H


def likeness(W):
    """How alike the two patterns are: the cosine of the angle between them."""
    return W[:, 0] @ W[:, 1] / np.linalg.norm(W, axis=0).prod()


ours, theirs, factors = {}, {}, {}
for kind, beta, gamma in (
    ("euclidean", 2.0, 1), ("kullback-leibler", 1.0, 1), ("itakura-saito", 0.0, 0.5),
):  # fmt: skip
    path = [start]
    for _ in range(n_iter):
        path.append(updated(*path[-1], beta, gamma))
    ours[kind] = [divergence(V, W @ H, kind) for W, H in path]
    assert (np.diff(ours[kind]) <= 0).all()
    assert likeness(path[6][0]) > 0.95 and likeness(path[-1][0]) < 0.4
    factors[kind] = path[-1]

    found = factorize(
        V, 2, divergence=kind, bases=start[0], activations=start[1], solver="multiplicative",
        max_iter=n_iter, tol=0, dtype="float64",
    )  # fmt: skip
    assert np.allclose(found.losses, ours[kind], rtol=1e-6)
    theirs[kind] = found.losses

W, H = factors["euclidean"]
sizes = W.sum(axis=0)  # W twice as large and H half is the same model: let patterns add up to 1
W, H = W / sizes, H * sizes[:, None]
assert abs(V - W @ H).max() < 0.5


def table(axes, numbers, title, digits, colours):
    """Write numbers into the cells of a table, large ones on darker ground."""
    axes.imshow(numbers, cmap=colours, vmin=0, vmax=1.6 * numbers.max())
    for (row, column), number in np.ndenumerate(numbers):
        axes.text(column, row, f"{number:.{digits}f}", ha="center", va="center")
    middle = (len(numbers) - 1) / 2
    axes.set(ylim=(middle + 2, middle - 2))  # four rows high, whatever it has
    axes.set_title(title, fontsize=15)
    axes.set_axis_off()


figure = Figure(figsize=(10, 6), layout="constrained")
rows = figure.add_gridspec(2, 1, height_ratios=(1, 1.2))
columns = rows[0].subgridspec(1, 4, width_ratios=(5, 2, 5, 5))
tables = [figure.add_subplot(column) for column in columns]
table(tables[0], V, "V", 0, "Greys")
table(tables[1], W, "≈ W", 2, "Blues")
table(tables[2], H, "· H", 1, "Oranges")
table(tables[3], W @ H, "= Y", 1, "Greys")
columns = rows[1].subgridspec(1, 3)
for column, kind in zip(columns, ours, strict=True):
    axes = figure.add_subplot(column)
    axes.semilogy(ours[kind], label="by hand")
    axes.semilogy(theirs[kind], "k.", markevery=4, label="tdsep.nmf")
    axes.set(title=kind.title(), xlabel="Iteration")
    if kind == "euclidean":
        axes.set_ylabel("Loss")
        axes.legend()

if __name__ == "__main__":
    figure.savefig("nmf_by_hand.png")
