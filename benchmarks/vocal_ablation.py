"""What the adapting background is worth to nmf-vocal.

    python benchmarks/vocal_ablation.py [--seeds N]

The source-filter method against itself with the background's bases kept as learned and one round
only, on the songs of vocal_quality.py: SDR and SI-SDR of the voice, SDR of the accompaniment, after
the intro.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from vocal_quality import scored
from vocal_songs import Song, crossed_songs, real_songs

import tdsep
from tdsep.vocal.source_filter import SourceFilter


@contextmanager
def bases_kept() -> Iterator[None]:
    """Let the background be, and count the second round, which then is the first anew, alone."""
    fit = SourceFilter.fit

    def kept(model: SourceFilter, factors: Any, n_iter: int, *, adapt: bool) -> Any:
        return fit(model, factors, n_iter, adapt=False)

    with patch.object(SourceFilter, "fit", kept), patch("tdsep.vocal.singer._ROUNDS", (0.0, 1.0)):
        yield


def mean_scores(songs: list[Song], n_seeds: int) -> np.ndarray:
    """Return the means over songs and seeds, in the order of the table."""
    found = []
    for song in songs:
        for seed in range(n_seeds):
            parts = tdsep.separate_vocals(song.mixture, song.rate, song.intro, seed=seed)
            found.append(scored(song, (parts.vocals, parts.accompaniment)))
    voice, accompaniment = np.mean(found, axis=0)
    return np.array([voice[0], voice[3], accompaniment[0]])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    songs = real_songs()
    groups = {"MIR-1K": songs[:3], "Escape": songs[3:], "crossed": crossed_songs()}
    for name, group in groups.items():
        adapting = mean_scores(group, options.seeds)
        with bases_kept():
            kept = mean_scores(group, options.seeds)
        for title, scores in (("bases kept", kept), ("tdsep", adapting)):
            line = " / ".join(f"{score:.2f}" for score in scores)
            print(f"{name:8s} {title:10s} {line}", flush=True)


if __name__ == "__main__":
    main()
