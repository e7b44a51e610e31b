"""Clusters, and zeros that stay.

Each column of a matrix takes most of one basis: asking which sorts the columns into clusters, and a
basis is what its cluster has in common. Rows can be asked likewise to which basis they give most,
so NMF finds clusters of both at once. Above: who bought which goods, in no order; customers sorted
by their strongest activation; goods sorted, too. Blocks appear, and they are the true ones.

Multiplicative updates multiply: an entry that starts at zero is zero for ever. So structure can be
imposed by where the start is zero. Below: the overtones of three strings, two of which are always
struck together. NMF takes these two for one sound and shares the third out between its other bases.
If each basis may be positive at the multiples of one fundamental only, and starts at zero elsewhere
(hatched), all three come apart. What nothing can tell is how two sounds that are never heard apart
share an overtone that both have, here the twelfth row.
"""

import numpy as np
from matplotlib.figure import Figure

from tdsep.nmf import factorize

rng = np.random.default_rng(2)

# Goods × customers: each group of customers buys one group of goods, and a little of all others.
groups_of_goods = rng.permutation(np.repeat([0, 1, 2], [10, 6, 8]))
groups_of_customers = rng.permutation(np.repeat([0, 1, 2], [8, 14, 10]))
rates = np.where(np.equal.outer(groups_of_goods, groups_of_customers), 4.0, 0.6)
bought = rng.poisson(rates)

found = factorize(bought, 3, seed=0)
clusters_of_goods = (found.bases * found.activations.sum(axis=1)).argmax(axis=1)
clusters_of_customers = found.activations.argmax(axis=0)
for clusters, groups in (
    (clusters_of_goods, groups_of_goods), (clusters_of_customers, groups_of_customers),
):  # fmt: skip
    assert len(set(zip(clusters, groups, strict=True))) == 3  # every cluster is one true group
goods, customers = clusters_of_goods.argsort(), clusters_of_customers.argsort()

# Overtones × time of three strings, whose fundamentals are the rows 3, 4 and 5.
row = np.arange(1, 21)
fundamentals = np.array([3, 4, 5])
allowed = row[:, None] % fundamentals == 0
true_bases = allowed * 0.8 ** (row[:, None] / fundamentals - 1)
struck, silent = 0.8 ** np.arange(12), np.zeros(12)
together = np.concatenate([struck, silent, 0.7 * struck])
true_activations = np.array([together, together, np.concatenate([silent, struck, struck])])
overtones = true_bases @ true_activations

options = {"solver": "multiplicative", "max_iter": 1000, "tol": 0, "seed": 0}
free = factorize(overtones, 3, **options)
start = allowed * rng.uniform(0.5, 1, allowed.shape)
imposed = factorize(overtones, 3, bases=start, **options)
assert (imposed.bases[~allowed] == 0).all()
assert max(free.losses[-1], imposed.losses[-1]) < 1e-5  # both explain all there is

loud = imposed.bases * imposed.activations.max(axis=1)
assert np.allclose(loud[row != 12], true_bases[row != 12], atol=0.01)
heard = [true_bases[:, 0] + true_bases[:, 1], true_bases[:, 2]]
for basis in free.bases.T:
    assert min(abs(basis - sound / sound.sum()).max() for sound in heard) < 0.01

figure = Figure(figsize=(10, 7), layout="constrained")
above, below = figure.subplots(2, 3)
orders = {
    "Bought, in no order": bought,
    "Customers sorted": bought[:, customers],
    "Goods sorted, too": bought[goods][:, customers],
}
for axes, (title, matrix) in zip(above, orders.items(), strict=True):
    axes.imshow(matrix, cmap="Greys", aspect="auto")
    axes.set(title=title, xlabel="Customer", xticks=[], yticks=[])
above[0].set_ylabel("Good")
for edge in np.bincount(clusters_of_customers).cumsum()[:-1] - 0.5:
    above[1].axvline(edge, color="C1")
    above[2].axvline(edge, color="C1")
for edge in np.bincount(clusters_of_goods).cumsum()[:-1] - 0.5:
    above[2].axhline(edge, color="C1")

below[0].imshow(overtones, cmap="magma", aspect="auto", origin="lower", extent=(0, 36, 0.5, 20.5))
below[0].set(title="Three strings", xlabel="Time", ylabel="Row (frequency)", xticks=[])
for axes, title, bases in (
    (below[1], "Bases, free", free.bases),
    (below[2], "Bases, zeros imposed", np.ma.array(imposed.bases, mask=~allowed)),
):  # fmt: skip
    image = bases / bases.max(axis=0)
    axes.imshow(image, cmap="magma", vmin=0, aspect="auto", origin="lower",
                extent=(0.5, 3.5, 0.5, 20.5))  # fmt: skip
    axes.set(title=title, xlabel="Basis", xticks=[1, 2, 3])
    axes.vlines([1.5, 2.5], 0.5, 20.5, color="white", linewidth=1)
below[2].patch.set(facecolor="0.25", edgecolor="0.5", hatch="///")
for axes in below:
    axes.set_yticks([3, 4, 5, 12, 20])

if __name__ == "__main__":
    figure.savefig("clustering.png")
