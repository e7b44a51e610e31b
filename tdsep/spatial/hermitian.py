"""Hermitian matrices as real vectors: sums over bins become matrix products.

A Hermitian matrix [M, M] has M^2 real numbers: its diagonal, then the real and the imaginary parts
above it, times sqrt(2). So written, the trace of a product is an inner product: of x x^H and B it
is x^H B x, which for all frames of a frequency at once is one product of real matrices. The
coordinates stand on the last axis but one, [..., M * M, N]. Two channels need no LAPACK.
"""

from __future__ import annotations

from math import isqrt, sqrt

import numpy as np

_ROOT_2 = sqrt(2)


def outer(x: np.ndarray) -> np.ndarray:
    """Products x x^H of complex vectors [..., M, N], as [..., M * M, N], float32."""
    n_channels = x.shape[-2]
    result = np.empty((*x.shape[:-2], n_channels**2, x.shape[-1]), np.float32)
    result[..., :n_channels, :] = x.real**2 + x.imag**2
    for place, mirrored, i, j in _pairs(n_channels):
        product = x[..., i, :] * x[..., j, :].conj()
        result[..., place, :] = _ROOT_2 * product.real
        result[..., mirrored, :] = _ROOT_2 * product.imag
    return result


def trace(h: np.ndarray) -> np.ndarray:
    """Trace of each matrix, [..., M * M, N] to [..., 1, N]."""
    return h[..., : isqrt(h.shape[-2]), :].sum(axis=-2, keepdims=True)


def loaded(h: np.ndarray, share: float) -> np.ndarray:
    """Scale each matrix to a mean diagonal of 1, and add `share` to it."""
    n_channels = isqrt(h.shape[-2])
    scaled = h * (n_channels / np.maximum(trace(h), 1e-30))
    scaled[..., :n_channels, :] += share
    return scaled


def inverse(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverse [..., M * M, N] and determinant [..., 1, N] of positive definite matrices."""
    if h.shape[-2] == 4:
        a, b, p, q = np.moveaxis(h, -2, 0)
        # Rounding may not make a determinant vanish.
        determinant = np.maximum(a * b - 0.5 * (p * p + q * q), np.finfo(h.dtype).eps * a * b)
        swapped = np.stack([b, a, -p, -q], axis=-2)
        return swapped / determinant[..., None, :], determinant[..., None, :]
    full = matrices(h)
    determinant = np.linalg.det(full).real.astype(h.dtype)
    return coordinates(np.linalg.inv(full)).astype(h.dtype), determinant[..., None, :]


def matrices(h: np.ndarray) -> np.ndarray:
    """Complex matrices [..., N, M, M] of coordinates [..., M * M, N]."""
    n_channels = isqrt(h.shape[-2])
    result = np.empty((*h.shape[:-2], h.shape[-1], n_channels, n_channels), complex)
    for i in range(n_channels):
        result[..., i, i] = h[..., i, :]
    for place, mirrored, i, j in _pairs(n_channels):
        result[..., i, j] = (h[..., place, :] + 1j * h[..., mirrored, :]) / _ROOT_2
        result[..., j, i] = result[..., i, j].conj()
    return result


def coordinates(full: np.ndarray) -> np.ndarray:
    """Coordinates [..., M * M, N] of complex Hermitian matrices [..., N, M, M]."""
    n_channels = full.shape[-1]
    result = np.empty((*full.shape[:-3], n_channels**2, full.shape[-3]))
    for i in range(n_channels):
        result[..., i, :] = full[..., i, i].real
    for place, mirrored, i, j in _pairs(n_channels):
        result[..., place, :] = _ROOT_2 * full[..., i, j].real
        result[..., mirrored, :] = _ROOT_2 * full[..., i, j].imag
    return result


def multiply(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Each matrix [..., M * M, N] times its vector [..., M, N]."""
    n_channels = x.shape[-2]
    result = h[..., :n_channels, :] * x
    for place, mirrored, i, j in _pairs(n_channels):
        entry = (h[..., place, :] + 1j * h[..., mirrored, :]) / _ROOT_2
        result[..., i, :] += entry * x[..., j, :]
        result[..., j, :] += entry.conj() * x[..., i, :]
    return result


def _pairs(n_channels: int) -> list[tuple[int, int, int, int]]:
    """Where the real and the imaginary part of each entry (i, j) above the diagonal stand."""
    above = [(i, j) for i in range(n_channels) for j in range(i + 1, n_channels)]
    return [
        (n_channels + place, n_channels + len(above) + place, i, j)
        for place, (i, j) in enumerate(above)
    ]
