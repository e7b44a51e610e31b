"""The error of factorisations against their number of components."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tdsep.nmf import RankChoice
from tdsep.plots.canvas import plain


def rank_sheet(choice: RankChoice, title: str = "") -> Figure:
    """Draw the error on entries learned from and on entries held out, and mark the choice.

    Each repeat of the latter is a thin line, their median a thick one.
    """
    figure = Figure(figsize=(10, 6), layout="constrained")
    axes = figure.add_subplot()
    numbers = choice.candidates
    axes.plot(numbers, choice.errors, color="0.5", marker=".", label="on entries learned from")
    axes.plot(numbers, choice.held_out_errors, color="#1f77b4", linewidth=0.7, alpha=0.6)
    middle = np.median(choice.held_out_errors, axis=1)
    axes.plot(numbers, middle, color="#1f77b4", marker="o", label="on entries held out (median)")
    axes.axvline(choice.n_components, color="#d62728", linestyle="--", label="the choice")
    if min(choice.errors.min(), choice.held_out_errors.min()) > 0:
        axes.set_yscale("log")
    axes.set(xlabel="Components", ylabel="Divergence of an entry")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    axes.set_title(f"{choice.n_components} components: {choice.reason}", fontsize=9, wrap=True)
    if title:
        figure.suptitle(plain(title), fontsize=13)
    return figure
