"""A song's voice by new bases beside the background's: the lecture's methods.

The bases of the background are kept; as many as wanted for the voice, and all activations, are
learned from the song. Bases of width 1 are those of plain NMF, wider ones of convolutive NMF.

P. Smaragdis, B. Raj, M. Shashanka, "Supervised and semi-supervised separation of sounds from
single-channel mixtures", ICA 2007 (part of the bases known).
P. Smaragdis, "Non-negative matrix factor deconvolution", ICA 2004 (convolutive NMF).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tdsep.nmf import factorize
from tdsep.nmf.convolutive import reconstruct
from tdsep.vocal.background import Background
from tdsep.vocal.explanation import Explanation
from tdsep.vocal.recording import Recording
from tdsep.vocal.segments import Segment


class Newcomer:
    """Finds what a background does not explain, in segment after segment of a song.

    Parameters
    ----------
    recording : Recording
    background : Background
    n_bases : int
        Of the voice.
    divergence : str or float
    power : int
        1 to explain magnitudes, 2 for powers.
    n_iter : int
    """

    def __init__(
        self,
        recording: Recording,
        background: Background,
        n_bases: int,
        divergence: str | float,
        power: int,
        n_iter: int,
    ) -> None:
        self._recording, self._background, self._n_bases = recording, background, n_bases
        self._divergence, self._power, self._n_iter = divergence, power, n_iter

    def explain(
        self,
        segment: Segment,
        sung: np.ndarray,
        rng: np.random.Generator,
        progress: Callable[[float], None],
    ) -> Explanation:
        """Explain a segment; see `tdsep.vocal.singer.Singer.explain`."""
        heard = self._recording.magnitudes(segment.start, segment.stop)[0] ** self._power
        kept = self._background.bases
        n_kept = kept.shape[1]
        n_bases = n_kept + self._n_bases
        activations = (rng.random((n_bases, sung.size)) + 0.1) * heard.sum(axis=0).mean() / n_bases
        activations[n_kept:] *= sung
        found = factorize(
            heard, n_bases, divergence=self._divergence, width=kept[0, 0].size,
            fixed_bases=kept, activations=activations, max_iter=self._n_iter, tol=0, seed=rng,
            progress=progress,
        )  # fmt: skip
        bases = found.bases if found.bases.ndim == 3 else found.bases[:, :, None]
        voice = reconstruct(bases[:, n_kept:], found.activations[n_kept:])
        total = reconstruct(bases, found.activations)
        share = voice / np.maximum(total, np.finfo(total.dtype).tiny)
        return Explanation(
            share.astype(np.float16),
            np.array([voice.sum(axis=0), total.sum(axis=0)]),
            found.activations[:n_kept],
            found.bases[:, n_kept:],
            found.activations[n_kept:],
            found.losses,
        )
