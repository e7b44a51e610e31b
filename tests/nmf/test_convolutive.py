"""Bases of several frames."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdsep.nmf import factorize
from tests.nmf import oracle
from tests.nmf.cases import (
    KINDS,
    NAMED,
    SOLVERS,
    assert_falls,
    assert_sound,
    holed,
    hundredths,
    mean_ratio,
    precision_gap,
    rough,
    spectrogram,
    start,
)
from tests.nmf.test_factorize import assert_follows

WIDTH = 4

#: What a call may be told besides the data, each made for data of 24 x 31 and 3 components.
SITUATIONS = {
    "plain": lambda rng: {},
    "weights": lambda rng: {"weights": rng.random((24, 31)) * (rng.random((24, 31)) < 0.8)},
    "fixed bases": lambda rng: {"fixed_bases": rng.random((24, 2, WIDTH))},
    "all bases fixed": lambda rng: {"fixed_bases": rng.random((24, 3, WIDTH))},
    "fixed activations": lambda rng: {"fixed_activations": rng.random((1, 31))},
    "both fixed": lambda rng: {
        "fixed_bases": rng.random((24, 1, WIDTH)),
        "fixed_activations": rng.random((2, 31)),
        "weights": rng.random((24, 31)),
    },
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", [*SITUATIONS, "sparsity", "float64"])
@pytest.mark.parametrize("data", [rough, holed])
def test_loss_never_rises_and_is_that_of_the_result(rng, data, situation, kind, solver):
    X = data(rng)
    more = {"sparsity": {"sparsity": 0.2}, "float64": {"dtype": np.float64}}
    options = more[situation] if situation in more else SITUATIONS[situation](rng)
    fit = factorize(
        X, 3, divergence=kind, solver=solver, width=WIDTH, max_iter=30, tol=0, seed=0, **options
    )  # fmt: skip
    assert fit.bases.shape == (24, 3, WIDTH)
    assert_sound(fit, X, kind, options.get("weights"), options.get("sparsity", 0.0))
    assert_falls(fit.losses, X, kind)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_columns=st.integers(1, 15),
    width=st.integers(1, 15),
    n_components=st.integers(1, 3),
    kind=hundredths,
    solver=st.sampled_from(SOLVERS),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_loss_never_rises_at_any_width(seed, n_columns, width, n_components, kind, solver, dtype):
    X = rough(np.random.default_rng(seed), 9, n_columns)
    fit = factorize(
        X, n_components, divergence=kind, solver=solver, width=min(width, n_columns), dtype=dtype,
        max_iter=20, tol=0, seed=seed,
    )  # fmt: skip
    assert_sound(fit, X, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_multiplicative_is_the_textbook_step_by_step(rng, situation, kind):
    X, options = rough(rng), SITUATIONS[situation](rng)
    W, H = start(rng, 24, 31, 3, WIDTH)
    fit = factorize(
        X, 3, divergence=kind, solver="multiplicative", width=WIDTH, bases=W, activations=H,
        max_iter=12, tol=0, dtype=np.float64, **options,
    )  # fmt: skip
    assert_follows(fit, *oracle.multiplicative(X, W, H, kind, 12, **options))


@pytest.mark.parametrize("kind", NAMED)
def test_blocks_do_not_show(rng, kind):
    X, (W, H) = rough(rng, 300, 2500), start(rng, 300, 2500, 3, 3)
    options = {"divergence": kind, "width": 3, "bases": W, "activations": H, "tol": 0}
    fit = factorize(X, 3, solver="multiplicative", max_iter=2, dtype=np.float64, **options)
    assert_follows(fit, *oracle.multiplicative(X, W, H, kind, 2))
    assert_sound(factorize(X, 3, max_iter=2, **options), X, kind)


@pytest.mark.parametrize("l", range(WIDTH))
def test_a_later_frame_of_a_basis_sounds_later(rng, l):  # noqa: E741
    bases, activations = np.zeros((5, 1, WIDTH)), np.zeros((1, 12))
    bases[2, 0, l] = activations[0, 3] = 1
    X = np.zeros((5, 12))
    X[2, 3 + l] = 1
    fit = factorize(X, 1, width=WIDTH, bases=bases, activations=activations, max_iter=0)
    assert fit.reconstruction()[2, 3 + l] == pytest.approx(1)
    assert fit.reconstruction().sum() == pytest.approx(1)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_one_frame_is_the_plain_factorisation(rng, kind, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    options = {"divergence": kind, "solver": solver, "activations": H, "max_iter": 10, "tol": 0}
    plain = factorize(X, 4, bases=W, **options)
    one = factorize(X, 4, width=1, bases=W, **options)
    assert one.bases.shape == (24, 4)
    np.testing.assert_allclose(one.losses, plain.losses, rtol=1e-5)
    np.testing.assert_allclose(one.reconstruction(), plain.reconstruction(), rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_bases_silent_but_in_one_frame_are_the_plain_factorisation(rng, kind):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    options = {"divergence": kind, "solver": "multiplicative", "max_iter": 10, "tol": 0}
    plain = factorize(X, 4, bases=W, activations=H, dtype=np.float64, **options)
    wide = np.zeros((24, 4, 3))
    wide[:, :, 0] = W
    fit = factorize(X, 4, width=3, bases=wide, activations=H, dtype=np.float64, **options)
    np.testing.assert_allclose(fit.losses, plain.losses, rtol=1e-8)
    np.testing.assert_array_equal(fit.bases[:, :, 1:], 0)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, 0.5])
def test_fixed_bases_come_back_bit_for_bit(rng, kind, solver):
    X, bases = rough(rng), rng.random((24, 2, WIDTH)) * 3
    fit = factorize(
        X, 4, divergence=kind, solver=solver, width=WIDTH, fixed_bases=bases, max_iter=10, seed=0
    )  # fmt: skip
    np.testing.assert_array_equal(fit.bases[:, :2], bases.astype(np.float32))
    np.testing.assert_allclose(fit.bases[:, 2:].sum(axis=(0, 2)), 1, rtol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
def test_patterns_of_several_frames_are_recovered(solver):
    rng = np.random.default_rng(2)
    bases = rng.random((20, 2, 4)) * (rng.random((20, 2, 4)) < 0.5)
    activations = rng.exponential(size=(2, 60)) * (rng.random((2, 60)) < 0.15)
    fit = min(
        (
            factorize(
                oracle.product(bases, activations), 2, width=4, solver=solver, max_iter=500,
                tol=0, seed=seed,
            )
            for seed in range(3)
        ),
        key=lambda fit: fit.losses[-1],
    )  # fmt: skip
    found, true = (b.transpose(0, 2, 1).reshape(-1, 2) for b in (fit.bases, bases))
    assert oracle.best_match(found, true).min() > 0.99
    assert oracle.best_match(fit.activations.T, activations.T).min() > 0.99


def clear(rng):
    """Two patterns of several frames and little noise: any good run ends in the same minimum."""
    product = oracle.product(rng.random((40, 2, WIDTH)), rng.gamma(0.5, 1, (2, 80)))
    return product * rng.gamma(20, 1 / 20, product.shape)


@pytest.mark.parametrize("kind", KINDS)
def test_accelerated_gets_at_least_as_far(rng, kind):
    X = clear(rng)

    def loss(solver, seed):
        options = {"solver": solver, "width": WIDTH, "max_iter": 50, "tol": 0, "seed": seed}
        return factorize(X, 2, divergence=kind, **options).losses[-1]

    assert mean_ratio(loss) < 1.03


@pytest.mark.parametrize("kind", ["kullback-leibler", "itakura-saito"])
def test_accelerated_gets_at_least_as_far_on_sound(kind):
    X = spectrogram(1.0 if kind == "kullback-leibler" else 2.0)

    def loss(solver, seed):
        options = {"solver": solver, "width": 5, "max_iter": 60, "tol": 0, "seed": seed}
        return factorize(X, 6, divergence=kind, **options).losses[-1]

    assert mean_ratio(loss) < 1.03


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, -1, 0.5, 2.5])
def test_single_precision_gets_as_far_as_double(rng, kind, solver):
    X = clear(rng)

    def loss(dtype, seed):
        options = {"solver": solver, "dtype": dtype, "max_iter": 100, "tol": 0, "seed": seed}
        return factorize(X, 2, divergence=kind, width=WIDTH, **options).losses[-1]

    assert precision_gap(loss) < 1e-3


@pytest.mark.parametrize("level", [1e-12, 1e12])
@pytest.mark.parametrize("kind", NAMED)
def test_the_level_does_not_matter(rng, level, kind):
    X = rough(rng)
    quiet, loud = (
        factorize(data, 3, divergence=kind, width=WIDTH, max_iter=10, tol=0, seed=0)
        for data in (X, level * X)
    )
    power = oracle.beta_of(kind)
    np.testing.assert_allclose(loud.losses, level**power * quiet.losses, rtol=1e-3)
    np.testing.assert_allclose(loud.reconstruction(), level * quiet.reconstruction(), rtol=1e-2)
