"""How many bases? The error against their number.

The more bases, the smaller the error: it falls for ever, as in the end every column could be a
basis of its own. So the error on what was learned from cannot say when to stop; at best its curve
has an elbow.

Hide some entries instead, learn from the others, and ask how well the hidden ones are predicted.
As long as a new basis finds something that is there, it helps there, too; a basis that explains
chance does harm. The error on hidden entries falls, turns and rises, and where it is least is the
number to take. The matrix on the left is made of six bases, with noise as photons or purchases
have it: the curve turns at six.

The matrix on the right has no structure at all. What was learned from is explained better and
better, too, and one might see an elbow in that. But hidden entries are predicted worse with every
basis: the honest answer is one.

    tdsep nmf-rank data/counts.npz --to 10
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tdsep.nmf import choose_rank

rng = np.random.default_rng(0)
means = rng.gamma(0.5, 1, (80, 6)) @ rng.gamma(0.5, 1, (6, 120))
structured = rng.poisson(8 * means / means.mean())
chance = rng.poisson(8, (80, 120))

figure = Figure(figsize=(11, 4.5), layout="constrained")
titles = "A matrix of six bases", "A matrix of chance alone"
chosen = []
for axes, matrix, title in zip(figure.subplots(1, 2), (structured, chance), titles, strict=True):
    found = choose_rank(matrix, range(1, 11), seed=0)
    assert (np.diff(found.errors) < 0).all()
    chosen.append(found.n_components)
    axes.plot(
        found.candidates, found.errors, "o-", color="0.5", label="error on what it learns from"
    )
    unseen = np.median(found.held_out_errors, axis=1)
    axes.plot(found.candidates, unseen, "o-", color="#1f77b4", label="error on hidden entries")
    axes.axvline(found.n_components, color="#d62728", linestyle="--", label="the choice")
    axes.set(xlabel="Bases", ylabel="Kullback-Leibler divergence of an entry", title=title)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
assert chosen == [6, 1]

if __name__ == "__main__":
    figure.savefig("how_many_bases.png")
