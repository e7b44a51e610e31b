"""What tdsep.nmf is measured against: the textbook's loop, torchnmf, libnmfd and scikit-learn.

All take a matrix [I, J], start values in the shapes of tdsep.nmf, bases [I, K] or [I, K, L] and
activations [K, J], and a number of iterations; all return factors in these shapes. A peer that is
not installed is None, after a line that says how to install it.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np
import scipy.sparse
from scipy.special import kl_div

Factors = tuple[np.ndarray, np.ndarray]
#: Matrix, bases, activations, number of iterations -> bases and activations.
Peer = Callable[[np.ndarray, np.ndarray, np.ndarray, int], Factors]


@cache
def installed(module: str, *install: str) -> ModuleType | None:
    """Import a peer, or say once how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        print(f"  {module.partition('.')[0]} is not installed: pip install {' '.join(install)}")
        return None


def reconstruct(bases: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Form the model in double precision: Σ_l bases[:, :, l] @ activations[:, j - l]."""
    bases, activations = bases.astype(np.float64), activations.astype(np.float64)
    if bases.ndim == 2:
        return bases @ activations
    n_frames = activations.shape[1]
    model = np.zeros((bases.shape[0], n_frames))
    for lag in range(bases.shape[2]):
        model[:, lag:] += bases[:, :, lag] @ activations[:, : n_frames - lag]
    return model


def dense_divergence(X: np.ndarray, factors: Factors, kind: str) -> float:
    """Return the divergence of a model, computed in double precision by none of those compared."""
    X, model = X.astype(np.float64), reconstruct(*factors)
    if kind == "euclidean":
        return float(np.square(X - model).sum())
    if kind == "kullback-leibler":
        return float(kl_div(X, model).sum())
    ratio = X / model
    return float((ratio - np.log(ratio) - 1).sum())


def sparse_divergence(X: scipy.sparse.csr_array, factors: Factors) -> float:
    """Return the Kullback-Leibler divergence over all entries, zeros included."""
    bases, activations = (factor.astype(np.float64) for factor in factors)
    entries, heard = X.tocoo(), np.ascontiguousarray(activations.T)
    total = bases.sum(axis=0) @ activations.sum(axis=1) - entries.data.sum(dtype=np.float64)
    for start in range(0, entries.nnz, 200_000):
        part = slice(start, start + 200_000)
        i, j = entries.row[part], entries.col[part]
        data = entries.data[part].astype(np.float64)
        total += data @ np.log(data / np.einsum("nk,nk->n", bases[i], heard[j]))
    return float(total)


def textbook(X: np.ndarray, bases: np.ndarray, activations: np.ndarray, n_iter: int) -> Factors:
    """Minimise Itakura-Saito as the book has it: double precision, a loop over the L lags.

    Bases and activations take turns, the exponent is 1/2, and the model is formed anew for each.
    No loss is computed.
    """
    X = X.astype(np.float64)
    bases = np.ascontiguousarray(bases.transpose(2, 0, 1), np.float64)  # each lag's in one piece
    activations = activations.astype(np.float64)
    lags, n_frames = range(len(bases)), X.shape[1]
    tiny = 1e-30

    def ratios() -> Factors:
        model = np.full(X.shape, 1e-12)
        for lag in lags:
            model[:, lag:] += bases[lag] @ activations[:, : n_frames - lag]
        return X / model**2, 1 / model

    for _ in range(n_iter):
        up, down = ratios()
        for lag in lags:
            shifted = activations[:, : n_frames - lag].T
            bases[lag] *= np.sqrt((up[:, lag:] @ shifted) / (down[:, lag:] @ shifted + tiny))
        up, down = ratios()
        rise, fall = np.zeros_like(activations), np.full_like(activations, tiny)
        for lag in lags:
            rise[:, : n_frames - lag] += bases[lag].T @ up[:, lag:]
            fall[:, : n_frames - lag] += bases[lag].T @ down[:, lag:]
        activations *= np.sqrt(rise / fall)
    return bases.transpose(1, 2, 0), activations


def torchnmf_nmfd() -> Peer | None:
    """Itakura-Saito by torchnmf's NMFD, in float32, torch's default.

    Its activations end L - 1 frames before the matrix does, where a basis would stick out. So the
    last frames have fewer activations to explain them than elsewhere, which costs torchnmf a few
    iterations at most. Its loss, which it computes every ten iterations, cannot be turned off.
    """
    if (torch := installed("torch", "torch")) is None:
        return None
    if (nmf := installed("torchnmf.nmf", "torchnmf")) is None:
        return None

    def tensor(array: np.ndarray):
        return torch.from_numpy(np.array(array, np.float32, order="C"))

    def module(bases: np.ndarray, activations: np.ndarray):
        n_kept = activations.shape[1] - bases.shape[2] + 1
        return nmf.NMFD(W=tensor(bases), H=tensor(activations[None, :, :n_kept]))

    def fit(X: np.ndarray, bases: np.ndarray, activations: np.ndarray, n_iter: int) -> Factors:
        learner = module(bases, activations)
        if n_iter:
            learner.fit(tensor(X[None]), beta=0, tol=-np.inf, max_iter=n_iter)
        ending = ((0, 0), (0, bases.shape[2] - 1))
        heard = learner.H.detach().numpy()[0]
        return learner.W.detach().numpy(), np.pad(heard, ending)

    # The conventions are the same: the model from the same values, and what an iteration does.
    rng = np.random.default_rng(0)
    X, start = rng.random((9, 40)) + 0.1, (rng.random((9, 3, 4)), rng.random((3, 40)))
    start[1][:, -3:] = 0
    with torch.no_grad():
        model = module(*start)().numpy()[0]
    np.testing.assert_allclose(model, reconstruct(*start), rtol=1e-5)
    theirs, book = fit(X, *start, 5), textbook(X, *start, 5)
    np.testing.assert_allclose(reconstruct(*theirs), reconstruct(*book), rtol=1e-3)
    return fit


def libnmfd_function(name: str, **options: float) -> Peer | None:
    """Return a function of libnmfd: `nmfd` (Kullback-Leibler) or `nmf_conv` (any beta).

    Both divide X by its sum, so the activations do too. Both scale each basis to a sum of 1 after
    an iteration and leave the activations as they are, so what they return is their very state.
    Both also return a spectrogram for each component, which takes part of their time.
    """
    # libnmfd asks for numpy < 2 without needing it, hence without its dependencies.
    install = ("--no-deps", "libnmfd", "&&", "pip", "install", "tqdm", "matplotlib")
    if (conv := installed("libnmfd.core.nmfconv", *install)) is None:
        return None
    conv.tnrange = lambda n_iter, desc: range(n_iter)  # its progress bar wants a notebook

    def fit(X: np.ndarray, bases: np.ndarray, activations: np.ndarray, n_iter: int) -> Factors:
        total = X.sum()
        found = getattr(conv, name)(
            X,
            num_comp=bases.shape[1],
            num_iter=n_iter,
            num_template_frames=bases.shape[2],
            init_W=list(bases.transpose(1, 0, 2)),
            init_H=activations / total,
            **options,
        )
        return np.stack(found[0], axis=1), found[1] * total

    rng = np.random.default_rng(0)
    start = rng.random((9, 3, 4)), rng.random((3, 40))
    model = conv.conv_model(*start)
    np.testing.assert_allclose(model, reconstruct(*start), rtol=1e-5)
    return fit


def scikit_learn(kind: str) -> Peer | None:
    """Return scikit-learn's multiplicative updates, or its coordinate descent for "euclidean".

    With tol=0 it computes its loss once, at the start. It computes in the type it is given.
    """
    if (peer := installed("sklearn.decomposition", "scikit-learn")) is None:
        return None
    euclidean = kind == "euclidean"

    def fit(X: np.ndarray, bases: np.ndarray, activations: np.ndarray, n_iter: int) -> Factors:
        with warnings.catch_warnings():  # that it did not converge, which it was not to
            warnings.simplefilter("ignore")
            found = peer.non_negative_factorization(
                X,
                bases.astype(X.dtype),
                activations.astype(X.dtype),
                n_components=bases.shape[1],
                init="custom",
                solver="cd" if euclidean else "mu",
                beta_loss="frobenius" if euclidean else kind,
                max_iter=n_iter,
                tol=0,
            )
        return found[0], found[1]

    return fit
