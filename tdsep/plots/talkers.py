"""Figures of a separation by microphones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from tdsep.gmm import TALKER_FIGURES
from tdsep.gmm.separate import Separation
from tdsep.gmm.talkers import MOST_COUNTED
from tdsep.palette import TALKER_COLOURS
from tdsep.plots.canvas import DYNAMIC_RANGE, Canvas, decibels, plain, thinning


def talker_sheet(separation: Separation, title: str = "") -> Figure:
    """Draw all figures of a separation on one sheet.

    From top left: the mixture's spectrogram, the time difference of each bin, their histogram with
    the fitted Gaussians; whose each bin is by its phase, and then by its direction, or the masks;
    the talkers' spectrograms; what the iterations gained, and how the numbers of talkers and the
    window were chosen.
    """
    rows_of_talkers = [talker_mask, talker_spectrogram]
    if separation.model.room is not None:
        rows_of_talkers = [talker_posterior, talker_refined_posterior, talker_spectrogram]
    heights = (3, *[2.3] * len(rows_of_talkers), 2)
    figure = Figure(figsize=(15, 1.36 * sum(heights)), layout="constrained")
    if title:
        figure.suptitle(plain(title), fontsize=15)
    rows = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    _row(figure, rows[0], separation, (spectrogram, time_differences, histogram))
    for place, panel in enumerate(rows_of_talkers, start=1):
        _talker_row(figure, rows[place], separation, panel)
    _row(figure, rows[-1], separation, (angular_spectrum, evidence, log_likelihood, windows))
    return figure


def talker_figures(separation: Separation) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each panel of the sheet, each a figure of its own."""
    panels = (
        spectrogram, time_differences, histogram, angular_spectrum, evidence, log_likelihood,
        windows,
    )  # fmt: skip
    for name, panel in zip(TALKER_FIGURES, panels, strict=False):
        figure = Figure(figsize=(8, 5), layout="constrained")
        panel(separation, figure.add_subplot())
        yield name, figure
    posteriors = [talker_posterior]
    if separation.model.room is not None:
        posteriors.append(talker_refined_posterior)
    stacks = (posteriors, [talker_mask], [talker_spectrogram])
    for name, stack in zip(TALKER_FIGURES[len(panels) :], stacks, strict=True):
        size = (3 + 3 * separation.n_talkers, 4 * len(stack))
        figure = Figure(figsize=size, layout="constrained")
        rows = figure.add_gridspec(len(stack), 1)
        for place, panel_of_talker in enumerate(stack):
            _talker_row(figure, rows[place], separation, panel_of_talker)
        yield name, figure


def spectrogram(separation: Separation, axes: Axes) -> None:
    """Draw the level of the mixture in each bin; of a long one, in the passages learned from."""
    _draw_levels(separation, _thinned(separation.spectrum[0]), axes)
    axes.set_title("Mixture at microphone 1")
    time, digest = "Time (s)", separation.digest
    if len(digest.passages) > 1:
        seconds = digest.sound.shape[1] / separation.rate
        time = f"The {len(digest.passages)} passages of {seconds:.0f} s learned from (s)"
    axes.set_xlabel(f"{time}; black: {DYNAMIC_RANGE:.0f} dB under the peak")


def time_differences(separation: Separation, axes: Axes) -> None:
    """Draw the time difference of each bin, the darker the quieter the bin."""
    observed, limit = separation.observed, separation.model.max_delay
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
    limit, mixture = separation.model.max_delay, separation.model.mixture
    density = separation.observed.density(limit) * 1e-3  # per ms
    edges = np.linspace(-limit, limit, len(density) + 1) * 1e3
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


def angular_spectrum(separation: Separation, axes: Axes) -> None:
    """Draw what a talker at each delay explains of the onsets; dotted: the talkers found."""
    search, limit = separation.search, 1.5e3 * separation.model.max_delay
    axes.plot(search.grid * 1e3, search.angular_spectrum, color="black", linewidth=1)
    for delay, colour in zip(separation.delays * 1e3, TALKER_COLOURS, strict=False):
        axes.axvline(delay, color=colour, linestyle=":")
    axes.set(xlabel="Time difference (ms)", ylabel="Log-likelihood gained (nats)")
    axes.set_xlim(max(-limit, 1e3 * search.grid[0]), min(limit, 1e3 * search.grid[-1]))
    axes.set_title("Angular spectrum at onsets")


def log_likelihood(separation: Separation, axes: Axes) -> None:
    """Draw what the iterations of each stage gained."""
    curves = {"Gaussians over time differences": separation.model.mixture.log_likelihood}
    if separation.model.phase_mixture is not None:
        curves["wrapped phases"] = separation.model.phase_mixture.log_likelihood
    if separation.model.room is not None:
        curves |= separation.model.room.log_likelihood
    for (label, curve), style in zip(curves.items(), ("0.5", "k", "k--", "k:"), strict=False):
        label = f"{label} (ends at {curve[-1]:.3f})"
        axes.plot(curve - curve[0], style, marker=".", label=label)
    axes.set(xlabel="Iteration", ylabel="Log-likelihood gained (nats)")
    axes.set_title("Log-likelihood of each stage")
    axes.legend(fontsize=7, loc="lower right")
    axes.set_ylim(bottom=-0.8 * axes.get_ylim()[1])  # the legend stands below the curves


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
    axes.set_title(f"Number: {search.n_talkers}, {how}")


def windows(separation: Separation, axes: Axes) -> None:
    """Draw how much the parts overlap by each window tried; the least was chosen."""
    overlaps = separation.overlaps
    seconds = [f"{1e3 * n_fft / separation.rate:.0f}" for n_fft in overlaps]
    chosen = separation.model.n_fft
    colours = ["black" if n_fft == chosen else "0.7" for n_fft in overlaps]
    axes.bar(seconds, [100 * overlap for overlap in overlaps.values()], color=colours)
    axes.set(xlabel="Window (ms)", ylabel="Overlap of the talkers (%)")
    axes.set_xlim(-0.6, max(len(overlaps), 3) - 0.4)
    axes.set_title(f"Window: {1e3 * chosen / separation.rate:.0f} ms, parts by {separation.output}")


def talker_posterior(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw how likely each bin is one talker's, by its phase or time difference."""
    posterior = separation.posteriors[talker]
    _draw_share(separation, posterior, talker, "By time difference", axes)


def talker_refined_posterior(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw how likely each bin is one talker's, by its direction as the room carries it."""
    assert separation.refined_posteriors is not None
    posterior = separation.refined_posteriors[talker]
    _draw_share(separation, posterior, talker, "By direction in this room", axes)


def talker_mask(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw one talker's mask, or share of the power where the parts are not made by masks."""
    _draw_share(separation, separation.masks[talker], talker, "Mask", axes)


def talker_spectrogram(separation: Separation, talker: int, axes: Axes) -> None:
    """Draw the spectrogram of one talker."""
    _draw_levels(separation, _thinned(separation.spectra[talker]), axes)
    axes.set_title(f"Talker {talker + 1}", color=TALKER_COLOURS[talker])


def _draw_share(
    separation: Separation, share: np.ndarray, talker: int, name: str, axes: Axes
) -> None:
    """Draw what is a talker's: white where the bin is all that talker's, black where nothing is."""
    _canvas(separation).draw(_thinned(share), axes, cmap="gray", vmin=0, vmax=1)
    title = f"{name}: {talker + 1} ({_place(separation, talker)})"
    size = 12 if separation.n_talkers <= 3 else 7
    axes.set_title(title, color=TALKER_COLOURS[talker], fontsize=size)
    if talker == 0:
        axes.set_xlabel("Time (s); white: all the talker's")


def _row(
    figure: Figure,
    place: SubplotSpec,
    separation: Separation,
    panels: Sequence[Callable[[Separation, Axes], None]],
) -> None:
    """Draw panels side by side."""
    columns = place.subgridspec(1, len(panels))
    for column, panel in enumerate(panels):
        panel(separation, figure.add_subplot(columns[column]))


def _talker_row(
    figure: Figure,
    place: SubplotSpec,
    separation: Separation,
    panel: Callable[[Separation, int, Axes], None],
) -> None:
    """Draw a panel for each talker, side by side."""
    columns = place.subgridspec(1, separation.n_talkers)
    for talker in range(separation.n_talkers):
        panel(separation, talker, figure.add_subplot(columns[talker]))


def _draw_levels(separation: Separation, spectrum: np.ndarray, axes: Axes) -> None:
    """Draw levels in dB under the loudest bin of the mixture."""
    reference = float(np.abs(_thinned(separation.spectrum[0])).max() ** 2)
    _canvas(separation).draw_levels(np.abs(spectrum) ** 2, reference, axes)


def _canvas(separation: Separation) -> Canvas:
    level = decibels(_thinned(separation.observed.weight).max(axis=1) ** 2)
    return Canvas.of(level, separation.digest.samples.shape[1], separation.rate)


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[..., thinning(values.shape[-1])]


def _place(separation: Separation, talker: int) -> str:
    """Say where a talker is: an angle where the spacing is known, else a delay."""
    if separation.angles is not None:
        return f"{round(separation.angles[talker]):+d}°"
    return f"{round(separation.delays[talker] * 1e3, 3) + 0.0:+.3f} ms"
