"""The error of factorisations against their number of components."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tdsep.nmf import RankChoice
from tdsep.plots.canvas import plain


def rank_sheet(choice: RankChoice, title: str = "") -> Figure:
    """Draw the error on what was learned from and on what was held out, and mark the choice.

    Each repeat of the latter is a thin line, their median a thick one.
    """
    figure = Figure(figsize=(13, 5.5), layout="constrained")
    found = f"{choice.n_components} components: " if choice.convincing else ""
    lines = [plain(title), found + choice.reason]
    figure.suptitle("\n".join(filter(None, lines)), fontsize=11, wrap=True)
    left, right = figure.subplots(1, 2)
    left.plot(choice.candidates, choice.errors, "o-", color="0.4", label="all entries")
    left.set_title("Error on entries learned from")
    middle = np.median(choice.held_out_errors, axis=1)
    repeats = right.plot(choice.candidates, choice.held_out_errors, color="#1f77b4", linewidth=0.7)
    repeats[0].set_label("each repeat")
    right.plot(choice.candidates, middle, "o-", color="#1f77b4", label="their median")
    right.set_title("Error on entries held out")
    for axes in (left, right):
        axes.axvline(choice.n_components, color="#d62728", linestyle="--", label="the choice")
        axes.set(xlabel="Components", ylabel="Divergence of an entry")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    # One wild repeat must not flatten all others.
    highest = 1.5 * float(np.quantile(choice.held_out_errors, 0.9))
    right.set_ylim(top=min(highest, right.get_ylim()[1]))
    return figure
