"""Matrices to factorise, starts for them, and what must hold of every result."""

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from tdsep.stft import stft
from tests.conftest import voice_like
from tests.nmf import oracle

NAMED = ["euclidean", "kullback-leibler", "itakura-saito"]
#: Each beta once: the names stand for 2, 1 and 0, though twice the divergence for 2.
KINDS = [*NAMED, -1, -0.5, 0.3, 0.5, 1.5, 2, 2.5]
SOLVERS = ["accelerated", "multiplicative"]

#: Betas of two decimals: any nearer to 0 or 1, and the oracle's formula is rounding only.
hundredths = st.integers(-100, 250).map(lambda n: n / 100)


def rough(rng, n_rows=24, n_columns=31, rank=5):
    """Low rank, times the noise of a periodogram: positive, and far from an exact product."""
    return (rng.random((n_rows, rank)) @ rng.random((rank, n_columns))) * rng.gamma(
        2.0, 0.5, (n_rows, n_columns)
    )


def clear(rng, n_rows=60, n_columns=80, rank=3):
    """Low rank and little noise: any good run ends in the same minimum."""
    product = rng.random((n_rows, rank)) @ rng.random((rank, n_columns))
    return product * rng.gamma(20, 1 / 20, product.shape)


def holed(rng, n_rows=24, n_columns=31):
    """The same with zeros strewn in, a silent row and two silent columns."""
    X = rough(rng, n_rows, n_columns) * (rng.random((n_rows, n_columns)) < 0.7)
    X[3] = X[:, 5] = X[:, 6] = 0
    return X


def counts(rng, n_rows=40, n_columns=60, density=0.1):
    """Counts, most of them zero, with an empty row and an empty column."""
    X = rng.poisson(3.0, (n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < density)
    X[7] = X[:, 11] = 0
    return sparse.csr_array(X.astype(np.float64))


def spectrogram(power=2.0):
    """Of two seconds of something like a voice, with digital silence in its gaps."""
    rng = np.random.default_rng(3)
    sound = voice_like(rng, 16000, 8000)
    sound[6000:7000] = 0
    return np.abs(stft(sound[None], 256)[0]).astype(np.float64) ** power


def start(rng, n_rows, n_columns, n_components, width=None):
    """Bases and activations to start from."""
    shape = (n_rows, n_components) if width is None else (n_rows, n_components, width)
    return rng.random(shape) + 0.1, rng.random((n_components, n_columns)) + 0.1


def scaled(bases, activations):
    """The same product with bases that add up to 1."""
    total = bases.sum(axis=(0, 2) if bases.ndim == 3 else 0)
    each = total[None, :, None] if bases.ndim == 3 else total
    return bases / each, activations * total[:, None]


def penalty(fit):
    """What a sparsity of 1 adds to the loss."""
    bases = fit.bases.astype(np.float64).reshape(len(fit.bases), fit.activations.shape[0], -1)
    length = np.sqrt((bases**2).sum(axis=(0, 2)))
    return float(length @ fit.activations.astype(np.float64).sum(axis=1))


def mean_ratio(loss_of):
    """Loss by the accelerated solver against the textbook's, `loss_of(solver, seed)`.

    There are many minima, and either may find the better one: hence the mean over some starts.
    """
    ratios = [loss_of("accelerated", n) / loss_of("multiplicative", n) for n in range(4)]
    return float(np.exp(np.mean(np.log(ratios))))


def precision_gap(loss_of):
    """How far single precision ends from double, `loss_of(dtype, seed)`, as a share.

    Rounding may now and then lead to another minimum: hence the median over some starts.
    """
    gaps = [abs(loss_of(np.float32, n) / loss_of(np.float64, n) - 1) for n in range(3)]
    return float(np.median(gaps))


def slack(fit, X, kind, weights=None):
    """How far rounding alone may move a loss."""
    relative, absolute = (1e-4, 1e-5) if fit.activations.dtype == np.float32 else (1e-8, 1e-11)
    return relative * fit.losses[-1] + absolute * oracle.scale(X, kind, weights)


def assert_never_rises(losses):
    assert losses.dtype == np.float64
    assert np.isfinite(losses).all()
    assert np.diff(losses).max(initial=0) <= 0, f"rises by {np.diff(losses).max()}: {losses}"


def assert_falls(losses, X, kind):
    """Something was gained; not so where zeros cost so much that all else is lost in rounding."""
    if (X > 0).all() or oracle.beta_of(kind) >= 0:
        assert losses[-1] < losses[0]


def assert_sound(fit, X, kind, weights=None, sparsity=0.0):
    """Losses that never rise and end at that of the factors, and factors that can be factors."""
    assert_never_rises(fit.losses)
    assert len(fit.losses) == fit.n_iter + 1
    for factor in (fit.bases, fit.activations):
        assert np.isfinite(factor).all()
        assert (factor >= 0).all()
    X = np.asarray(X, np.float64)
    Y = oracle.product(fit.bases.astype(np.float64), fit.activations.astype(np.float64))
    assert fit.reconstruction().shape == X.shape
    np.testing.assert_allclose(fit.reconstruction(), Y, rtol=1e-4, atol=1e-6 * X.mean())
    loss = oracle.divergence(X, Y, kind, weights) + sparsity * penalty(fit)
    assert abs(fit.losses[-1] - loss) <= slack(fit, X, kind, weights)
