"""Sparse data: the same result as dense, from the entries that are stored."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from tdsep.nmf import factorize
from tests.nmf import oracle
from tests.nmf.cases import (
    SOLVERS,
    assert_never_rises,
    assert_sound,
    counts,
    mean_ratio,
    precision_gap,
    start,
)


def both(X, n_components, rng, **options):
    """The same start, given sparse data and the same data dense (by the textbook's updates)."""
    W, H = start(rng, *X.shape, n_components)
    options = {"bases": W, "activations": H, "max_iter": 20, "tol": 0, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more components than both sides have
        thin = factorize(X, n_components, **options)
        options["solver"] = "multiplicative"
        if options.get("weights") is not None:
            options["weights"] = options["weights"].toarray()
        full = factorize(X.toarray(), n_components, **options)
    return thin, full


def assert_agree(thin, full, solver, rtol=1e-4):
    """By the same updates the same steps, by others as far in as many."""
    if solver == "accelerated":
        assert thin.losses[0] == pytest.approx(full.losses[0], rel=1e-5)
        assert thin.losses[-1] <= 1.02 * full.losses[-1]
        return
    # Rounding may end one run before the other; the steps until then are the same.
    n = min(thin.n_iter, full.n_iter) + 1
    np.testing.assert_allclose(thin.losses[:n], full.losses[:n], rtol=rtol)
    assert thin.losses[-1] == pytest.approx(full.losses[-1], rel=rtol)
    Y = full.reconstruction()
    np.testing.assert_allclose(thin.reconstruction(), Y, rtol=1e-2, atol=1e-3 * Y.mean())


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_components", [1, 3, 8, 21, 70])
def test_sparse_is_dense(rng, n_components, dtype, solver):
    X = counts(rng)
    thin, full = both(X, n_components, rng, dtype=dtype, solver=solver)
    assert_agree(thin, full, solver)
    assert_sound(thin, X.toarray(), 1)
    assert thin.bases.dtype == dtype


@pytest.mark.parametrize("n_components", [1, 4, 9])
def test_multiplicative_is_the_textbook_step_by_step(rng, n_components):
    X, (W, H) = counts(rng), start(rng, 40, 60, n_components)
    fit = factorize(
        X, n_components, bases=W, activations=H, solver="multiplicative", max_iter=15, tol=0,
        dtype=np.float64,
    )  # fmt: skip
    true_w, true_h, losses = oracle.multiplicative(X.toarray(), W, H, 1, 15)
    # One component is at its best after one step: rounding may end the run.
    np.testing.assert_allclose(fit.losses, losses[: fit.n_iter + 1], rtol=1e-8)
    assert fit.losses[-1] == pytest.approx(losses[-1], rel=1e-8)
    np.testing.assert_allclose(fit.reconstruction(), true_w @ true_h, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: {"fixed_bases": rng.random((40, 2))},
        lambda rng: {"fixed_bases": rng.random((40, 5))},
        lambda rng: {"fixed_activations": rng.random((2, 60))},
        lambda rng: {"fixed_bases": rng.random((40, 3)), "fixed_activations": rng.random((2, 60))},
        lambda rng: {"sparsity": 0.3},
    ],
    ids=["bases", "all bases", "activations", "both", "sparsity"],
)
def test_sparse_is_dense_with_options(rng, make, solver):
    X, options = counts(rng), make(rng)
    thin, full = both(X, 5, rng, solver=solver, **options)
    assert_agree(thin, full, solver)
    assert_sound(thin, X.toarray(), 1, sparsity=options.get("sparsity", 0))
    if "fixed_bases" in options:
        fixed = options["fixed_bases"].astype(np.float32)
        np.testing.assert_array_equal(thin.bases[:, : fixed.shape[1]], fixed)
    if "fixed_activations" in options:
        fixed = options["fixed_activations"].astype(np.float32)
        np.testing.assert_array_equal(thin.activations[: len(fixed)], fixed)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_weights_are_dense_weights(rng, dtype, solver):
    X = counts(rng)
    # Some data without weight, some weight where the data are zero, and rows without weight.
    weights = rng.random((40, 60)) * (rng.random((40, 60)) < 0.5)
    weights[5] = weights[:, 8] = 0
    weights = sparse.csr_array(weights)
    thin, full = both(X, 4, rng, weights=weights, dtype=dtype, solver=solver)
    assert_agree(thin, full, solver)
    assert_sound(thin, X.toarray(), 1, weights.toarray())


def test_sparse_weights_are_those_of_the_textbook(rng):
    X, (W, H) = counts(rng), start(rng, 40, 60, 4)
    weights = rng.random((40, 60)) * (rng.random((40, 60)) < 0.5)
    fit = factorize(
        X, 4, bases=W, activations=H, weights=sparse.coo_array(weights), max_iter=15, tol=0,
        solver="multiplicative", dtype=np.float64,
    )  # fmt: skip
    losses = oracle.multiplicative(X.toarray(), W, H, 1, 15, weights)[2]
    np.testing.assert_allclose(fit.losses, losses, rtol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
def test_with_all_bases_fixed_sparse_ends_where_dense_does(rng, solver):
    X, bases = counts(rng), rng.random((40, 4))
    thin, full = (
        factorize(
            data, 4, fixed_bases=bases, solver=solver, max_iter=2000, tol=1e-9, seed=0,
            dtype=np.float64,
        )
        for data in (X, X.toarray())
    )  # fmt: skip
    assert thin.losses[-1] == pytest.approx(full.losses[-1], rel=1e-5)
    Y = full.reconstruction()
    np.testing.assert_allclose(thin.reconstruction(), Y, rtol=1e-2, atol=1e-2 * Y.mean())


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    n_components=st.integers(1, 9),
    density=st.floats(0.01, 1),
    solver=st.sampled_from(SOLVERS),
    weighted=st.booleans(),
)
def test_loss_never_rises(seed, shape, n_components, density, solver, weighted):
    rng = np.random.default_rng(seed)
    X = rng.exponential(size=shape) * (rng.random(shape) < density)
    X[0, 0] = 1
    weights = rng.random(shape) * (rng.random(shape) < 0.7) if weighted else None
    if weighted:
        weights[0, 0] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more components than both sides have
        fit = factorize(
            sparse.csr_array(X), n_components, solver=solver, max_iter=25, tol=0, seed=seed,
            weights=None if weights is None else sparse.csr_array(weights),
        )  # fmt: skip
    assert_sound(fit, X, 1, weights)


def coo_with_duplicates(X):
    X = sparse.coo_array(X)
    rows, columns = (np.concatenate([index, index]) for index in X.coords)
    return sparse.coo_array(
        (np.concatenate([X.data / 4, X.data * 3 / 4]), (rows, columns)), X.shape
    )


def with_stored_zeros(X):
    X = sparse.coo_array(X)
    rows, columns = X.coords
    rows, columns = np.append(rows, [7, 7, 12]), np.append(columns, [11, 3, 11])
    return sparse.csr_array((np.append(X.data, [0, 0, 0]), (rows, columns)), X.shape)


def unsorted(X):
    X = X.copy()
    for row in range(X.shape[0]):
        here = slice(X.indptr[row], X.indptr[row + 1])
        X.indices[here], X.data[here] = X.indices[here][::-1].copy(), X.data[here][::-1].copy()
    X.has_sorted_indices = False
    return X


def long_indices(X):
    X = X.copy()
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def read_only(X):
    X = X.copy()
    for array in (X.data, X.indices, X.indptr):
        array.setflags(write=False)
    return X


FORMS = {
    "csr_matrix": sparse.csr_matrix,
    "csc_array": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "coo_array": sparse.coo_array,
    "lil_array": sparse.lil_array,
    "duplicates": coo_with_duplicates,
    "stored zeros": with_stored_zeros,
    "unsorted": unsorted,
    "int64 indices": long_indices,
    "read-only": read_only,
    "int32": lambda X: X.astype(np.int32),
    "uint8": lambda X: X.astype(np.uint8),
    "float32": lambda X: X.astype(np.float32),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_the_same_counts_gives_the_same(rng, form):
    X, (W, H) = counts(rng), start(rng, 40, 60, 5)
    other = FORMS[form](X)
    assert (other.toarray() == X.toarray()).all()
    plain, same = (
        factorize(data, 5, bases=W, activations=H, max_iter=15, tol=0) for data in (X, other)
    )
    np.testing.assert_allclose(same.losses, plain.losses, rtol=1e-6)
    np.testing.assert_allclose(same.bases, plain.bases, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_leaves_its_arguments_as_they_are(rng, solver):
    X, (W, H) = counts(rng), start(rng, 40, 60, 3)
    weights = sparse.coo_array(rng.random((40, 60)) * (rng.random((40, 60)) < 0.5))
    forms = [X.astype(np.float32), unsorted(X), sparse.csc_array(X), coo_with_duplicates(X)]
    for form in forms:
        copy = form.copy()
        fixed, fixed_copy = W[:, :1].copy(), W[:, :1].copy()
        starts = W.copy(), H.copy()
        for weight in (None, weights):
            factorize(
                form, 3, bases=W, activations=H, fixed_bases=fixed, weights=weight, max_iter=3,
                solver=solver,
            )  # fmt: skip
        assert form.nnz == copy.nnz
        names = ("row", "col") if form.format == "coo" else ("indices", "indptr")
        for name in ("data", *names):
            np.testing.assert_array_equal(getattr(form, name), getattr(copy, name))
        for array, same in zip((W, H, fixed), (*starts, fixed_copy), strict=True):
            np.testing.assert_array_equal(array, same)


@pytest.mark.parametrize("solver", SOLVERS)
def test_empty_rows_and_columns_beget_zeros(rng, solver):
    fit = factorize(counts(rng), 4, solver=solver, max_iter=10, tol=0, seed=0)
    np.testing.assert_array_equal(fit.bases[7], 0)
    np.testing.assert_array_equal(fit.activations[:, 11], 0)
    np.testing.assert_allclose(fit.bases.sum(axis=0), 1, rtol=1e-5)


def clear_counts(rng):
    """Counts, four in five of them zero, around a product of three components."""
    means = rng.gamma(0.3, 1, (90, 3)) @ rng.gamma(0.3, 1, (3, 80))
    return sparse.csr_array(rng.poisson(2 * means).astype(np.float64))


def test_accelerated_gets_at_least_as_far(rng):
    X = clear_counts(rng)

    def loss(solver, seed):
        return factorize(X, 4, solver=solver, max_iter=50, tol=0, seed=seed).losses[-1]

    assert mean_ratio(loss) < 1.03


@pytest.mark.parametrize("solver", SOLVERS)
def test_single_precision_gets_as_far_as_double(rng, solver):
    X = clear_counts(rng)

    def loss(dtype, seed):
        options = {"solver": solver, "dtype": dtype, "max_iter": 100, "tol": 0, "seed": seed}
        return factorize(X, 3, **options).losses[-1]

    assert precision_gap(loss) < 1e-3


def test_nndsvd_starts_where_it_does_from_dense_data(rng):
    X = clear_counts(rng)
    thin, full = (
        factorize(data, 4, init="nndsvd", max_iter=0, seed=0, dtype=np.float64)
        for data in (X, X.toarray())
    )
    assert thin.losses[0] == pytest.approx(full.losses[0], rel=1e-6)
    assert thin.losses[0] < factorize(X, 4, max_iter=0, seed=0).losses[0]


@pytest.mark.parametrize("level", [1e-12, 1e12])
def test_the_level_does_not_matter(rng, level):
    X, (W, H) = counts(rng), start(rng, 40, 60, 4)
    plain = factorize(X, 4, bases=W, activations=H, max_iter=15, tol=0)
    other = factorize(level * X, 4, bases=W, activations=level * H, max_iter=15, tol=0)
    np.testing.assert_allclose(other.losses, level * plain.losses, rtol=1e-3)
    np.testing.assert_allclose(other.bases, plain.bases, rtol=1e-2, atol=1e-4)


def test_what_would_never_fit_dense_is_factorised(rng):
    n = 300_000
    rows, columns = rng.integers(0, n, (2, 2000))
    X = sparse.coo_array((rng.random(2000) + 0.5, (rows, columns)), (n, n)).tocsr()
    fit = factorize(X, 2, max_iter=5, tol=0, seed=0)
    assert_never_rises(fit.losses)
    W, H = fit.bases.astype(np.float64), fit.activations.astype(np.float64)
    entries = X.tocoo()
    x, y = entries.data, (W[entries.coords[0]] * H[:, entries.coords[1]].T).sum(axis=1)
    loss = (x * np.log(x / y) - x).sum() + W.sum(axis=0) @ H.sum(axis=1)
    assert fit.losses[-1] == pytest.approx(loss, rel=1e-4)


def test_more_rows_than_a_block_of_work_holds(rng):
    X = sparse.random_array((3000, 700), density=0.01, rng=rng, format="csr")
    thin, full = both(X, 6, rng, solver="multiplicative", max_iter=3, dtype=np.float64)
    assert_agree(thin, full, "multiplicative", rtol=1e-8)
    turned, full = both(X.T.tocsr(), 6, rng, solver="multiplicative", max_iter=3, dtype=np.float64)
    assert_agree(turned, full, "multiplicative", rtol=1e-8)


def test_rounding_does_not_grow_with_the_entries_of_a_column(rng):
    X = sparse.random_array((200_000, 5), density=0.9, rng=rng, format="csr")
    single, double = (
        factorize(X, 3, solver="multiplicative", max_iter=3, tol=0, seed=0, dtype=dtype)
        for dtype in (np.float32, np.float64)
    )
    np.testing.assert_allclose(single.activations, double.activations, rtol=3e-6)
