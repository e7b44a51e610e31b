"""How good a separation is, against the truth (through fast_bss_eval)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.errors import MissingDependencyError, ParameterError

#: Scores are held within this many dB of 0: what is beyond is rounding.
MOST_DB = 120.0
#: Taps of the distortion filter that BSS Eval version 3 forgives.
FILTER_LENGTH = 512
#: References whose squared cosine is nearer to 1 than this are the same sound.
_SAME = 1e-9


@dataclass(frozen=True)
class Scores:
    """Quality of each part in dB, in the order of the references.

    Attributes
    ----------
    sdr, sir, sar : ndarray [parts]
        Signal to distortion, to interference and to artefacts (BSS Eval version 3).
    si_sdr : ndarray [parts]
        Scale-invariant signal to distortion.
    permutation : ndarray [parts] of int
        Which estimate was matched to each reference: the assignment of the best mean SIR.
    """

    sdr: np.ndarray
    sir: np.ndarray
    sar: np.ndarray
    si_sdr: np.ndarray
    permutation: np.ndarray


@dataclass(frozen=True)
class PairScores:
    """Quality of every estimate as an estimate of every reference, in dB.

    Attributes
    ----------
    sdr, sir, sar, si_sdr : ndarray [references, estimates]
        As in `Scores`.
    """

    sdr: np.ndarray
    sir: np.ndarray
    sar: np.ndarray
    si_sdr: np.ndarray


def evaluate(
    references: np.ndarray, estimates: np.ndarray, filter_length: int = FILTER_LENGTH
) -> Scores:
    """Score estimated parts against the true ones.

    Parameters
    ----------
    references, estimates : ndarray [parts, samples]
        In any order.
    filter_length : int
        Taps of the distortion filter that BSS Eval forgives.

    Returns
    -------
    Scores

    Raises
    ------
    ParameterError
        If the shapes differ, a reference or estimate is silent, or two references are the same.
    MissingDependencyError
        If fast_bss_eval is not installed.

    References
    ----------
    E. Vincent, R. Gribonval, C. Fevotte, "Performance measurement in blind audio source
    separation", IEEE TASLP 14 (4), 2006.
    J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey, "SDR - half-baked or well done?", ICASSP 2019.
    """
    references, estimates = np.asarray(references), np.asarray(estimates)
    if references.shape != estimates.shape or references.ndim != 2:
        raise ParameterError(
            f"references {references.shape} and estimates {estimates.shape} must have the same "
            "shape, parts by samples"
        )
    pairs = score_pairs(references, estimates, filter_length)
    permutation = best_permutation(pairs.sir)
    matched = np.arange(len(permutation)), permutation
    return Scores(
        pairs.sdr[matched], pairs.sir[matched], pairs.sar[matched], pairs.si_sdr[matched],
        permutation,
    )  # fmt: skip


def score_pairs(
    references: np.ndarray, estimates: np.ndarray, filter_length: int = FILTER_LENGTH
) -> PairScores:
    """Score every estimate against every reference; what else is heard in it is interference.

    Parameters
    ----------
    references : ndarray [references, samples]
    estimates : ndarray [estimates, samples]
    filter_length : int

    Returns
    -------
    PairScores

    Raises
    ------
    ParameterError
        If a reference or estimate is silent, or two references are the same.
    MissingDependencyError
        If fast_bss_eval is not installed.
    """
    try:
        from fast_bss_eval.numpy.metrics import square_cosine_metrics
    except ImportError as error:
        raise MissingDependencyError("scoring", "fast-bss-eval", "evaluate") from error

    references = _normalized("reference", references)
    estimates = _normalized("estimate", estimates)
    likeness = np.triu((references @ references.T) ** 2, 1)
    if likeness.max() > 1 - _SAME:
        first, second = 1 + np.argwhere(likeness > 1 - _SAME)[0]
        raise ParameterError(
            f"references {first} and {second} are the same sound: nothing tells them apart"
        )
    try:
        own, all_ = square_cosine_metrics(references, estimates, filter_length=filter_length)
    except np.linalg.LinAlgError:
        raise ParameterError(
            "the references are delayed copies of each other: nothing tells them apart"
        ) from None
    with np.errstate(invalid="ignore"):  # nothing at all of the references
        interference = np.nan_to_num(own / all_)
    return PairScores(
        _decibels(own), _decibels(interference), _decibels(all_),
        _decibels((references @ estimates.T) ** 2),
    )  # fmt: skip


def best_permutation(sir: np.ndarray) -> np.ndarray:
    """Match estimates to references, so that the mean SIR is best.

    Parameters
    ----------
    sir : ndarray [references, estimates]

    Returns
    -------
    ndarray [references] of int
        The estimate of each reference.
    """
    from scipy.optimize import linear_sum_assignment

    return np.asarray(linear_sum_assignment(sir, maximize=True)[1])


def _normalized(kind: str, signals: np.ndarray) -> np.ndarray:
    """Return signals [signals, samples] of energy 1."""
    signals = np.asarray(signals, np.float64)
    silent = ~signals.any(axis=1)
    if silent.any():
        raise ParameterError(f"{kind} {1 + int(silent.argmax())} is silent: it has no score")
    signals = signals / np.abs(signals).max(axis=1, keepdims=True)  # lest squares overflow
    return signals / np.linalg.norm(signals, axis=1, keepdims=True)


def _decibels(share: np.ndarray) -> np.ndarray:
    """Turn the share of a signal's energy that is wanted into a ratio to the rest, in dB."""
    share = np.clip(share, 0, 1)  # but for rounding it is
    with np.errstate(divide="ignore"):
        return np.clip(10 * np.log10(share) - 10 * np.log10(1 - share), -MOST_DB, MOST_DB)
