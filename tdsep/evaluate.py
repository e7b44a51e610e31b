"""How good a separation is, against the truth (through fast_bss_eval)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.errors import MissingDependencyError, ParameterError


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


def evaluate(references: np.ndarray, estimates: np.ndarray, filter_length: int = 512) -> Scores:
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
        If the shapes differ or a reference or estimate is silent.
    MissingDependencyError
        If fast_bss_eval is not installed.

    References
    ----------
    E. Vincent, R. Gribonval, C. Fevotte, "Performance measurement in blind audio source
    separation", IEEE TASLP 14 (4), 2006.
    J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey, "SDR - half-baked or well done?", ICASSP 2019.
    """
    try:
        import fast_bss_eval
    except ImportError as error:
        raise MissingDependencyError("scoring", "fast-bss-eval", "evaluate") from error

    references = np.asarray(references, np.float64)
    estimates = np.asarray(estimates, np.float64)
    if references.shape != estimates.shape or references.ndim != 2:
        raise ParameterError(
            f"references {references.shape} and estimates {estimates.shape} must have the same "
            "shape, parts by samples"
        )
    for kind, signals in (("reference", references), ("estimate", estimates)):
        silent = ~signals.any(axis=1)
        if silent.any():
            raise ParameterError(f"{kind} {1 + int(silent.argmax())} is silent: it has no score")
    sdr, sir, sar, permutation = fast_bss_eval.bss_eval_sources(
        references, estimates, filter_length=filter_length
    )
    si_sdr = np.array(
        [_si_sdr(ref, est) for ref, est in zip(references, estimates[permutation], strict=True)]
    )
    return Scores(sdr, sir, sar, si_sdr, permutation)


def _si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Le Roux et al., eq. 3."""
    target = (estimate @ reference) / (reference @ reference) * reference
    noise = estimate - target
    with np.errstate(divide="ignore"):
        return float(10 * np.log10((target @ target) / (noise @ noise)))
