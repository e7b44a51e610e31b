"""Figures of tables explained together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import scipy.sparse as sp
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure, FigureBase

from tdsep.nmf import JOINT_FIGURES, Comparison, Completion
from tdsep.plots.canvas import plain
from tdsep.plots.fonts import families
from tdsep.tables import JoinedTables

#: Names of one axis that can be read beside each other; more are left out.
_MOST_NAMES = 60
#: Cells of an image along one side; larger tables are drawn by means of blocks.
_MOST_CELLS = 400
_LONGEST_NAME = 20
_MISSING = "#d8d8d8"
_BARS = {"together": "#1f77b4", "alone": "#ff7f0e", "means": "#7f7f7f"}


def joint_sheet(
    tables: JoinedTables,
    completion: Completion,
    comparison: Comparison | None = None,
    title: str = "",
) -> Figure:
    """Draw all figures of tables explained together on one sheet.

    From the top: each table as it is known, and its model; the factor of each mode; the divergence,
    the priors tried, and how well cells held out were predicted.
    """
    picture = _Picture.of(tables, completion, comparison, title)
    heights = (9.5, 6.5, 3.8)
    with matplotlib.rc_context({"font.family": picture.fonts}):
        figure = Figure(figsize=(15, sum(heights) + 0.5), layout="constrained")
        if title:
            figure.suptitle(plain(title), fontsize=15)
        rows = np.asarray(figure.subfigures(3, 1, height_ratios=heights))
        _tables(picture, rows[0])
        _factors(picture, rows[1])
        last = [panel for name, panel in picture.panels if name not in ("tables", "factors")]
        for panel, place in zip(last, rows[2].subfigures(1, len(last)), strict=True):
            panel(picture, place)
    return figure


def joint_figures(
    tables: JoinedTables, completion: Completion, comparison: Comparison | None = None
) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each panel of the sheet, each a figure of its own."""
    picture = _Picture.of(tables, completion, comparison, "")
    for name, panel in picture.panels:
        with matplotlib.rc_context({"font.family": picture.fonts}):
            size = {"tables": (15, 9.5), "factors": (15, 6.5)}.get(name, (7, 5))
            figure = Figure(figsize=size, layout="constrained")
            panel(picture, figure)
        yield name, figure


@dataclass(frozen=True, eq=False)
class _Picture:
    """Tables, what was found in them, and the order in which names are drawn.

    Attributes
    ----------
    tables : JoinedTables
    completion : Completion
    comparison : Comparison or None
    order : dict of ndarray of int
        By mode: those of one component beside each other.
    fonts : list of str
    """

    tables: JoinedTables
    completion: Completion
    comparison: Comparison | None
    order: dict[str, np.ndarray]
    fonts: list[str]

    @classmethod
    def of(
        cls,
        tables: JoinedTables,
        completion: Completion,
        comparison: Comparison | None,
        title: str,
    ) -> _Picture:
        order = {}
        for mode, factor in completion.factorization.factors.items():
            shares = factor / np.maximum(factor.sum(axis=1, keepdims=True), 1e-30)
            order[mode] = np.lexsort((-shares.max(axis=1), shares.argmax(axis=1)))
        readable = [names for names in tables.names.values() if len(names) <= _MOST_NAMES]
        texts = [title, *tables.names, *(name for names in readable for name in names)]
        return cls(tables, completion, comparison, order, families(texts))

    @property
    def panels(self) -> list[tuple[str, Callable[[_Picture, FigureBase], None]]]:
        """Name and function of each panel that there is something for."""
        found = list(zip(JOINT_FIGURES, _PANELS, strict=True))
        return found if self.comparison is not None else found[:-1]

    def factor(self, mode: str) -> np.ndarray:
        """Return a mode's factor in the order that is drawn, means of blocks if it is long."""
        factor = self.completion.factorization.factors[mode][self.order[mode]]
        edges = _edges(len(factor))
        counts = np.diff(np.append(edges, len(factor)))
        return np.add.reduceat(factor, edges, axis=0) / counts[:, None]


def _tables(picture: _Picture, figure: FigureBase) -> None:
    pairs = list(picture.tables.matrices)
    grid = figure.subplots(2, len(pairs), squeeze=False)
    for column, pair in enumerate(pairs):
        seen = _known_means(picture, pair)
        model = picture.completion.scales[pair] * (
            picture.factor(pair[0]) @ picture.factor(pair[1]).T
        )
        largest = max(float(np.nanquantile(seen, 0.99)), float(np.quantile(model, 0.99)), 1e-30)
        # Square roots: few large values would leave the rest in the dark.
        norm = PowerNorm(0.5, vmin=0, vmax=largest)
        for axes, image, words in (
            (grid[0, column], seen, "known"),
            (grid[1, column], model, "model"),
        ):
            shown = _draw(picture, axes, image, pair, norm)
            axes.set_title(f"{plain(pair[0])} / {plain(pair[1])}: {words}")
        figure.colorbar(shown, ax=grid[:, column], shrink=0.5, pad=0.01)
    figure.suptitle(
        "Each table and its model; grey: missing. Names of one component stand together"
    )


def _factors(picture: _Picture, figure: FigureBase) -> None:
    modes = list(picture.tables.names)
    places = figure.subplots(1, len(modes), squeeze=False)[0]
    for axes, mode in zip(places, modes, strict=True):
        factor = picture.factor(mode)
        image = factor / np.maximum(factor.max(axis=0), 1e-30)
        shown = axes.imshow(image, aspect="auto", cmap="viridis", vmin=0, vmax=1,
                            interpolation="nearest")  # fmt: skip
        _name_axis(picture, axes.yaxis, mode)
        n_components = factor.shape[1]
        step = -(-n_components // 20)
        axes.set_xticks(range(0, n_components, step), range(1, n_components + 1, step))
        axes.set(xlabel="Component", title=f"Factor of {plain(mode)}")
    figure.colorbar(shown, ax=places, shrink=0.6, pad=0.01)
    figure.suptitle("What each name has of each component, under the component's largest")


def _divergence(picture: _Picture, figure: FigureBase) -> None:
    axes = figure.subplots()
    start = 0
    for prior, losses in picture.completion.losses.items():
        iterations = np.arange(start, start + losses.size)
        axes.plot(iterations, losses, marker=".", label=f"prior {prior:g}")
        start += losses.size
    axes.set_yscale("log")
    axes.legend()
    axes.set(xlabel="Iteration", ylabel="Divergence")
    axes.set_title("Divergence, prior's part too, as it is loosened")


def _prior(picture: _Picture, figure: FigureBase) -> None:
    axes = figure.subplots()
    fit = picture.comparison.completion if picture.comparison is not None else picture.completion
    strengths = list(fit.prior_errors)
    if strengths:
        axes.plot(strengths, list(fit.prior_errors.values()), color="black", marker="o")
        axes.set_xscale("log")
        axes.set_xticks(strengths, [f"{strength:g}" for strength in strengths])
        axes.minorticks_off()
        axes.axvline(fit.prior, color=_BARS["together"], linestyle="--", label="taken")
        axes.legend()
    else:
        axes.axvline(fit.prior, color=_BARS["together"], linestyle="--")
        axes.set_yticks([])
    axes.set(xlabel="Strength of the prior (average cells)", ylabel="Divergence of an unseen cell",
             title="Priors tried on known cells")  # fmt: skip


def _held_out(picture: _Picture, figure: FigureBase) -> None:
    axes = figure.subplots()
    assert picture.comparison is not None
    errors = picture.comparison.errors
    words = ("all tables\ntogether", "this table\nalone", "row × column\nmeans")
    bars = axes.bar(words, list(errors.values()), color=[_BARS[name] for name in errors])
    axes.bar_label(bars, fmt="%.3g")
    axes.margins(y=0.12)
    axes.set_ylabel("Divergence of a cell")
    axes.set_title(f"{picture.comparison.truth.size} held-out cells, predicted")


def _known_means(picture: _Picture, pair: tuple[str, str]) -> np.ndarray:
    """Return the known cells, or their means in blocks, NaN where nothing is known."""
    matrix, known = picture.tables.matrices[pair], picture.tables.known.get(pair)
    orders = [picture.order[mode] for mode in pair]
    edges = [_edges(n) for n in matrix.shape]
    if sp.issparse(matrix):
        total = _block_sums(matrix, orders, edges)
        lengths = [np.diff(np.append(e, n)) for e, n in zip(edges, matrix.shape, strict=True)]
        count = np.outer(*lengths) if known is None else _block_sums(known, orders, edges)
    else:
        there = np.ones(matrix.shape) if known is None else known.astype(np.float64)
        total, count = (
            np.add.reduceat(np.add.reduceat(x[np.ix_(*orders)], edges[0], axis=0), edges[1], axis=1)
            for x in (matrix * there, there)
        )
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _block_sums(matrix: Any, orders: list[np.ndarray], edges: list[np.ndarray]) -> np.ndarray:
    entries = matrix.tocoo()
    places = []
    for index, order, edge in zip((entries.row, entries.col), orders, edges, strict=True):
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size)
        places.append(np.searchsorted(edge, rank[index], side="right") - 1)
    shape = edges[0].size, edges[1].size
    flat = np.ravel_multi_index((places[0], places[1]), shape)
    return np.bincount(flat, entries.data, shape[0] * shape[1]).reshape(shape)


def _edges(n: int) -> np.ndarray:
    """Where the blocks of an axis begin."""
    n_blocks = min(n, _MOST_CELLS)
    return np.arange(n_blocks) * n // n_blocks


def _draw(
    picture: _Picture, axes: Axes, image: np.ndarray, pair: tuple[str, str], norm: Normalize
) -> Any:
    colours = matplotlib.colormaps["viridis"].with_extremes(bad=_MISSING)
    shown = axes.imshow(image, aspect="auto", cmap=colours, norm=norm, interpolation="nearest")
    _name_axis(picture, axes.yaxis, pair[0])
    _name_axis(picture, axes.xaxis, pair[1])
    axes.tick_params(axis="x", rotation=90)
    return shown


def _name_axis(picture: _Picture, axis: Any, mode: str) -> None:
    """Write the names where they can be read; else tell how many there are."""
    names = picture.tables.names[mode]
    if len(names) > _MOST_NAMES:
        axis.set_ticks([])
        axis.set_label_text(f"{len(names)} names of {plain(mode)}")
        return
    words = (plain(names[i][:_LONGEST_NAME]) for i in picture.order[mode])
    axis.set_ticks(range(len(names)), words, fontsize=7 if len(names) <= 40 else 5)


#: In the order of `JOINT_FIGURES`.
_PANELS: tuple[Callable[[_Picture, FigureBase], None], ...] = (
    _tables,
    _factors,
    _divergence,
    _prior,
    _held_out,
)
