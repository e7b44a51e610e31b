"""Figures of a two-microphone separation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from tdsep.gmm import TALKER_FIGURES
from tdsep.gmm.separate import Separation
from tdsep.gmm.talkers import MOST_COUNTED
from tdsep.masks import apply_mask
from tdsep.plots.canvas import DYNAMIC_RANGE, Canvas, decibels, plain, thinning

#: One colour a talker, on every panel.
TALKER_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf")


def talker_sheet(separation: Separation, title: str = "") -> Figure:
    """Draw all figures of a two-microphone separation on one sheet.

    From top left: the mixture's spectrogram, the time difference of each bin, their histogram with
    the fitted Gaussians; a row of masks; a row of separated spectrograms; the log-likelihood of
    each EM iteration and the evidence for the number of talkers.
    """
    figure = Figure(figsize=(15, 13), layout="constrained")
    if title:
        figure.suptitle(plain(title), fontsize=15)
    rows = figure.add_gridspec(4, 1, height_ratios=(3, 2.3, 2.3, 2))
    columns = rows[0].subgridspec(1, 3)
    for place, panel in enumerate((spectrogram, time_differences, histogram)):
        panel(separation, figure.add_subplot(columns[place]))
    _talker_row(figure, rows[1], separation, talker_mask)
    _talker_row(figure, rows[2], separation, talker_spectrogram)
    columns = rows[3].subgridspec(1, 2)
    for place, panel in enumerate((log_likelihood, evidence)):
        panel(separation, figure.add_subplot(columns[place]))
    return figure


def talker_figures(separation: Separation) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each panel of the sheet, each a figure of its own."""
    panels = (spectrogram, time_differences, histogram, log_likelihood, evidence)
    for name, panel in zip(TALKER_FIGURES, panels, strict=False):
        figure = Figure(figsize=(8, 5), layout="constrained")
        panel(separation, figure.add_subplot())
        yield name, figure
    for name, row in zip(
        TALKER_FIGURES[len(panels) :], (talker_mask, talker_spectrogram), strict=True
    ):
        width = 3 + 3 * len(separation.masks)
        figure = Figure(figsize=(width, 4), layout="constrained")
        _talker_row(figure, figure.add_gridspec(1, 1)[0], separation, row)
        yield name, figure


def spectrogram(separation: Separation, axes: Axes) -> None:
    """Draw the level of the mixture in each time-frequency bin."""
    _draw_levels(separation, _thinned(separation.spectrum[0]), axes)
    axes.set_title("Mixture at microphone 1")
    axes.set_xlabel(f"Time (s); black: {DYNAMIC_RANGE:.0f} dB under the peak")


def time_differences(separation: Separation, axes: Axes) -> None:
    """Draw the time difference of each bin, the darker the quieter the bin."""
    observed = separation.observed
    limit = separation.max_delay
    image = colormaps["coolwarm"](_thinned(observed.delay) / (2 * limit) + 0.5)
    level = decibels(_thinned(observed.weight) ** 2)
    image[..., 3] = np.clip(1 + level / DYNAMIC_RANGE, 0, 1)
    canvas = _canvas(separation)
    canvas.draw(image, axes)
    axes.set_facecolor("black")
    highest = observed.frequencies[observed.unambiguous(limit)].max()
    if highest < 0.95 * canvas.highest:
        axes.axhline(highest / 1e3, color="white", linestyle="--", linewidth=1)
        axes.annotate(
            "phase wraps above", (0.99, highest / 1e3), (0, 2), fontsize=8, ha="right",
            color="white", xycoords=("axes fraction", "data"), textcoords="offset points",
        )  # fmt: skip
    scale = colormaps["coolwarm"]
    axes.set_title("Time difference of each bin")
    shown = axes.imshow([[0.0]], cmap=scale, vmin=-limit * 1e3, vmax=limit * 1e3, visible=False,
                        extent=axes.images[0].get_extent(), aspect="auto")  # fmt: skip
    axes.figure.colorbar(shown, ax=axes, label="ms (positive: microphone 2 later)")


def histogram(separation: Separation, axes: Axes) -> None:
    """Draw the time differences' histogram with each fitted Gaussian and their sum.

    Dotted lines mark the talkers' delays, which the mixture over phases may see elsewhere.
    """
    limit, mixture = separation.max_delay, separation.mixture
    positions, weights = separation.observed.histogram(limit)
    density, edges = np.histogram(
        positions * 1e3, bins=128, range=(-limit * 1e3, limit * 1e3), weights=weights, density=True
    )
    axes.stairs(density, edges, fill=True, color="0.82", label="observed")
    grid = np.linspace(-limit, limit, 1000)
    parts = mixture.density(grid) * 1e-3  # per ms
    if len(parts) > 1:
        axes.plot(grid * 1e3, parts.sum(axis=0), color="black", linewidth=3, alpha=0.4, label="sum")
    talkers = zip(parts, separation.delays * 1e3, TALKER_COLOURS, strict=False)
    for number, (part, delay, colour) in enumerate(talkers, start=1):
        axes.plot(grid * 1e3, part, color=colour, label=f"Gaussian {number}")
        axes.axvline(delay, color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="Time difference (ms)", ylabel="Density (1/ms)", xlim=(edges[0], edges[-1]))
    axes.set_ylim(0, 1.45 * max(density.max(), 1e-9))  # the legend stands above the curves
    axes.set_title("Time differences and the Gaussians fitted")
    axes.legend(fontsize=8, loc="upper center", ncols=3, columnspacing=1)


def log_likelihood(separation: Separation, axes: Axes) -> None:
    """Draw what each EM iteration gained."""
    curves = [("Gaussians over time differences", separation.mixture.log_likelihood)]
    if separation.phase_mixture is not None:
        curves.append(("Mixture over wrapped phases", separation.phase_mixture.log_likelihood))
    for (label, curve), colour in zip(curves, ("0.5", "black"), strict=False):
        label = f"{label} (ends at {curve[-1]:.3f})"
        axes.plot(curve - curve[0], color=colour, marker=".", label=label)
    axes.set(xlabel="EM iteration", ylabel="Log-likelihood gained (nats)")
    axes.set_title("Log-likelihood")
    axes.legend(fontsize=8, loc="lower right")
    axes.set_ylim(bottom=-0.45 * axes.get_ylim()[1])  # the legend stands below the curves


def evidence(separation: Separation, axes: Axes) -> None:
    """Draw the score of each number of talkers against the threshold it must pass."""
    search = separation.search
    numbers, scores = list(search.scores), list(search.scores.values())
    colours = ["black" if number == search.n_talkers else "0.7" for number in numbers]
    axes.bar(numbers, scores, color=colours)
    axes.axhline(search.threshold, color="#d62728", linestyle="--")
    axes.set(xlabel="Talkers", ylabel="Score: believed above the line", xticks=numbers)
    axes.set_xlim(0.4, max(numbers[-1], MOST_COUNTED) + 0.6)
    how = "found in the recording" if search.estimated else "as asked for"
    axes.set_title(f"Number of talkers: {search.n_talkers}, {how}")


def talker_mask(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw one talker's mask: white where the bin is all the talker's, black where nothing is."""
    mask = _thinned(separation.masks[talker])
    _canvas(separation).draw(mask, axes, cmap="gray", vmin=0, vmax=1)
    title = f"Mask {talker + 1} ({_place(separation, talker)})"
    axes.set_title(title, color=TALKER_COLOURS[talker])
    if talker == 0:
        axes.set_xlabel("Time (s); white: all the talker's")


def talker_spectrogram(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw the spectrogram of one talker."""
    mask, spectrum = _thinned(separation.masks[talker]), _thinned(separation.spectrum[0])
    _draw_levels(separation, apply_mask(mask, spectrum), axes)
    axes.set_title(f"Talker {talker + 1}", color=TALKER_COLOURS[talker])


def _talker_row(
    figure: Figure,
    place: SubplotSpec,
    separation: Separation,
    panel: Callable[[Separation, int, Axes], None],
) -> None:
    """Draw a panel for each talker, side by side."""
    columns = place.subgridspec(1, len(separation.masks))
    for talker in range(len(separation.masks)):
        panel(separation, talker, figure.add_subplot(columns[talker]))


def _draw_levels(separation: Separation, spectrum: np.ndarray, axes: Axes) -> None:
    """Draw levels in dB under the loudest bin of the mixture."""
    reference = float(np.abs(_thinned(separation.spectrum[0])).max() ** 2)
    _canvas(separation).draw_levels(np.abs(spectrum) ** 2, reference, axes)


def _canvas(separation: Separation) -> Canvas:
    level = decibels(_thinned(separation.observed.weight).max(axis=1) ** 2)
    return Canvas.of(level, separation.sources.shape[-1], separation.rate)


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[..., thinning(values.shape[-1])]


def _place(separation: Separation, talker: int) -> str:
    """Say where a talker is: an angle where the spacing is known, else a delay."""
    if separation.angles is not None:
        return f"{round(separation.angles[talker]):+d}°"
    return f"{round(separation.delays[talker] * 1e3, 3) + 0.0:+.3f} ms"
