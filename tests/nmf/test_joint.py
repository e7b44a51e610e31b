"""Several matrices that share modes."""

import numpy as np
import pytest
from scipy import sparse

from tdsep.nmf import divergence, factorize, factorize_jointly
from tests.nmf import oracle
from tests.nmf.cases import (
    KINDS,
    NAMED,
    SOLVERS,
    assert_falls,
    assert_never_rises,
    counts,
    holed,
    mean_ratio,
    precision_gap,
    rough,
    start,
)

SIZES = {"user": 25, "good": 30, "word": 20, "town": 10}
PAIRS = [("user", "good"), ("good", "word"), ("user", "town")]


def factors_of(rng, n_components=3, modes=SIZES):
    return {mode: rng.random((SIZES[mode], n_components)) + 0.1 for mode in modes}


def three(rng, make=rough):
    """Users' goods, goods' words and users' towns, unrelated."""
    return {(row, column): make(rng, SIZES[row], SIZES[column]) for row, column in PAIRS}


def dense(X):
    return X.toarray() if sparse.issparse(X) else X


def assert_sound(fit, matrices, kind, weights=None, known=None):
    assert_never_rises(fit.losses)
    assert len(fit.losses) == fit.n_iter + 1
    assert set(fit.factors) == {mode for pair in matrices for mode in pair}
    total = slack = 0.0
    for (row, column), X in matrices.items():
        A, B = (fit.factors[mode].astype(np.float64) for mode in (row, column))
        assert min(A.min(), B.min()) >= 0
        np.testing.assert_allclose(
            fit.reconstruction((row, column)), A @ B.T, rtol=1e-4, atol=1e-6 * dense(X).mean()
        )
        weight = 1.0 if weights is None else weights.get((row, column), 1.0)
        entries = None if known is None else known.get((row, column))
        entries = None if entries is None else dense(entries).astype(np.float64)
        loss = oracle.divergence(dense(X), A @ B.T, kind, entries)
        total += weight * loss
        slack += weight * (1e-4 * loss + 1e-6 * oracle.scale(dense(X), kind, entries))
    assert abs(fit.losses[-1] - total) <= slack


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [rough, holed])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loss_never_rises_and_is_that_of_the_result(rng, make, kind, solver, dtype):
    matrices = three(rng, make)
    weights = {PAIRS[0]: 0.3, PAIRS[2]: 2.0}
    options = {"divergence": kind, "solver": solver, "max_iter": 30, "tol": 0, "dtype": dtype}
    fit = factorize_jointly(matrices, 3, seed=0, **options)
    assert_sound(fit, matrices, kind)
    assert_falls(fit.losses, matrices[PAIRS[0]], kind)
    assert fit.divergence == kind
    assert {factor.dtype for factor in fit.factors.values()} == {np.dtype(dtype)}
    words = rng.random((20, 3))
    fit = factorize_jointly(
        matrices, 3, matrix_weights=weights, fixed_factors={"word": words}, seed=0, **options
    )
    assert_sound(fit, matrices, kind, weights)
    assert_falls(fit.losses, matrices[PAIRS[0]], kind)
    np.testing.assert_array_equal(fit.factors["word"], words.astype(dtype))


@pytest.mark.parametrize("solver", SOLVERS)
def test_loss_never_rises_with_sparse_matrices(rng, solver):
    matrices = {
        ("user", "good"): counts(rng, 25, 30, 0.3),
        ("good", "word"): counts(rng, 30, 20, 0.3).tocsc(),
        ("user", "town"): rough(rng, 25, 10),
    }
    for fixed in ({}, {"good": rng.random((30, 4))}, {"word": rng.random((20, 4))}):
        fit = factorize_jointly(
            matrices, 4, fixed_factors=fixed, solver=solver, max_iter=30, tol=0, seed=0
        )
        assert_sound(fit, matrices, 1)
        assert fit.losses[-1] < fit.losses[0]
        for mode, factor in fixed.items():
            np.testing.assert_array_equal(fit.factors[mode], factor.astype(np.float32))


@pytest.mark.parametrize("kind", [*NAMED, 0.5, 1.5, 2.5])
@pytest.mark.parametrize("fixed", [(), ("good",)])
def test_multiplicative_is_the_textbook_step_by_step(rng, kind, fixed):
    matrices, factors = three(rng), factors_of(rng)
    weights = {("user", "good"): 0.5, ("good", "word"): 3.0, ("user", "town"): 1.0}
    fit = factorize_jointly(
        matrices, 3, divergence=kind, matrix_weights=weights, factors=factors,
        fixed_factors={mode: factors[mode] for mode in fixed}, solver="multiplicative",
        max_iter=12, tol=0, dtype=np.float64,
    )  # fmt: skip
    true, losses = oracle.joint(matrices, factors, kind, 12, weights, fixed)
    np.testing.assert_allclose(fit.losses, losses, rtol=1e-6)
    for row, column in PAIRS:
        np.testing.assert_allclose(
            fit.reconstruction((row, column)), true[row] @ true[column].T, rtol=1e-4
        )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, 0.5, 1.5])
def test_one_matrix_is_the_plain_factorisation(rng, kind, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    options = {"divergence": kind, "solver": solver, "max_iter": 15, "tol": 0}
    plain = factorize(X, 4, bases=W, activations=H, **options)
    fit = factorize_jointly({("row", "column"): X}, 4, factors={"row": W, "column": H.T}, **options)
    np.testing.assert_allclose(fit.losses, plain.losses, rtol=1e-4)
    np.testing.assert_allclose(
        fit.reconstruction(("row", "column")), plain.reconstruction(), rtol=1e-2
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_sparse_matrix_is_the_plain_factorisation(rng, solver):
    X, (W, H) = counts(rng), start(rng, 40, 60, 4)
    options = {"solver": solver, "max_iter": 15, "tol": 0}
    plain = factorize(X, 4, bases=W, activations=H, **options)
    fit = factorize_jointly({("row", "column"): X}, 4, factors={"row": W, "column": H.T}, **options)
    np.testing.assert_allclose(fit.losses, plain.losses, rtol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_the_matrices_share_is_recovered(rng, solver):
    true = {mode: rng.random((n, 3)) * (rng.random((n, 3)) < 0.5) for mode, n in SIZES.items()}
    matrices = {(row, column): true[row] @ true[column].T for row, column in PAIRS}
    fit = factorize_jointly(matrices, 3, solver=solver, max_iter=1000, tol=0, seed=0)
    for pair, X in matrices.items():
        np.testing.assert_allclose(fit.reconstruction(pair), X, atol=0.01 * X.max())
    for mode, factor in true.items():
        assert oracle.best_match(fit.factors[mode], factor).min() > 0.999


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_a_weight_counts_like_as_many_matrices(rng, kind, solver):
    matrices, factors = three(rng), factors_of(rng)
    options = {"divergence": kind, "solver": solver, "max_iter": 12, "tol": 0, "dtype": np.float64}
    weighted = factorize_jointly(
        matrices, 3, matrix_weights={("user", "town"): 2.0}, factors=factors, **options
    )
    twice = {**matrices, ("user", "other town"): matrices["user", "town"]}
    repeated = factorize_jointly(
        twice, 3, factors={**factors, "other town": factors["town"]}, **options
    )
    np.testing.assert_allclose(weighted.losses, repeated.losses, rtol=1e-7)
    for pair in PAIRS:
        np.testing.assert_allclose(
            weighted.reconstruction(pair), repeated.reconstruction(pair), rtol=1e-5
        )


@pytest.mark.parametrize("solver", SOLVERS)
def test_weights_may_be_in_any_unit(rng, solver):
    matrices, factors = three(rng), factors_of(rng)
    options = {"solver": solver, "factors": factors, "max_iter": 12, "tol": 0, "dtype": np.float64}
    one, many = (
        factorize_jointly(matrices, 3, matrix_weights={pair: w for pair in PAIRS}, **options)
        for w in (1.0, 1e6)
    )
    np.testing.assert_allclose(many.losses, 1e6 * one.losses, rtol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_a_matrix_of_no_weight_has_no_influence(rng, kind, solver):
    matrices, factors = three(rng), factors_of(rng)
    options = {"divergence": kind, "solver": solver, "max_iter": 12, "tol": 0, "dtype": np.float64}
    without = {pair: X for pair, X in matrices.items() if pair != ("good", "word")}
    ignored = factorize_jointly(
        matrices, 3, matrix_weights={("good", "word"): 0}, factors=factors, **options
    )
    absent = factorize_jointly(
        without, 3, factors={mode: factors[mode] for mode in ("user", "good", "town")}, **options
    )
    np.testing.assert_allclose(ignored.losses, absent.losses, rtol=1e-9)
    for pair in without:
        np.testing.assert_allclose(
            ignored.reconstruction(pair), absent.reconstruction(pair), rtol=1e-7
        )
    assert np.isfinite(ignored.factors["word"]).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_sparse_is_dense(rng, solver):
    mixed = {
        ("user", "good"): counts(rng, 25, 30, 0.3),
        ("good", "word"): counts(rng, 30, 20, 0.3).tocoo(),
        ("user", "town"): rough(rng, 25, 10),
    }
    options = {"factors": factors_of(rng), "max_iter": 15, "tol": 0}
    thin = factorize_jointly(mixed, 3, solver=solver, **options)
    full = factorize_jointly(
        {pair: dense(X) for pair, X in mixed.items()}, 3, solver="multiplicative", **options
    )
    if solver == "accelerated":
        assert thin.losses[0] == pytest.approx(full.losses[0], rel=1e-5)
        assert thin.losses[-1] <= 1.005 * full.losses[-1]
        return
    np.testing.assert_allclose(thin.losses, full.losses, rtol=1e-4)
    for pair in mixed:
        Y = full.reconstruction(pair)
        np.testing.assert_allclose(thin.reconstruction(pair), Y, rtol=1e-2, atol=1e-3 * Y.mean())


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_order_of_the_matrices_does_not_matter(rng, solver):
    matrices, factors = three(rng), factors_of(rng)
    options = {"solver": solver, "max_iter": 15, "tol": 0, "dtype": np.float64}
    turned = dict(reversed(matrices.items()))
    for more in ({"factors": factors}, {"seed": 0}):
        first = factorize_jointly(matrices, 3, **more, **options)
        second = factorize_jointly(turned, 3, **more, **options)
        np.testing.assert_allclose(first.losses, second.losses, rtol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_turned_matrix_says_the_same(rng, solver):
    X, factors = rough(rng, 25, 30), factors_of(rng, modes=("user", "good"))
    options = {"factors": factors, "solver": solver, "max_iter": 500, "tol": 0}
    one = factorize_jointly({("user", "good"): X}, 3, **options)
    other = factorize_jointly({("good", "user"): X.T}, 3, **options)
    assert one.losses[0] == pytest.approx(other.losses[0], rel=1e-5)
    assert one.losses[-1] == pytest.approx(other.losses[-1], rel=2e-2)


@pytest.mark.parametrize("solver", SOLVERS)
def test_two_views_of_the_same_modes(rng, solver):
    """A pair may be given both ways round: then both matrices inform both factors."""
    X = rough(rng, 25, 30)
    factors = factors_of(rng, modes=("user", "good"))
    options = {"factors": factors, "solver": solver, "max_iter": 10, "tol": 0, "dtype": np.float64}
    one = factorize_jointly({("user", "good"): X}, 3, **options)
    both = factorize_jointly({("user", "good"): X, ("good", "user"): X.T}, 3, **options)
    np.testing.assert_allclose(both.losses, 2 * one.losses, rtol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_with_all_modes_fixed_nothing_is_learned(rng, solver):
    matrices, factors = three(rng), factors_of(rng)
    fit = factorize_jointly(
        matrices, 3, fixed_factors=factors, solver=solver, max_iter=5, dtype=np.float64
    )
    assert_sound(fit, matrices, 1)
    for mode, factor in factors.items():
        np.testing.assert_array_equal(fit.factors[mode], factor)


@pytest.mark.parametrize("kind", NAMED)
def test_zero_iterations_return_the_start(rng, kind):
    matrices, factors = three(rng), factors_of(rng)
    fit = factorize_jointly(
        matrices, 3, divergence=kind, factors=factors, max_iter=0, dtype=np.float64
    )
    assert fit.n_iter == 0
    assert fit.losses[0] == pytest.approx(
        oracle.joint_loss(matrices, factors, kind, dict.fromkeys(PAIRS, 1.0)), rel=1e-9
    )
    for row, column in PAIRS:
        np.testing.assert_allclose(
            fit.reconstruction((row, column)), factors[row] @ factors[column].T, rtol=1e-9
        )


def clear(rng):
    """Users' goods, goods' words and users' towns that three components explain but for noise."""
    true = {mode: rng.random((n, 3)) for mode, n in SIZES.items()}
    products = {(row, column): true[row] @ true[column].T for row, column in PAIRS}
    return {pair: Y * rng.gamma(20, 1 / 20, Y.shape) for pair, Y in products.items()}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, -1, 2.5])
def test_single_precision_gets_as_far_as_double(rng, kind, solver):
    matrices = clear(rng)

    def loss(dtype, seed):
        options = {"solver": solver, "dtype": dtype, "max_iter": 100, "tol": 0, "seed": seed}
        return factorize_jointly(matrices, 3, divergence=kind, **options).losses[-1]

    assert precision_gap(loss) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_accelerated_gets_at_least_as_far(rng, kind):
    matrices = clear(rng)

    def loss(solver, seed):
        options = {"solver": solver, "max_iter": 50, "tol": 0, "seed": seed}
        return factorize_jointly(matrices, 3, divergence=kind, **options).losses[-1]

    assert mean_ratio(loss) < 1.03


def test_leaves_its_arguments_as_they_are(rng):
    matrices = {**three(rng), ("good", "maker"): counts(rng, 30, 15, 0.4)}
    factors, fixed = factors_of(rng), {"maker": rng.random((15, 3))}
    before = [dense(X).copy() for X in matrices.values()]
    starts = {mode: factor.copy() for mode, factor in (factors | fixed).items()}
    for solver in SOLVERS:
        factorize_jointly(
            matrices, 3, factors=factors, fixed_factors=fixed, solver=solver, max_iter=3,
            dtype=np.float64,
        )  # fmt: skip
    for X, copy in zip(matrices.values(), before, strict=True):
        np.testing.assert_array_equal(dense(X), copy)
    for mode, factor in (factors | fixed).items():
        np.testing.assert_array_equal(factor, starts[mode])


def test_the_tolerance_ends_a_run_and_progress_rises_to_one(rng):
    shares = []
    fit = factorize_jointly(three(rng), 3, tol=1e-2, max_iter=500, seed=0, progress=shares.append)
    assert fit.converged
    assert fit.n_iter < 500
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("kind", ["euclidean", "kullback-leibler", "itakura-saito"])
def test_the_weight_of_a_single_matrix_counts_in_the_loss(rng, kind):
    pair, X = ("a", "b"), rough(rng)
    plain, double = (
        factorize_jointly(
            {pair: X}, 3, divergence=kind, matrix_weights={pair: weight}, seed=0, max_iter=5
        )
        for weight in (1, 2)
    )
    assert double.losses[0] == pytest.approx(2 * plain.losses[0], rel=1e-5)
    assert double.losses[-1] == pytest.approx(
        2 * divergence(X, double.reconstruction(pair), kind), rel=1e-4
    )


def gaps(rng, pairs=PAIRS[:2]):
    """Weights of entries, a third of them missing, the others of any size."""
    return {
        (row, column): rng.random((SIZES[row], SIZES[column]))
        * (rng.random((SIZES[row], SIZES[column])) < 0.7)
        for row, column in pairs
    }


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loss_of_known_entries_never_rises_and_is_that_of_the_result(rng, kind, solver, dtype):
    matrices, known = three(rng, holed), gaps(rng)
    fit = factorize_jointly(
        matrices, 3, weights=known, divergence=kind, solver=solver, max_iter=30, tol=0, seed=0,
        dtype=dtype, matrix_weights={PAIRS[1]: 3.0},
    )  # fmt: skip
    assert_sound(fit, matrices, kind, {PAIRS[1]: 3.0}, known)


@pytest.mark.parametrize("kind", [*NAMED, 0.5, 1.5, 2.5])
@pytest.mark.parametrize("fixed", [(), ("good",)])
def test_with_missing_entries_it_is_the_textbook_step_by_step(rng, kind, fixed):
    matrices, factors, known = three(rng), factors_of(rng), gaps(rng)
    fit = factorize_jointly(
        matrices, 3, weights=known, divergence=kind, factors=factors,
        fixed_factors={mode: factors[mode] for mode in fixed}, solver="multiplicative",
        max_iter=12, tol=0, dtype=np.float64,
    )  # fmt: skip
    true, losses = oracle.joint(matrices, factors, kind, 12, fixed=fixed, weights=known)
    np.testing.assert_allclose(fit.losses, losses, rtol=1e-6)
    for row, column in PAIRS:
        np.testing.assert_allclose(
            fit.reconstruction((row, column)), true[row] @ true[column].T, rtol=1e-4
        )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_all_entries_known_is_no_weights_at_all(rng, kind, solver):
    matrices, factors = three(rng), factors_of(rng)
    ones = {pair: np.ones(X.shape) for pair, X in matrices.items()}
    options = {"divergence": kind, "solver": solver, "factors": factors, "max_iter": 12, "tol": 0}
    plain, weighted = (
        factorize_jointly(matrices, 3, weights=w, dtype=np.float64, **options) for w in (None, ones)
    )
    # The quasi-Newton method renews its scaling less often where it costs matrix products.
    rtol = 0.02 if (solver, kind) == ("accelerated", "kullback-leibler") else 1e-9
    np.testing.assert_allclose(weighted.losses, plain.losses, rtol=rtol)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_missing_entries_are_never_looked_at(rng, kind, solver):
    matrices, known = three(rng), gaps(rng)
    other = {
        pair: np.where(known[pair] > 0, X, 1e3 * rng.random(X.shape)) if pair in known else X
        for pair, X in matrices.items()
    }
    options = {"weights": known, "divergence": kind, "solver": solver, "seed": 0, "max_iter": 20}
    one, two = (factorize_jointly(X, 3, **options) for X in (matrices, other))
    np.testing.assert_array_equal(one.losses, two.losses)
    for mode, factor in one.factors.items():
        np.testing.assert_array_equal(two.factors[mode], factor)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
def test_one_matrix_with_missing_entries_is_the_plain_factorisation(rng, kind, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    known = (rng.random(X.shape) < 0.6).astype(float)
    options = {"divergence": kind, "solver": solver, "max_iter": 15, "tol": 0}
    plain = factorize(X, 4, weights=known, bases=W, activations=H, **options)
    pair = "row", "column"
    fit = factorize_jointly(
        {pair: X}, 4, weights={pair: known}, factors={"row": W, "column": H.T}, **options
    )
    np.testing.assert_allclose(fit.losses, plain.losses, rtol=1e-4)


def test_sparse_weights_are_dense_ones(rng):
    pair, X = ("user", "good"), counts(rng, 25, 30, 0.5)
    known = sparse.csr_array(rng.integers(1, 4, X.shape) * (rng.random(X.shape) < 0.6))
    more = {("good", "word"): rough(rng, 30, 20)}
    options = {"factors": factors_of(rng, modes=("user", "good", "word")), "max_iter": 15, "tol": 0}
    thin, full = (
        factorize_jointly(
            {pair: form(X)} | more, 3, weights={pair: form(known)}, solver="multiplicative",
            **options,
        )
        for form in (lambda x: x, dense)
    )  # fmt: skip
    assert_sound(thin, {pair: X} | more, 1, known={pair: known})
    np.testing.assert_allclose(thin.losses, full.losses, rtol=1e-4)
    fast = factorize_jointly({pair: X} | more, 3, weights={pair: known}, **options)
    assert_sound(fast, {pair: X} | more, 1, known={pair: known})
    assert fast.losses[-1] <= 1.005 * full.losses[-1]


def test_what_no_entry_tells_of_has_no_influence(rng):
    matrices, factors = three(rng), factors_of(rng)
    known = {("good", "word"): np.ones((30, 20))}
    known["good", "word"][:, 4] = 0
    fit = factorize_jointly(
        matrices, 3, weights=known, factors=factors, solver="multiplicative", max_iter=5,
        dtype=np.float64,
    )  # fmt: skip
    others = factorize_jointly(
        {pair: np.delete(X, 4, 1) if pair in known else X for pair, X in matrices.items()}, 3,
        factors=factors | {"word": np.delete(factors["word"], 4, 0)}, solver="multiplicative",
        max_iter=5, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_allclose(
        np.delete(fit.factors["word"], 4, 0), others.factors["word"], rtol=1e-6
    )
    assert np.isfinite(fit.factors["word"]).all()
