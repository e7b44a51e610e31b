"""Probability from a table of purchases.

A shop has noted forty purchases: who bought, and what. Each count over forty is a joint probability
p(who, what). Adding up a row tells how often a customer buys at all, adding up a column how often a
thing is bought (the sum rule); dividing by such a total asks about one customer only, or about one
thing only, and the joint is the product of the two (the product rule):

    p(who) = Σ_what p(who, what),    p(who, what) = p(what | who) p(who).

Now somebody has bought tea. Who was it? Ada comes most often, but most of what Ben buys is tea.
Bayes' rule weighs the one against the other,

    p(who | tea) = p(who) p(tea | who) / p(tea),

and says Ben, with probability one half, though only a fifth of all purchases are his.

Keep the question in mind: each moment and frequency of a recording shows a *what*, something that
can be measured, and hides a *who*, the talker it came from. The same rule will name the talker.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tdsep.plots.talkers import TALKER_COLOURS

people = ["Ada", "Ben", "Cleo"]
goods = ["bread", "cheese", "apples", "tea"]
counts = np.array([[8, 5, 4, 3], [1, 1, 1, 5], [3, 2, 5, 2]])
assert counts.sum() == 40

joint = counts / counts.sum()  # p(who, what)
who = joint.sum(axis=1)  # the sum rule, over all that can be bought
what = joint.sum(axis=0)  # and over all who buy
what_given_who = joint / who[:, None]  # each row adds up to 1
who_given_what = joint / what  # each column adds up to 1
np.testing.assert_allclose(what_given_who * who[:, None], who_given_what * what)  # product rule

tea = goods.index("tea")
who_given_tea = who * what_given_who[:, tea] / what[tea]  # Bayes' rule
np.testing.assert_allclose(who_given_tea, who_given_what[:, tea])
assert people[who.argmax()] == "Ada" and people[who_given_tea.argmax()] == "Ben"
np.testing.assert_allclose([who[1], who_given_tea[1]], [1 / 5, 1 / 2])
assert what_given_who[1, tea] > 1 / 2


def percent(share):
    """Write a probability."""
    return f"{100 * share:.3g}%"


def table(axes, title, values, row_totals=(), column_totals=()):
    """Draw probabilities as a heat map, with totals beside it in bold."""
    axes.imshow(values, cmap="Greens", vmin=0, vmax=0.9)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, percent(value), ha="center", va="center")
    for row, total in enumerate(row_totals):
        axes.text(3.65, row, percent(total), va="center", weight="bold")
    for column, total in enumerate(column_totals):
        axes.text(column, 2.85, percent(total), ha="center", va="center", weight="bold")
    axes.set_xticks(range(4), goods)
    axes.set_yticks(range(3), people, weight="bold")
    for label, colour in zip(axes.get_yticklabels(), TALKER_COLOURS, strict=False):
        label.set_color(colour)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(-0.5, 4.4), ylim=(3.1, -0.5))
    axes.set_title(title, fontsize=11, x=0.41)


figure = Figure(figsize=(11, 5.4), layout="constrained")
rows = figure.add_gridspec(2, 1, height_ratios=(5, 3), hspace=0.08)
left, middle, right = rows[0].subgridspec(1, 3).subplots()
table(left, "p(who, what), and in bold\np(who) and p(what)", joint, who, what)
table(middle, "p(what | who):\nrows add up to 1", what_given_who, what_given_who.sum(axis=1))
table(right, "p(who | what):\ncolumns add up to 1", who_given_what, (), who_given_what.sum(axis=0))
for axes in (middle, right):
    axes.add_patch(Rectangle((tea - 0.48, -0.48), 0.96, 2.96, fill=False, linewidth=2))

steps = {
    "p(who)": who,
    "times p(tea | who)": what_given_who[:, tea],
    "over p(tea) is p(who | tea)": who_given_tea,
}
for axes, (title, values) in zip(rows[1].subgridspec(1, 3).subplots(), steps.items(), strict=True):
    bars = axes.barh(people, values, color=TALKER_COLOURS[:3])
    axes.bar_label(bars, [percent(value) for value in values], padding=4)
    axes.set_title(title, fontsize=11, x=0.41)
    axes.set(xlim=(0, 0.85), xticks=[])
    axes.invert_yaxis()
    axes.spines[["top", "right", "bottom"]].set_visible(False)

if __name__ == "__main__":
    figure.savefig("purchases.png")
