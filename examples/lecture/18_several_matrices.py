"""Several matrices share their factors.

Of who bought what only a few cells are known, and NMF of this table alone has little to go by. But
there are other tables: the words that are written about each good, and where each customer is seen.
A good that is described like another will be bought by the same people, so let the tables share
their factors: customers C, goods G, words W, towns T, all with the same K components,

    bought ≈ C Gᵀ,    described ≈ G Wᵀ,    seen ≈ C Tᵀ.

The multiplicative updates stay what they were: what a factor's numerator and denominator sum over
is now more than one table. This is non-negative *multiple* matrix factorisation.

Left, what is known of the purchases when 3 % of their cells are; in the middle, what the tables
together make of it. Right, the divergence of the cells that were not known: the fewer are known,
the more the other tables help.

    tdsep nmf-joint data/shop_customer_good.csv data/shop_good_word.csv data/shop_customer_town.csv
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.special import kl_div

from tdsep.nmf import complete_jointly

rng = np.random.default_rng(1)
BOUGHT, DESCRIBED, SEEN = ("customer", "good"), ("good", "word"), ("customer", "town")
sizes = {"customer": 90, "good": 70, "word": 60, "town": 8}
factors = {mode: rng.gamma(0.3, 1, (n, 4)) for mode, n in sizes.items()}
tables = {}
for a, b in (BOUGHT, DESCRIBED, SEEN):
    means = factors[a] @ factors[b].T
    tables[a, b] = rng.poisson(5 * means / means.mean())
purchases = tables[BOUGHT]


def predicted(used, known):
    """Predict all purchases by some tables and the purchases that are known."""
    weights = {BOUGHT: known.astype(float)}
    found = complete_jointly({pair: tables[pair] for pair in used}, 4, weights=weights, seed=0)
    return found.prediction(BOUGHT)


shares = 0.01, 0.03, 0.1, 0.3
errors = {"the purchases alone": [], "the tables together": []}
for share in shares:
    known = rng.random(purchases.shape) < share
    for name, used in zip(errors, ([BOUGHT], list(tables)), strict=True):
        model = predicted(used, known)
        errors[name].append(kl_div(purchases, model)[~known].mean())
    if share == 0.03:
        shown, together = np.where(known, purchases, np.nan), model
alone, joint = (np.array(values) for values in errors.values())
assert (joint[:2] < 0.8 * alone[:2]).all()  # at least 20 % lower where little is known
assert joint[-1] < 1.1 * alone[-1]

figure = Figure(figsize=(11, 4.3), layout="constrained")
left, middle, right = figure.subplots(1, 3)
order = [np.lexsort((factors[mode].max(axis=1), factors[mode].argmax(axis=1))) for mode in BOUGHT]
pictures = {"Purchases: 3 % are known": shown, "What all tables say together": together}
for axes, (title, picture) in zip((left, middle), pictures.items(), strict=True):
    axes.set_facecolor("0.85")
    axes.imshow(np.sqrt(picture[np.ix_(*order)]), aspect="auto", vmin=0, vmax=5)
    axes.set(title=title, xlabel="Goods", ylabel="Customers", xticks=[], yticks=[])
for (name, values), colour in zip(errors.items(), ("#ff7f0e", "#1f77b4"), strict=True):
    right.loglog(100 * np.array(shares), values, "o-", color=colour, label=name)
right.set(xlabel="Purchases known (%)", ylabel="Divergence of an unknown cell")
right.set_xticks(100 * np.array(shares), [f"{100 * share:g}" for share in shares])
right.set_title("Prediction of the others")
right.legend()

if __name__ == "__main__":
    figure.savefig("several_matrices.png")
