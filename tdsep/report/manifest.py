"""The manifest: one JSON document that tells how a run's files came to be."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tdsep._version import __version__
from tdsep.audio import AudioInfo
from tdsep.gmm.separate import Separation
from tdsep.vocal.separate import VocalSeparation


def input_entry(path: str | os.PathLike[str], info: AudioInfo) -> dict[str, Any]:
    """Describe an input file: its name, format, and the SHA-256 of its bytes."""
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": Path(path).name,
        "rate": info.rate,
        "channels": info.channels,
        "frames": info.frames,
        "subtype": info.subtype,
        "sha256": digest,
    }


def separation_entry(separation: Separation) -> dict[str, Any]:
    """Describe the talkers found, the fitted mixtures and the evidence.

    The pair's channels count within those separated, from 1. Times are in seconds, angles in
    degrees, log-likelihoods in nats a sample or bin.
    """
    search, analysis, refinement = separation.search, separation.analysis, separation.refinement
    gaussians, phase = analysis.mixture, analysis.phase_mixture
    entry: dict[str, Any] = {
        "talkers": search.n_talkers,
        "output": separation.output,
        "n_fft": analysis.n_fft,
        "hop_length": analysis.hop_length,
        "overlap": {str(n_fft): overlap for n_fft, overlap in separation.overlaps.items()},
        "pair": [channel + 1 for channel in separation.pair],
        "delays": separation.delays,
        "microphone_delays": separation.microphone_delays,
        "angles": separation.angles,
        "evidence": {
            "chosen_by": "recording" if search.estimated else "user",
            "threshold": search.threshold,
            "score": {str(k): score for k, score in search.scores.items()},
        },
        "gaussian_mixture": {
            "weights": gaussians.weights,
            "means": gaussians.means,
            "variances": gaussians.variances,
            "log_likelihood": gaussians.log_likelihood,
        },
    }
    if phase is not None:
        entry["phase_mixture"] = {
            "weights": phase.weights,
            "background_weight": phase.frame_weights[-1].mean(),
            "delays": phase.delays,
            "median_phase_variances": np.median(phase.variances, axis=1),
            "log_likelihood": phase.log_likelihood,
        }
    if refinement is not None:
        entry["spatial_log_likelihood"] = refinement.log_likelihood
    return entry


def vocal_entry(separation: VocalSeparation, start: float) -> dict[str, Any]:
    """Describe where the background was learned and how the song was explained.

    Parameters
    ----------
    separation : VocalSeparation
    start : float
        Where in the file the song starts, in seconds.
    """
    found, recording = separation.explanation, separation.recording
    return {
        "method": separation.method,
        "n_fft": recording.n_fft,
        "hop_length": recording.hop_length,
        "background_passages": [
            (first + start, last + start) for first, last in separation.passages
        ],
        "background_bases": separation.background.bases.shape[1],
        "voice_bases": found.voice_bases.shape[1],
        "voice_share": float(found.loudness[0].sum() / max(found.loudness[1].sum(), 1e-30)),
        "background_divergence": separation.background.sounds.losses,
        "divergence": found.losses,
    }


def manifest(
    command: str, options: Mapping[str, Any], seed: int | None, **entries: Any
) -> dict[str, Any]:
    """Put a manifest together: the program, the command with its options, then the entries."""
    return plain(
        {"tdsep": __version__, "command": command, "options": options, "seed": seed, **entries}
    )


def to_json(document: Mapping[str, Any]) -> str:
    """Write a manifest as JSON text; numbers that JSON lacks become null."""
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Give a value the form it has after JSON: arrays become lists, NaN and infinities None."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Path):
        return str(value)
    return value
