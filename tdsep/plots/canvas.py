"""What all figures share: time-frequency pictures, levels, titles."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Levels shown, in dB under the loudest bin.
DYNAMIC_RANGE = 70.0
#: More frames than pixels cannot be seen: longer recordings are thinned out.
_MOST_FRAMES = 2000


@dataclass(frozen=True)
class Canvas:
    """The axes of a recording's time-frequency pictures.

    Attributes
    ----------
    duration : float
        In seconds.
    rate : int
        In Hz.
    highest : float
        Frequency in Hz above which there is nothing to see.
    """

    duration: float
    rate: int
    highest: float

    @classmethod
    def of(cls, levels: np.ndarray, n_samples: int, rate: int) -> Canvas:
        """Choose the axes by the largest level of each band, in dB, [frequency]."""
        frequencies = np.linspace(0, rate / 2, levels.size)
        seen = frequencies[levels > -DYNAMIC_RANGE].max(initial=0.0)
        return cls(n_samples / rate, rate, min(max(1.05 * seen, 4000.0), rate / 2))

    def draw(self, image: np.ndarray, axes: Axes, **style: object) -> None:
        """Draw one value a bin over seconds and kHz."""
        extent = (0, self.duration, 0, self.rate / 2e3)
        axes.imshow(image, origin="lower", aspect="auto", extent=extent, **style)  # type: ignore[arg-type]
        axes.set(xlabel="Time (s)", ylabel="Frequency (kHz)", ylim=(0, self.highest / 1e3))

    def draw_levels(self, power: np.ndarray, reference: float, axes: Axes) -> None:
        """Draw powers in dB under a reference."""
        level = decibels(power, reference)
        self.draw(level, axes, cmap="magma", vmin=-DYNAMIC_RANGE, vmax=0)


def decibels(power: np.ndarray, reference: float | None = None) -> np.ndarray:
    """Levels of powers in dB under a reference, the largest by default."""
    reference = float(power.max()) if reference is None else reference
    return 10 * np.log10(np.maximum(power / max(reference, 1e-30), 1e-12))


def thinning(n_frames: int) -> slice:
    """Leave out frames that would share a pixel."""
    return slice(None, None, max(1, -(-n_frames // _MOST_FRAMES)))


def plain(text: str) -> str:
    """Keep matplotlib from reading a file's name as mathematics; drop what cannot be drawn."""
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return printable.replace("$", r"\$")


def to_png(figure: Figure) -> bytes:
    """Render a figure."""
    image = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # in a file's name
        figure.savefig(image, format="png", dpi=100)
    return image.getvalue()
