"""From one to many: the idea behind both methods.

Above, 500 numbers. One Gaussian explains them badly, so let a hidden k say which of three each came
from. Below, a table of purchases again: customer x buys y. Had all the same taste, x and y would be
independent, and the totals of rows and columns would say everything: a matrix of rank one. They are
not, so let a hidden k say which of three habits each purchase came from. Given the habit, x and y
are independent after all:

    p(x) = N(x; μ, σ²)        p(x) = Σₖ πₖ N(x; μₖ, σₖ²)
    p(x, y) = p(x) p(y)       p(x, y) = Σₖ p(k) p(x|k) p(y|k)

The first row is the Gaussian mixture, the second non-negative matrix factorisation: p(y|k) are
bases, p(k) p(x|k) activations. One component is found at once, by averages or totals. Many are
found in turns: Bayes' rule says how much of each thing is k's, and averages or totals of these
shares follow. (The script shows that this is just what the multiplicative update does under the
Kullback-Leibler divergence.)

So talkers and notes are found alike: explain what you see as a sum of simple parts, and ask of
everything how much of it is each part's.
"""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from tdsep.gmm.mixture import fit_gaussian_mixture
from tdsep.nmf import divergence, factorize
from tdsep.plots.talkers import TALKER_COLOURS

rng = np.random.default_rng(3)
numbers = np.concatenate([rng.normal(*g) for g in ((-3, 0.7, 150), (0, 0.5, 150), (2.5, 1, 200))])
one = fit_gaussian_mixture(numbers, 1)
several = fit_gaussian_mixture(numbers, 3, n_init=5, seed=0)
np.testing.assert_allclose((one.means[0], one.variances[0]), (numbers.mean(), numbers.var()))

# Three habits, and 24 customers who have mostly one of them.
goods = ["bread", "jam", "coffee", "butter", "eggs", "sugar", "flour", "noodles", "tomatoes", "oil"]
habits = np.array(
    [
        [5, 3, 5, 3, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 3, 5, 4, 5, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 6, 5, 3],
    ]
)
tastes = np.repeat(np.eye(3), 8, axis=0) + rng.uniform(0, 0.35, (24, 3))
table = rng.poisson(1.5 * tastes @ habits).T  # [goods, customers]

totals = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
single = factorize(table, 1, dtype=np.float64)
np.testing.assert_allclose(single.reconstruction(), totals, rtol=1e-6)
found = factorize(table, 3, seed=0, dtype=np.float64)
for habit in habits:  # each is found again
    assert max(np.corrcoef(habit, basis)[0, 1] for basis in found.bases.T) > 0.95

# One multiplicative update is one step of EM.
bases, activations = rng.uniform(size=(10, 3)), rng.uniform(size=(3, 24))
parts = bases.T[:, :, None] * activations[:, None]
shares = parts / parts.sum(axis=0)  # E: p(k | x, y), by Bayes' rule
totals_of_shares = (shares * table).sum(axis=2).T  # M
step = factorize(
    table, 3, bases=bases, activations=activations, max_iter=1, solver="multiplicative",
    dtype=np.float64,
)  # fmt: skip
np.testing.assert_allclose(step.bases, totals_of_shares / totals_of_shares.sum(axis=0))

figure = Figure(figsize=(11, 7), layout="constrained")
rows = figure.add_gridspec(2, 1, height_ratios=(3, 4))
above, below = (row.subgridspec(1, 3).subplots() for row in rows)
grid = np.linspace(-6, 6, 400)
for axes in above:
    axes.hist(numbers, 50, density=True, color="0.82")
    axes.set(xlim=(-6, 6), yticks=[])
above[0].set_title("500 numbers", fontsize=11)
above[1].plot(grid, one.density(grid)[0], color="black", linewidth=2)
above[1].set_title(f"One Gaussian: L = {one.log_likelihood[-1]:.2f} a number", fontsize=11)
for part, colour in zip(several.density(grid), TALKER_COLOURS, strict=False):
    above[2].plot(grid, part, color=colour, linewidth=2)
above[2].set_title(f"Three Gaussians: L = {several.log_likelihood[-1]:.2f}", fontsize=11)


def draw(axes, title, layers, colours):
    """Draw matrices on white paper, each in its ink."""
    inks = 1 - np.array([to_rgb(colour) for colour in colours])
    amounts = np.clip(np.array(layers) / table.max(), 0, 1) ** 0.7
    axes.imshow(np.prod(1 - amounts[..., None] * inks[:, None, None], axis=0), aspect="auto")
    axes.set_yticks(range(len(goods)), goods)
    axes.set(xticks=[], xlabel="24 customers")
    axes.set_title(title, fontsize=11)


order = found.activations.argmax(axis=1).argsort()  # of the customers who have most of each
layers = found.bases.T[order, :, None] * found.activations[order, None]
np.testing.assert_allclose(layers.sum(axis=0), found.reconstruction())
by_totals, by_nmf = divergence(table, totals), divergence(table, layers.sum(axis=0))
assert several.log_likelihood[-1] > one.log_likelihood[-1] and by_nmf < by_totals / 4
draw(below[0], f"{table.sum()} purchases", [table], ["black"])
draw(below[1], f"Totals, rank one: divergence {by_totals:.0f}", [totals], ["black"])
draw(below[2], f"NMF, rank three: divergence {by_nmf:.0f}", layers, TALKER_COLOURS[:3])

if __name__ == "__main__":
    figure.savefig("one_to_many.png")
