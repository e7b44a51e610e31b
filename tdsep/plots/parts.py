"""Figures of a sound taken apart into patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure
from scipy.cluster.hierarchy import dendrogram

from tdsep.palette import PATTERN_COLOURS
from tdsep.parts import PART_FIGURES
from tdsep.parts.grouping import STRANGERS
from tdsep.parts.pitch import note
from tdsep.parts.separate import PartsSeparation
from tdsep.plots.canvas import Canvas, decibels, plain, thinning
from tdsep.stft import sound_levels

#: Levels of bases shown, in dB.
_RANGE = 50.0
#: Parts side by side in a row of spectrograms.
_COLUMNS = 4
#: Parts of which the spectrogram is shown: more would be too small to be seen.
_MOST_SHOWN = 16


def part_sheet(separation: PartsSeparation, title: str = "") -> Figure:
    """Draw all figures on one sheet.

    Above, the factorisation: the spectrogram in the corner, on its left what each part looks like,
    below it when each is heard. Then the parts' spectrograms, how alike the parts are, and the
    divergence from iteration to iteration.
    """
    n_rows = -(-min(separation.n_parts, _MOST_SHOWN) // _COLUMNS)
    heights = (7 + 0.1 * separation.n_parts, 2.6 * n_rows, 3.2)
    figure = Figure(figsize=(15, sum(heights)), layout="constrained")
    if title:
        figure.suptitle(plain(title), fontsize=15)
    rows: Any = figure.subfigures(3, 1, height_ratios=heights)
    above, middle, below = rows
    draw_factors(separation, above)
    draw_parts(separation, middle)
    left, right = below.subfigures(1, 2)
    draw_joins(separation, left)
    draw_divergence(separation, right)
    return figure


def part_figures(separation: PartsSeparation) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each piece of the sheet, each a figure of its own."""
    n_rows = -(-min(separation.n_parts, _MOST_SHOWN) // _COLUMNS)
    sizes = ((12, 8), (12, 1 + 2.6 * n_rows), (8, 5), (8, 5))
    drawings = (draw_factors, draw_parts, draw_joins, draw_divergence)
    for name, draw, size in zip(PART_FIGURES, drawings, sizes, strict=True):
        figure = Figure(figsize=size, layout="constrained")
        draw(separation, figure)
        yield name, figure


def draw_factors(separation: PartsSeparation, figure: Figure | SubFigure) -> None:
    """Draw bases on the left, activations below, and the spectrogram that they explain."""
    found = separation.decomposition
    n_parts = found.n_parts
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 2.6), height_ratios=(2.2, 1))
    corner = figure.add_subplot(grid[0, 1])
    powers = _powers(separation)
    canvas = _canvas(separation, powers)
    canvas.draw_levels(powers, 1.0, corner)
    corner.set_title(_what_is_shown(separation))

    left = figure.add_subplot(grid[0, 0], sharey=corner)
    spectra = found.spectra()
    width = spectra.shape[2]
    peaks = np.maximum(spectra.max(axis=(0, 2), keepdims=True), np.finfo(np.float32).tiny)
    image = decibels((spectra / peaks) ** (2 / separation.power), 1.0)
    image = np.pad(image, ((0, 0), (0, 0), (0, max(1, width // 8))), constant_values=-_RANGE)
    left.imshow(image.reshape(len(image), -1), origin="lower", aspect="auto", cmap="magma",
                extent=(0.5, n_parts + 0.5, 0, separation.rate / 2e3), vmin=-_RANGE, vmax=0,
                interpolation="nearest")  # fmt: skip
    left.set(ylabel="Frequency (kHz)", xlabel="Part", xticks=_some(n_parts))
    left.set_ylim(0, canvas.highest / 1e3)
    left.set_title("Bases: what each part looks like")

    below = figure.add_subplot(grid[1, 1], sharex=corner)
    activations = found.activations()
    step = _step(separation)
    times = np.linspace(0, canvas.duration, activations.shape[1])[step]
    for part, line in enumerate(activations):
        height = line[step] / max(float(line.max()), np.finfo(np.float32).tiny)
        base = part + 1.0
        below.fill_between(times, base, base + 0.9 * height, color=_colour(part), linewidth=0)
    below.set_yticks(_some(n_parts), [_label(separation, part - 1) for part in _some(n_parts)])
    below.set(xlabel="Time (s)", xlim=(0, canvas.duration), ylim=(0.9, n_parts + 1.1))
    below.set_title("Activations: when each is heard, and how strongly")


def draw_parts(separation: PartsSeparation, figure: Figure | SubFigure) -> None:
    """Draw each part's spectrogram, in dB under the sound's loudest bin."""
    n_parts = min(separation.n_parts, _MOST_SHOWN)
    columns = min(n_parts, _COLUMNS)
    axes = np.atleast_1d(figure.subplots(-(-n_parts // columns), columns)).ravel()
    powers, step = _powers(separation), _step(separation)
    canvas = _canvas(separation, powers)
    masks = separation.masks()
    for part, place in enumerate(axes):
        if part >= n_parts:
            place.axis("off")
            continue
        canvas.draw_levels(next(masks)[:, step] ** 2 * powers, 1.0, place)
        place.set_title(_label(separation, part), color=_colour(part))


def draw_joins(separation: PartsSeparation, figure: Figure | SubFigure) -> None:
    """Draw how alike the parts are: where two or more are joined."""
    axes = figure.add_subplot()
    found = separation.decomposition
    if found.n_parts > 1:
        tree = found.tree()
        labels = [str(part) for part in range(1, found.n_parts + 1)]
        dendrogram(tree, ax=axes, labels=labels, color_threshold=0,
                   above_threshold_color="black", leaf_rotation=0)  # fmt: skip
        axes.axhline(STRANGERS, color="#d62728", linestyle="--", label="strangers above this line")
        axes.set_ylim(0, max(1.05, 1.05 * tree[-1, 2]))
        axes.legend(fontsize=8, loc="upper right")
    how = "found in the sound" if separation.counted else "as asked for"
    axes.set(xlabel="Part", ylabel="Distance of the parts")
    axes.set_title(f"{found.n_parts} part{'s' if found.n_parts > 1 else ''}, {how}")


def draw_divergence(separation: PartsSeparation, figure: Figure | SubFigure) -> None:
    """Draw the divergence at the start and after each iteration."""
    axes = figure.add_subplot()
    factors = separation.decomposition.factors
    axes.semilogy(factors.losses, color="black", marker=".")
    axes.set(xlabel="Iteration", ylabel="Divergence")
    axes.set_title(f"Divergence ({factors.divergence})")


def _canvas(separation: PartsSeparation, powers: np.ndarray) -> Canvas:
    loudest = decibels(powers.max(axis=1), 1.0)
    return Canvas.of(loudest, separation.excerpt.samples.shape[1], separation.rate)


def _powers(separation: PartsSeparation) -> np.ndarray:
    """Powers of the excerpt's bins, of all channels, beside the loudest, [frequency, frame]."""
    shape = (separation.n_fft, separation.hop_length)
    powers = sound_levels(separation.excerpt.samples, *shape, power=2)[:, _step(separation)]
    return powers / powers.max()


def _step(separation: PartsSeparation) -> slice:
    """Frames of the excerpt that are shown."""
    return thinning(separation.decomposition.activations().shape[1])


def _what_is_shown(separation: PartsSeparation) -> str:
    """Say whether it is the sound or, of a long one, passages."""
    passages = separation.excerpt.passages
    if len(passages) == 1:
        return "The sound"
    seconds = separation.sound.shape[1] / separation.rate
    return f"The sound: the {len(passages)} passages of {seconds:.0f} s learned from"


def _label(separation: PartsSeparation, part: int) -> str:
    name = note(separation.pitches[part])
    return f"{part + 1}" if name is None else f"{part + 1}: {name}"


def _colour(part: int) -> str:
    return PATTERN_COLOURS[part % len(PATTERN_COLOURS)]


def _some(n_parts: int) -> list[int]:
    """Numbers of parts that can be written beside an axis."""
    return list(range(1, n_parts + 1, -(-n_parts // 16)))
