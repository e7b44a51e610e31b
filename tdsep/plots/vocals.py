"""Figures of a song's separation into a voice and a background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tdsep.plots.canvas import DYNAMIC_RANGE, Canvas, decibels, plain, thinning
from tdsep.vocal import VOCAL_FIGURES
from tdsep.vocal.explanation import Rows
from tdsep.vocal.separate import VocalSeparation

#: Colour of the passages in which the background is alone.
_ALONE = "#2ca02c"
#: Levels of bases and activations shown, in dB.
_RANGE = 50.0


def vocal_sheet(separation: VocalSeparation, title: str = "", sound: str = "voice") -> Figure:
    """Draw all figures of a separation on one sheet.

    From top left: the song's spectrogram with the passages without a voice, and the mask; the
    background's bases and activations; the voice's, or whatever the new sound is called; both
    parts' spectrograms; the divergence.
    """
    picture = _Picture.of(separation, sound)
    figure = Figure(figsize=(15, 20), layout="constrained")
    if title:
        figure.suptitle(plain(title), fontsize=15)
    rows = figure.add_gridspec(5, 1, height_ratios=(3, 3, 3, 3, 2))
    panels = iter(_PANELS)
    for number, widths in enumerate(((1, 1), (1, 2), (1, 2), (1, 1), (1, 1))):
        columns = rows[number].subgridspec(1, 2, width_ratios=widths)
        for column in range(2):
            next(panels)(picture, figure.add_subplot(columns[column]))
    return figure


def vocal_figures(
    separation: VocalSeparation, sound: str = "voice"
) -> Iterator[tuple[str, Figure]]:
    """Yield the name and figure of each panel of the sheet, each a figure of its own."""
    picture = _Picture.of(separation, sound)
    for name, panel in zip(VOCAL_FIGURES, _PANELS, strict=True):
        figure = Figure(figsize=(9, 5), layout="constrained")
        panel(picture, figure.add_subplot())
        yield name, figure


@dataclass(frozen=True, eq=False)
class _Picture:
    """A separation, and its magnitudes and mask [frequency, frame] thinned for drawing."""

    separation: VocalSeparation
    magnitudes: np.ndarray
    mask: np.ndarray
    canvas: Canvas
    sound: str

    @classmethod
    def of(cls, separation: VocalSeparation, sound: str) -> _Picture:
        recording = separation.recording
        step = thinning(recording.n_frames).step
        parts = [
            recording.magnitudes(start, stop)[0][:, -start % step :: step].copy()  # lets go of it
            for start, stop in recording.blocks()
        ]
        magnitudes = np.concatenate(parts, axis=1)
        level = decibels(magnitudes.max(axis=1) ** 2)
        canvas = Canvas.of(level, separation.song.shape[1], recording.rate)
        return cls(
            separation, magnitudes, separation.mask[:, ::step].astype(np.float32), canvas, sound
        )

    def draw_levels(self, share: np.ndarray | float, axes: Axes) -> None:
        """Draw a part's levels in dB under the song's loudest bin."""
        reference = float(self.magnitudes.max() ** 2)
        self.canvas.draw_levels((share * self.magnitudes) ** 2, reference, axes)


def _spectrogram(picture: _Picture, axes: Axes) -> None:
    picture.draw_levels(1.0, axes)
    for start, end in picture.separation.passages:
        axes.axvspan(start, end, color=_ALONE, alpha=0.2)
        axes.axvline(start, color=_ALONE)
        axes.axvline(end, color=_ALONE)
    axes.set_title("The recording; green: the background alone, where it was learned")
    axes.set_xlabel(f"Time (s); black: {DYNAMIC_RANGE:.0f} dB under the peak")


def _mask(picture: _Picture, axes: Axes) -> None:
    picture.canvas.draw(picture.mask, axes, cmap="gray", vmin=0, vmax=1)
    axes.set_title(f"Mask of the {picture.sound}")
    axes.set_xlabel(f"Time (s); white: all the {picture.sound}'s")


def _background_bases(picture: _Picture, axes: Axes) -> None:
    bases = picture.separation.background.bases
    n_rows = picture.magnitudes.shape[0]
    _draw_bases(picture, bases[:n_rows], axes)
    axes.set_title(f"The background's {bases.shape[1]} bases")


def _voice_bases(picture: _Picture, axes: Axes) -> None:
    bases = picture.separation.explanation.voice_bases
    _draw_bases(picture, bases, axes)
    kind = "filters" if picture.separation.explanation.pitches is not None else "bases"
    axes.set_title(f"The {picture.sound}'s {bases.shape[1]} {kind}")


def _draw_bases(picture: _Picture, bases: np.ndarray, axes: Axes) -> None:
    """Draw bases side by side, each in dB under its peak; wide ones with their columns."""
    image = bases.reshape(bases.shape[0], -1)
    width = image.shape[1] // bases.shape[1]
    peaks = np.maximum(bases.reshape(*bases.shape[:2], -1).max(axis=(0, 2)), 1e-30)
    power = (image / np.repeat(peaks, width)) ** (2 / picture.separation.power)
    extent = (0.5, bases.shape[1] + 0.5, 0, picture.canvas.rate / 2e3)
    axes.imshow(decibels(power, 1.0), origin="lower", aspect="auto", extent=extent, cmap="magma",
                vmin=-_RANGE, vmax=0, interpolation="nearest")  # fmt: skip
    axes.set(xlabel="Basis", ylabel="Frequency (kHz)", ylim=(0, picture.canvas.highest / 1e3))


def _background_activations(picture: _Picture, axes: Axes) -> None:
    activations = picture.separation.explanation.background_activations
    _draw_activations(picture, activations, axes)
    axes.set_title("How strong each of the background's bases is")


def _voice_activations(picture: _Picture, axes: Axes) -> None:
    found = picture.separation.explanation
    if found.pitches is None:
        _draw_activations(picture, found.voice_activations, axes)
        axes.set_title(f"How strong each of the {picture.sound}'s bases is")
        return
    strength = found.voice_activations[:, thinning(found.voice_activations.shape[1])]
    edges = np.append(found.pitches, found.pitches[-1] ** 2 / found.pitches[-2])
    times = np.linspace(0, picture.canvas.duration, strength.shape[1] + 1)
    axes.pcolormesh(times, edges, decibels(strength**2), cmap="magma", vmin=-_RANGE, vmax=0,
                    rasterized=True)  # fmt: skip
    if found.melody is not None:
        places = (np.arange(found.melody.size) + 0.5) / found.melody.size * picture.canvas.duration
        axes.plot(places, found.melody, color="cyan", linewidth=1)
    axes.set_yscale("log")
    axes.set_yticks((100, 200, 400, 800), ("100", "200", "400", "800"))
    axes.minorticks_off()
    axes.set(xlabel="Time (s)", ylabel="Fundamental frequency (Hz)")
    axes.set_title("How strong each pitch is; cyan: the melody found")


def _draw_activations(picture: _Picture, activations: Rows, axes: Axes) -> None:
    """Draw one line a component, in dB under the peak of all."""
    shown = activations[:, thinning(activations.shape[1])]
    level = decibels(shown ** (2 / picture.separation.power))
    extent = (0, picture.canvas.duration, 0.5, activations.shape[0] + 0.5)
    axes.imshow(level, origin="lower", aspect="auto", extent=extent, cmap="magma",
                vmin=-_RANGE, vmax=0, interpolation="nearest")  # fmt: skip
    axes.set(xlabel="Time (s)", ylabel="Basis")


def _voice(picture: _Picture, axes: Axes) -> None:
    picture.draw_levels(picture.mask, axes)
    axes.set_title(f"The {picture.sound}")


def _background(picture: _Picture, axes: Axes) -> None:
    picture.draw_levels(1 - picture.mask, axes)
    axes.set_title("The background")


def _background_divergence(picture: _Picture, axes: Axes) -> None:
    _draw_curve(picture.separation.background.sounds.losses, axes)
    axes.set_title("Divergence while the background was learned")


def _divergence(picture: _Picture, axes: Axes) -> None:
    _draw_curve(picture.separation.explanation.losses, axes)
    axes.set_title("Divergence while all was explained, one fit after another")


def _draw_curve(losses: np.ndarray, axes: Axes) -> None:
    axes.semilogy(losses, color="black", marker=".")
    axes.set(xlabel="Iteration", ylabel="Divergence")


#: In the order of `VOCAL_FIGURES`.
_PANELS: tuple[Callable[[_Picture, Axes], None], ...] = (
    _spectrogram,
    _mask,
    _background_bases,
    _background_activations,
    _voice_bases,
    _voice_activations,
    _voice,
    _background,
    _background_divergence,
    _divergence,
)
