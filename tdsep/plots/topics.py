"""Figures of topics and of the documents they were found in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from tdsep.palette import PATTERN_COLOURS
from tdsep.plots.canvas import plain
from tdsep.plots.fonts import families
from tdsep.topics import NO_CLUSTER, TOPIC_FIGURES
from tdsep.topics.agreement import Agreement
from tdsep.topics.find import TRIAL, Topics, TopWord

#: Topics whose words are drawn, in rows of so many, and words of each.
_MOST_TOPICS = 30
_COLUMNS = 5
_WORDS = 10
#: Documents of the matrix that is drawn, and words.
_MOST_DOCUMENTS = 100
_MOST_ROWS = 40
#: Labels whose agreement is drawn, the commonest.
_MOST_LABELS = 40
_DARK = 0.6


def topic_sheet(topics: Topics, compared: Agreement | None = None, title: str = "") -> Figure:
    """Draw all figures of topics on one sheet.

    From the top: each topic's words; the matrix of counts and the mixtures of topics, of a hundred
    random documents; how topics agree with labels, or how large they are; the divergence.
    """
    picture = _Picture.of(topics, compared, title)
    heights = (_height(topics) + 0.3, 5.5, 6.0)
    with matplotlib.rc_context({"font.family": picture.fonts}):
        figure = Figure(figsize=(15, sum(heights) + 0.5), layout="constrained")
        if title:
            figure.suptitle(plain(title), fontsize=15)
        rows = np.asarray(figure.subfigures(3, 1, height_ratios=heights))
        panels = iter(_PANELS)
        next(panels)(picture, rows[0])
        for row, widths in ((rows[1], (1, 1)), (rows[2], (3, 2))):
            for place in row.subfigures(1, 2, width_ratios=widths):
                next(panels)(picture, place)
    return figure


def topic_figures(
    topics: Topics, compared: Agreement | None = None
) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each panel of the sheet, each a figure of its own."""
    picture = _Picture.of(topics, compared, "")
    for name, panel in zip(TOPIC_FIGURES, _PANELS, strict=True):
        with matplotlib.rc_context({"font.family": picture.fonts}):
            size = (15, _height(topics)) if name == "topics" else (9, 6)
            figure = Figure(figsize=size, layout="constrained")
            panel(picture, figure)
        yield name, figure


@dataclass(frozen=True, eq=False)
class _Picture:
    """Topics, and what is drawn of them.

    Attributes
    ----------
    topics : Topics
    compared : Agreement or None
    top_words : list
    documents : ndarray of int
        Those drawn, by their topics.
    fonts : list of str
    """

    topics: Topics
    compared: Agreement | None
    top_words: list[list[TopWord]]
    documents: np.ndarray
    fonts: list[str]

    @classmethod
    def of(cls, topics: Topics, compared: Agreement | None, title: str) -> _Picture:
        clusters = topics.clusters
        present = np.flatnonzero(clusters != NO_CLUSTER)
        n_drawn = min(_MOST_DOCUMENTS, present.size)
        drawn = np.random.default_rng(0).choice(present, n_drawn, replace=False)
        order = np.lexsort((-topics.shares.max(axis=0)[drawn], clusters[drawn]))
        top_words = topics.top_words(_WORDS)
        words = [word.word for top in top_words for word in top]
        labels = compared.labels if compared else ()
        return cls(topics, compared, top_words, drawn[order], families([title, *words, *labels]))


def _height(topics: Topics) -> float:
    """Of the panel with each topic's words, in inches."""
    n_rows = -(-min(topics.n_topics, _MOST_TOPICS) // _COLUMNS)
    return 0.5 + 1.9 * n_rows


def _words(picture: _Picture, figure: FigureBase) -> None:
    topics, shown = picture.topics, picture.top_words[:_MOST_TOPICS]
    n_rows = -(-len(shown) // _COLUMNS)
    places = figure.subplots(n_rows, -(-len(shown) // n_rows), squeeze=False).ravel()
    sizes = topics.sizes
    for number, (axes, words) in enumerate(zip(places, shown, strict=False), start=1):
        axes.barh(range(len(words)), [word.weight for word in words], color=_colour(number - 1))
        axes.set_yticks(range(len(words)), [plain(word.word[:24]) for word in words], fontsize=8)
        axes.invert_yaxis()
        axes.tick_params(axis="x", labelsize=7)
        axes.locator_params(axis="x", nbins=3)
        axes.set_title(f"Topic {number}: {sizes[number - 1]} documents", fontsize=10)
    for axes in places[len(shown) :]:
        axes.remove()
    every = "" if len(shown) == topics.n_topics else f"; the {len(shown)} largest"
    figure.suptitle(f"The words of each topic, the most relevant first, by their weight{every}")


def _documents(picture: _Picture, figure: FigureBase) -> None:
    topics = picture.topics
    each = max(1, _MOST_ROWS // topics.n_topics)
    names = list(dict.fromkeys(w.word for top in picture.top_words for w in top[:each]))
    names = names[:_MOST_ROWS]
    places = {word: row for row, word in enumerate(topics.words.vocabulary)}
    columns = [places[name] for name in names]
    counts = topics.words.counts[picture.documents][:, columns].toarray().T
    axes = figure.subplots()
    image = axes.imshow(np.log2(1 + counts), aspect="auto", cmap="gray_r", interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, pad=0.01)
    ticks = np.unique(np.array([0, 1, 3, 7, 15, 31, 63, 127]).clip(max=counts.max(initial=1)))
    bar.set_ticks(np.log2(1 + ticks).tolist(), labels=[f"{tick:g}" for tick in ticks])
    axes.set_yticks(range(len(names)), [plain(name[:24]) for name in names], fontsize=7)
    axes.set_xlabel("Document, by its strongest topic")
    n_drawn = len(picture.documents)
    which = "random" if n_drawn == _MOST_DOCUMENTS else "of the"
    axes.set_title(f"V: counts of {len(names)} words in {n_drawn} {which} documents")


def _mixtures(picture: _Picture, figure: FigureBase) -> None:
    shares = picture.topics.shares[:, picture.documents]
    axes = figure.subplots()
    extent = (-0.5, shares.shape[1] - 0.5, len(shares) + 0.5, 0.5)
    image = axes.imshow(shares, aspect="auto", cmap="gray_r", vmin=0, vmax=1, extent=extent,
                        interpolation="nearest")  # fmt: skip
    figure.colorbar(image, ax=axes, pad=0.01)
    axes.locator_params(axis="y", integer=True)
    axes.set(xlabel="Document, by its strongest topic", ylabel="Topic")
    axes.set_title("H: the mixture of topics in the same documents, as shares")


def _clusters(picture: _Picture, figure: FigureBase) -> None:
    axes = figure.subplots()
    if picture.compared is not None:
        _draw_agreement(picture.compared, axes)
        return
    sizes = picture.topics.sizes
    axes.bar(range(1, len(sizes) + 1), sizes, color=[_colour(k) for k in range(len(sizes))])
    axes.locator_params(axis="x", integer=True)
    axes.set(xlabel="Topic", ylabel="Documents")
    axes.set_title("How many documents each topic is the strongest of")


def _draw_agreement(compared: Agreement, axes: Axes) -> None:
    """Draw what share of each label is in which cluster, with numbers where they fit."""
    totals = compared.counts.sum(axis=1)
    rows = np.sort(np.argsort(-totals, kind="stable")[:_MOST_LABELS])
    counts = compared.counts[rows][:, compared.order]
    shares = counts / totals[rows, None]
    axes.imshow(shares, aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    names = [plain(f"{compared.labels[row][:32]} ({totals[row]})") for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    n_columns = counts.shape[1]
    if n_columns <= _MOST_LABELS:
        axes.set_xticks(range(n_columns), [str(k + 1) for k in compared.order], fontsize=8)
        for row, column in np.argwhere(shares >= 0.02):
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=7,
                      color="white" if shares[row, column] > _DARK else "black")  # fmt: skip
    else:
        axes.set_xticks([])
    axes.set_xlabel("Topic")
    axes.set_title(
        f"Documents of each label by their strongest topic: purity {compared.purity:.2f}, "
        f"NMI {compared.nmi:.2f}"
    )


def _divergence(picture: _Picture, figure: FigureBase) -> None:
    topics = picture.topics
    axes = figure.subplots()
    axes.plot(topics.losses, color="black", marker=".", label="the best start, to its end")
    trial = min(TRIAL, len(topics.losses) - 1)
    axes.plot(
        np.full(topics.start_losses.size, trial),
        topics.start_losses,
        "o",
        color="#d62728",
        fillstyle="none",
        label=f"{topics.start_losses.size} starts, when it was chosen",
    )
    axes.set(xlabel="Iteration", ylabel="Divergence")
    axes.locator_params(axis="x", integer=True)
    axes.legend(fontsize=8)
    axes.set_title("Kullback-Leibler divergence of the model")


def _colour(number: int) -> str:
    return PATTERN_COLOURS[number % len(PATTERN_COLOURS)]


#: In the order of `TOPIC_FIGURES`.
_PANELS: tuple[Callable[[_Picture, FigureBase], None], ...] = (
    _words,
    _documents,
    _mixtures,
    _clusters,
    _divergence,
)
