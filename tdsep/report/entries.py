"""What a manifest tells of each kind of result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tdsep.parts.pitch import note

if TYPE_CHECKING:  # each loads much that the others do not need
    from tdsep.gmm.separate import Separation
    from tdsep.nmf import RankChoice
    from tdsep.nmf.completion import Completion
    from tdsep.nmf.held_out import Comparison
    from tdsep.parts.separate import PartsSeparation
    from tdsep.tables.join import JoinedTables
    from tdsep.topics.agreement import Agreement
    from tdsep.topics.find import Topics
    from tdsep.vocal.separate import VocalSeparation


#: Steps of frequency, and of time, in which a manifest tells what is large otherwise.
_BANDS, _MOMENTS = 128, 400


def _for_the_eye(values: np.ndarray, most: int | None = None) -> np.ndarray:
    """Round to four digits, and take the peaks of as many equal steps along the last axis."""
    count = values.shape[-1]
    if most is not None and count > most:
        values = np.maximum.reduceat(values, np.arange(most) * count // most, axis=-1)
    digits = np.array([f"{value:.4g}" for value in values.ravel()], np.float64)
    return digits.reshape(values.shape)


def _of_peak(rows: np.ndarray) -> np.ndarray:
    """Each row over its largest value."""
    return rows / np.maximum(rows.max(axis=-1, keepdims=True), np.finfo(np.float32).tiny)


def separation_entry(separation: Separation) -> dict[str, Any]:
    """Describe the talkers found, the fitted mixtures and the evidence.

    The pair's channels count within those separated, from 1. Times are in seconds, angles in
    degrees, log-likelihoods in nats a sample or bin.
    """
    search, model = separation.search, separation.model
    gaussians, phase = model.mixture, model.phase_mixture
    entry: dict[str, Any] = {
        "talkers": search.n_talkers,
        "output": separation.output,
        "n_fft": model.n_fft,
        "hop_length": model.hop_length,
        "learned_from": separation.digest.passages,
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
        "histogram": {
            "limit": model.max_delay,
            "density": _for_the_eye(separation.observed.density(model.max_delay)),
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
    if model.room is not None:
        entry["spatial_log_likelihood"] = model.room.log_likelihood
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
        "loudness": _for_the_eye(found.loudness / max(found.loudness.max(), 1e-30), _MOMENTS),
        "background_divergence": separation.background.sounds.losses,
        "divergence": found.losses,
    }


def parts_entry(separation: PartsSeparation, start: float) -> dict[str, Any]:
    """Describe the parts found and how what they were learned from was decomposed.

    Pitches are in Hz.

    Parameters
    ----------
    separation : PartsSeparation
    start : float
        Where in the file the sound starts, in seconds.
    """
    found = separation.decomposition
    shares = found.activations().sum(axis=1)
    amplitudes = found.spectra().max(axis=2).T ** (1 / separation.power)
    return {
        "n_fft": separation.n_fft,
        "hop_length": separation.hop_length,
        "learned_from": [
            (first + start, last + start) for first, last in separation.excerpt.passages
        ],
        "chosen_by": "recording" if separation.counted else "user",
        "parts": [
            {"pitch": pitch, "note": note(pitch), "share": share}
            for pitch, share in zip(separation.pitches, shares / shares.sum(), strict=True)
        ],
        "distances": found.tree()[:, 2],
        "bases": _for_the_eye(_of_peak(amplitudes), _BANDS),
        "activations": _for_the_eye(_of_peak(found.activations()), _MOMENTS),
        "divergence": found.factors.losses,
    }


def rank_entry(choice: RankChoice) -> dict[str, Any]:
    """Describe the errors by which a number of components was chosen."""
    return {
        "components": choice.n_components,
        "convincing": choice.convincing,
        "reason": choice.reason,
        "candidates": choice.candidates,
        "errors": choice.errors,
        "held_out_errors": choice.held_out_errors,
        "choice_of_each_repeat": choice.choices,
    }


def topics_entry(topics: Topics, compared: Agreement | None, n_words: int) -> dict[str, Any]:
    """Describe the topics found, and how they agree with the documents' labels.

    Topics are counted from 1, as in the tables. The rows of the confusion are the labels'.
    """
    entry: dict[str, Any] = {
        "documents": topics.words.counts.shape[0],
        "words": len(topics.words.vocabulary),
        "weighting": topics.weighting,
        "top_words": [[word.word for word in words] for words in topics.top_words(n_words)],
        "cluster_sizes": topics.sizes,
        "start_divergences": topics.start_losses,
        "divergence": topics.losses,
        "agreement": None,
    }
    if compared is not None:
        entry["agreement"] = {
            "documents": compared.n_documents,
            "purity": compared.purity,
            "nmi": compared.nmi,
            "labels": compared.labels,
            "confusion": compared.counts,
        }
    return entry


def joint_entry(
    tables: JoinedTables, completion: Completion, comparison: Comparison | None
) -> dict[str, Any]:
    """Describe tables explained together, and how well cells held out were predicted.

    A table's model is its scale times the product of its modes' factors.
    """
    found = completion.factorization
    entry: dict[str, Any] = {
        "modes": {mode: len(names) for mode, names in tables.names.items()},
        "tables": [
            {
                "modes": pair,
                "known_cells": tables.n_known(pair),
                "scale": completion.scales[pair],
                "weight": completion.matrix_weights[pair],
            }
            for pair in tables.matrices
        ],
        "components": next(iter(found.factors.values())).shape[1],
        "prior": completion.prior,
        "divergence": {f"{prior:g}": losses for prior, losses in completion.losses.items()},
    }
    tried = completion if comparison is None else comparison.completion
    entry["prior_errors"] = {f"{prior:g}": error for prior, error in tried.prior_errors.items()}
    if comparison is not None:
        entry["held_out"] = {
            "cells": comparison.truth.size,
            "mean_divergence": comparison.errors,
        }
    return entry
