"""What is wanted of a separation: its options, checked, and the parts that follow from them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from tdsep.errors import ParameterError
from tdsep.nmf.divergences import Divergence
from tdsep.nmf.options import checked_count
from tdsep.vocal import METHODS
from tdsep.vocal.background import Background, learn_background
from tdsep.vocal.lecture import Newcomer
from tdsep.vocal.recording import Recording
from tdsep.vocal.singer import Singer
from tdsep.vocal.source_filter import BETA

#: Defaults: bases of the background and of the voice, frames that a convolutive basis spans,
#: iterations of the source-filter model and of the lecture's methods.
BASES, VOICE_BASES, WIDTH, ITERATIONS = 30, 30, 12, {"source-filter": 30, "nmf": 30, "cnmf": 20}
#: Iterations of the background's bases under the source-filter model.
_BACKGROUND = 50
#: Background alone that goes with each segment of a song, in seconds.
_ANCHORS = 10.0


@dataclass(frozen=True)
class Wanted:
    """Checked options, and the parts that follow from them."""

    method: str
    n_bases: int
    n_vocal_bases: int
    width: int
    divergence: str | float
    n_iter: int

    @classmethod
    def checked(
        cls,
        method: str,
        n_bases: int,
        n_vocal_bases: int,
        width: int | None,
        divergence: str | float | None,
        n_iter: int | None,
        high_pass: float,
    ) -> Wanted:
        """Check options, and fill in what was left open."""
        if method not in METHODS:
            raise ParameterError(f"`method` is {method!r}: choose from {', '.join(METHODS)}")
        if width is not None and method != "cnmf":
            raise ParameterError(f"only `method` cnmf has a `width`: give none to {method}")
        if divergence is not None and method == "source-filter":
            raise ParameterError("`method` source-filter has a `divergence` of its own: give none")
        if not 0 <= high_pass < np.inf:
            raise ParameterError(f"`high_pass` is {high_pass} Hz: give a frequency from 0 up")
        return cls(
            method,
            checked_count(n_bases, "n_bases", 1),
            checked_count(n_vocal_bases, "n_vocal_bases", 1),
            1 if method != "cnmf" else checked_count(WIDTH if width is None else width, "width", 1),
            "itakura-saito" if divergence is None else divergence,
            checked_count(ITERATIONS[method] if n_iter is None else n_iter, "n_iter", 1),
        )

    @property
    def power(self) -> int:
        """Of the magnitudes that are compared."""
        if self.method == "source-filter":
            return 1
        return 2 if Divergence.of(self.divergence).beta == 0 else 1

    def background(self, recording: Recording, alone: np.ndarray, seed: int) -> Background:
        """Learn the background's bases."""
        n_frames = int(alone.sum())
        n_bases = min(self.n_bases, n_frames)
        if n_bases < self.n_bases:
            warnings.warn(
                f"{self.n_bases} bases are more than the {n_frames} frames they are learned from: "
                f"{n_bases} will do",
                stacklevel=3,
            )
        if self.method == "source-filter":
            return learn_background(
                recording, alone, n_bases, n_anchors=round(_ANCHORS / recording.hop),
                divergence=BETA, max_iter=_BACKGROUND, seed=seed,
            )  # fmt: skip
        return learn_background(
            recording, alone, n_bases, n_views=1, power=self.power, width=min(self.width, n_frames),
            divergence=self.divergence, max_iter=self.n_iter, seed=seed,
        )  # fmt: skip

    def explainer(self, recording: Recording, background: Background) -> Singer | Newcomer:
        """Make what explains the song's segments."""
        if self.method == "source-filter":
            return Singer(recording, background, self.n_iter)
        return Newcomer(
            recording, background, self.n_vocal_bases, self.divergence, self.power, self.n_iter
        )
