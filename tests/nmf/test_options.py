"""Starts, fixed parts, sparsity, and when a run ends."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

from tdsep.nmf import factorize
from tests.nmf import oracle
from tests.nmf.cases import (
    KINDS,
    NAMED,
    SOLVERS,
    assert_sound,
    holed,
    penalty,
    rough,
    start,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_fixed_parts_come_back_bit_for_bit(rng, kind, solver, dtype):
    X, bases, activations = rough(rng), rng.random((24, 3)) * 7, rng.random((2, 31)) * 1e-3
    fit = factorize(
        X, 5, divergence=kind, solver=solver, fixed_bases=bases, fixed_activations=activations,
        max_iter=20, seed=0, dtype=dtype,
    )  # fmt: skip
    np.testing.assert_array_equal(fit.bases[:, :3], bases.astype(dtype))
    np.testing.assert_array_equal(fit.activations[:2], activations.astype(dtype))
    assert fit.losses[-1] < fit.losses[0]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_each_learned_basis_adds_up_to_one(rng, kind, solver):
    fit = factorize(rough(rng), 4, divergence=kind, solver=solver, max_iter=20, seed=0)
    np.testing.assert_allclose(fit.bases.sum(axis=0), 1, rtol=1e-5)
    fixed = factorize(
        rough(rng), 4, divergence=kind, solver=solver, max_iter=20, seed=0,
        fixed_bases=rng.random((24, 1)),
    )  # fmt: skip
    np.testing.assert_allclose(fixed.bases[:, 1:].sum(axis=0), 1, rtol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, 1.5])
def test_with_all_bases_fixed_the_best_activations_are_learned(rng, kind, solver):
    X, bases = rough(rng), rng.random((24, 3))
    fit = factorize(
        X, 3, divergence=kind, solver=solver, fixed_bases=bases, max_iter=2000, tol=1e-9,
        seed=0, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_array_equal(fit.bases, bases)
    best = oracle.multiplicative(
        X, bases, np.ones((3, 31)), kind, 2000, fixed_bases=bases
    )[2][-1]  # fmt: skip
    assert fit.losses[-1] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, 1.5])
def test_with_all_activations_fixed_the_best_bases_are_learned(rng, kind, solver):
    X, activations = rough(rng), rng.random((3, 31))
    fit = factorize(
        X, 3, divergence=kind, solver=solver, fixed_activations=activations, max_iter=2000,
        tol=1e-9, seed=0, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_array_equal(fit.activations, activations)
    best = oracle.multiplicative(
        X, np.ones((24, 3)), activations, kind, 2000, fixed_activations=activations
    )[2][-1]  # fmt: skip
    assert fit.losses[-1] == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_with_all_fixed_nothing_is_learned(rng, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 3)
    fit = factorize(
        X, 3, fixed_bases=W, fixed_activations=H, solver=solver, max_iter=5, dtype=np.float64
    )
    np.testing.assert_array_equal(fit.bases, W)
    np.testing.assert_array_equal(fit.activations, H)
    assert_sound(fit, X, 1)


def test_a_fixed_basis_wins_over_the_start_given_in_its_place(rng):
    X, (W, H), fixed = rough(rng), start(rng, 24, 31, 4), rng.random((24, 2))
    both = factorize(X, 4, bases=W, activations=H, fixed_bases=fixed, max_iter=5)
    W[:, :2] = fixed
    same = factorize(X, 4, bases=W, activations=H, fixed_bases=fixed, max_iter=5)
    np.testing.assert_array_equal(both.bases, same.bases)
    np.testing.assert_array_equal(both.losses, same.losses)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_zeros_of_the_start_stay_zero(rng, solver, kind):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    W[:10, 1] = W[15:, 2] = H[0, :8] = 0
    fit = factorize(
        X, 4, divergence=kind, solver=solver, bases=W, activations=H, max_iter=20, tol=0
    )
    assert_sound(fit, X, kind)
    np.testing.assert_array_equal(fit.bases[W == 0], 0)
    np.testing.assert_array_equal(fit.activations[H == 0], 0)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["euclidean", "kullback-leibler", 1.5, 2.5])
def test_silent_rows_and_columns_beget_zeros(rng, kind, solver):
    X = holed(rng)
    fit = factorize(X, 4, divergence=kind, solver=solver, max_iter=10, tol=0, seed=0)
    np.testing.assert_array_equal(fit.bases[3], 0)
    np.testing.assert_array_equal(fit.activations[:, 5:7], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_nndsvd_starts_nearer_than_chance(rng, kind):
    X = rough(rng, 40, 50)
    near, chance = (
        factorize(X, 5, divergence=kind, init=init, max_iter=0, seed=0).losses[0]
        for init in ("nndsvd", "random")
    )
    assert near < chance


def test_a_generator_is_a_seed_too(rng):
    X = rough(rng)
    seeded = factorize(X, 3, max_iter=3, seed=5)
    drawn = factorize(X, 3, max_iter=3, seed=np.random.default_rng(5))
    np.testing.assert_array_equal(seeded.bases, drawn.bases)


def test_a_given_start_replaces_only_what_it_gives(rng):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    only_bases = factorize(X, 4, bases=W, max_iter=0, seed=0)
    np.testing.assert_allclose(only_bases.bases, W / W.sum(axis=0), rtol=1e-5)
    only_activations = factorize(X, 4, activations=H, max_iter=0, seed=0)
    share = only_activations.activations / H
    np.testing.assert_allclose(share, share[:, :1].repeat(31, axis=1), rtol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_the_memory_order_of_what_is_given_does_not_matter(rng, form, solver):
    X, (W, H), fixed = holed(rng), start(rng, 24, 31, 4), rng.random((24, 2))
    plain, other = (
        factorize(
            form(X), 4, bases=order(W), activations=order(H), fixed_bases=order(fixed),
            solver=solver, max_iter=10, tol=0,
        )
        for order in (np.ascontiguousarray, np.asfortranarray)
    )  # fmt: skip
    np.testing.assert_array_equal(plain.losses, other.losses)
    np.testing.assert_array_equal(plain.bases, other.bases)


def test_leaves_its_arguments_as_they_are(rng):
    X, weights, (W, H) = holed(rng), rng.random((24, 31)), start(rng, 24, 31, 4)
    given = [X, weights, W, H, W[:, :2].copy(), H[:1].copy()]
    for dtype in (np.float32, np.float64):
        arrays = [np.ascontiguousarray(array, dtype) for array in given]
        copies = [array.copy() for array in arrays]
        names = ("weights", "bases", "activations", "fixed_bases", "fixed_activations")
        for solver in SOLVERS:
            factorize(
                arrays[0], 4, solver=solver, max_iter=5, dtype=dtype,
                **dict(zip(names, arrays[1:], strict=True)),
            )  # fmt: skip
        for array, copy in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("solver", SOLVERS)
def test_sparse_activations_are_the_best_at_their_price(rng, solver):
    X, bases, price = rough(rng), rng.random((24, 4)), 0.4
    fit = factorize(
        X, 4, fixed_bases=bases, sparsity=price, solver=solver, max_iter=3000, tol=0, seed=0,
        dtype=np.float64,
    )  # fmt: skip
    # Kuhn and Tucker: no activation that could gain by moving.
    slope = (
        bases.T @ (1 - X / fit.reconstruction()) + price * np.linalg.norm(bases, axis=0)[:, None]
    )
    active = fit.activations > 1e-3 * fit.activations.mean()
    assert slope[~active].min(initial=0) > -1e-2
    assert np.abs(slope[active]).max() < 1e-2


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_a_higher_price_buys_fewer_activations(rng, kind, solver):
    X, bases = rough(rng), rng.random((24, 4))
    paid = [
        penalty(
            factorize(
                X, 4, divergence=kind, fixed_bases=bases, sparsity=price, solver=solver,
                max_iter=500, tol=1e-8, seed=0, dtype=np.float64,
            )
        )
        for price in (0.0, 0.5, 2.0)
    ]  # fmt: skip
    assert paid[0] > 1.02 * paid[1] > 1.02**2 * paid[2]


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_price_is_on_the_first_loss_too(rng, kind, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    options = {"bases": W, "activations": H, "max_iter": 0, "dtype": np.float64}
    free, priced = (
        factorize(X, 4, divergence=kind, solver=solver, sparsity=price, **options)
        for price in (0.0, 0.3)
    )
    cost = np.linalg.norm(W, axis=0) @ H.sum(axis=1)
    assert priced.losses[0] == pytest.approx(free.losses[0] + 0.3 * cost, rel=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_tolerance_ends_a_run(rng, solver):
    X = rough(rng)
    fits = [factorize(X, 4, solver=solver, tol=t, max_iter=2000, seed=0) for t in (1e-2, 1e-4)]
    for fit, tol in zip(fits, (1e-2, 1e-4), strict=True):
        assert fit.converged
        assert fit.n_iter < 2000
        assert fit.losses[-11] - fit.losses[-1] <= tol * fit.losses[0]
    assert fits[0].n_iter < fits[1].n_iter
    np.testing.assert_array_equal(fits[0].losses, fits[1].losses[: len(fits[0].losses)])


@pytest.mark.parametrize("solver", SOLVERS)
def test_without_a_tolerance_all_iterations_are_run(rng, solver):
    fit = factorize(rough(rng), 4, solver=solver, tol=0, max_iter=33, seed=0)
    assert fit.n_iter == 33
    assert not fit.converged


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "n_components"), [((8, 11), 1), ((9, 1), 2), ((1, 9), 2)])
def test_a_perfect_fit_does_not_make_noise_of_rounding(shape, n_components, dtype, solver):
    X = np.sqrt(np.outer(np.arange(1.0, shape[0] + 1), np.arange(2.0, shape[1] + 2)))
    for kind in KINDS:
        for seed in range(2):
            fit = factorize(
                X, n_components, divergence=kind, solver=solver, tol=0, max_iter=100, seed=seed,
                dtype=dtype,
            )  # fmt: skip
            assert_sound(fit, X, kind)
            np.testing.assert_allclose(fit.reconstruction(), X, rtol=1e-2)


@pytest.mark.parametrize(("max_iter", "tol"), [(30, 0), (300, 1e-2)])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_progress_rises_to_one(rng, kind, solver, max_iter, tol):
    shares = []
    fit = factorize(
        rough(rng), 4, divergence=kind, solver=solver, max_iter=max_iter, tol=tol, seed=0,
        progress=shares.append,
    )  # fmt: skip
    assert (fit.n_iter < max_iter) == (tol > 0)
    assert len(shares) > 2
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_result_cannot_be_changed_by_accident(rng):
    fit = factorize(rough(rng), 2, max_iter=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.bases = fit.bases * 2


@pytest.mark.parametrize("far", [1e-20, 1e-10, 1e10, 1e20])
def test_the_scale_of_what_is_given_does_not_matter(rng, far):
    X, bases = rough(rng), rng.random((24, 3)) + 0.1
    plain = factorize(X, 4, fixed_bases=bases, seed=0, max_iter=30)
    each = factorize(X, 4, fixed_bases=bases * [1, far, 1], seed=0, max_iter=30)
    np.testing.assert_allclose(each.losses, plain.losses, rtol=1e-3)
    started = factorize(X, 3, bases=bases * far, seed=0, max_iter=30)
    np.testing.assert_allclose(
        started.losses, factorize(X, 3, bases=bases, seed=0, max_iter=30).losses, rtol=1e-3
    )
