"""What cannot be factorised is refused in one line that names the fault."""

import warnings

import numpy as np
import pytest
from scipy import sparse

from tdsep.errors import ParameterError
from tdsep.nmf import choose_rank, factorize, factorize_jointly

ONES = np.ones((6, 8))


def holding(value):
    X = np.ones((6, 8))
    X[2, 3] = value
    return X


def refused(match, call):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ParameterError, match=f"(?i){match}") as caught:
            call()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (holding(-1.0), "negative"),
        (holding(np.nan), "finite|nan"),
        (holding(np.inf), "finite|inf"),
        (np.full((6, 8), -np.inf), "finite|inf|negative"),
        (np.ones((0, 8)), "empty|no entries|0"),
        (np.ones((6, 0)), "empty|no entries|0"),
        ([], "empty|dimension|shape|matrix"),
        (np.zeros((6, 8)), "zero"),
        (ONES * 1j, "complex|real|number"),
        (np.full((6, 8), "a"), "number|real|numeric"),
        (np.full((6, 8), None), "number|real|numeric"),
        ([[1.0, 2.0], [3.0]], "matrix|shape|array|number|rows"),
        (np.ones(8), "dimension|matrix|shape|1-D"),
        (np.ones((2, 3, 4)), "dimension|matrix|shape|3-D"),
        (3.0, "dimension|matrix|shape|0-D"),
        (sparse.csr_array(holding(-1.0)), "negative"),
        (sparse.csr_array(holding(np.nan)), "finite|nan"),
        (sparse.csr_array(holding(np.inf)), "finite|inf"),
        (sparse.csr_array((6, 8)), "zero|empty"),
        (sparse.csr_array(ONES * 1j), "complex|real|number"),
    ],
)
def test_data(X, match):
    refused(match, lambda: factorize(X, 2, seed=0))
    refused(match, lambda: choose_rank(X, [1, 2], seed=0))
    refused(match, lambda: factorize_jointly({("a", "b"): X}, 2, seed=0))


OPTIONS = [
    ({"n_components": 0}, "n_components|component"),
    ({"n_components": -1}, "n_components|component"),
    ({"n_components": 2.5}, "n_components|component"),
    ({"n_components": True}, "n_components|component"),
    ({"n_components": "2"}, "n_components|component"),
    ({"n_components": None}, "n_components|component"),
    ({"divergence": "foo"}, "divergence"),
    ({"divergence": 3}, "divergence|beta"),
    ({"divergence": -1.01}, "divergence|beta"),
    ({"divergence": np.nan}, "divergence|beta"),
    ({"divergence": None}, "divergence"),
    ({"solver": "foo"}, "solver"),
    ({"max_iter": -1}, "max_iter"),
    ({"max_iter": 2.5}, "max_iter"),
    ({"tol": -1}, "tol"),
    ({"tol": np.nan}, "tol"),
    ({"dtype": int}, "dtype"),
    ({"dtype": np.float16}, "dtype"),
    ({"dtype": complex}, "dtype"),
    ({"dtype": "foo"}, "dtype"),
    ({"seed": -1}, "seed"),
    ({"seed": "foo"}, "seed"),
]


@pytest.mark.parametrize(("options", "match"), OPTIONS)
def test_options(options, match):
    refused(match, lambda: factorize(ONES, **{"n_components": 2, **options}))
    if "n_components" not in options:
        refused(match, lambda: factorize(sparse.csr_array(ONES), 2, **options))
    refused(match, lambda: factorize_jointly({("a", "b"): ONES}, **{"n_components": 2, **options}))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"init": "foo"}, "start|init"),
        ({"init": "nndsvd", "width": 2}, "init|nndsvd"),
        ({"width": 0}, "width"),
        ({"width": -3}, "width"),
        ({"width": 1.5}, "width"),
        ({"width": 9}, "width"),
        ({"sparsity": -1}, "sparsity"),
        ({"sparsity": np.nan}, "sparsity"),
        ({"sparsity": np.inf}, "sparsity"),
        ({"bases": np.ones((6, 3))}, "bases"),
        ({"bases": np.ones((5, 2))}, "bases"),
        ({"bases": np.ones(6)}, "bases"),
        ({"bases": -np.ones((6, 2))}, "bases"),
        ({"bases": np.full((6, 2), np.nan)}, "bases"),
        ({"bases": np.ones((6, 2)), "width": 3}, "bases"),
        ({"bases": np.ones((6, 2, 4)), "width": 3}, "bases"),
        ({"activations": np.ones((3, 8))}, "activations"),
        ({"activations": np.ones((2, 7))}, "activations"),
        ({"activations": -np.ones((2, 8))}, "activations"),
        ({"activations": np.full((2, 8), np.inf)}, "activations"),
        ({"fixed_bases": np.ones((6, 3))}, "fixed"),
        ({"fixed_bases": np.ones((5, 1))}, "fixed"),
        ({"fixed_bases": np.ones(6)}, "fixed"),
        ({"fixed_bases": -np.ones((6, 1))}, "fixed"),
        ({"fixed_bases": np.full((6, 1), np.nan)}, "fixed"),
        ({"fixed_bases": np.ones((6, 1)), "width": 2}, "fixed"),
        ({"fixed_bases": np.ones((6, 1, 3)), "width": 2}, "fixed"),
        ({"fixed_activations": np.ones((3, 8))}, "fixed"),
        ({"fixed_activations": np.ones((1, 9))}, "fixed"),
        ({"fixed_activations": np.full((1, 8), -0.5)}, "fixed"),
        ({"weights": np.ones((6, 7))}, "weights"),
        ({"weights": np.ones(8)}, "weights"),
        ({"weights": -ONES}, "weights"),
        ({"weights": holding(np.nan)}, "weights"),
        ({"weights": holding(np.inf)}, "weights"),
        ({"weights": np.zeros((6, 8))}, "weights"),
        ({"weights": ONES * 1j}, "weights"),
    ],
)
def test_options_of_factorize(options, match):
    refused(match, lambda: factorize(ONES, 2, seed=0, **options))


@pytest.mark.parametrize(
    "options", [{"divergence": d} for d in ("euclidean", "itakura-saito", 0.5)]
)
def test_sparse_data_of_another_divergence(options):
    refused("sparse", lambda: factorize(sparse.csr_array(ONES), 2, **options))
    refused("sparse", lambda: factorize_jointly({("a", "b"): sparse.csr_array(ONES)}, 2, **options))


def test_sparse_data_of_several_frames():
    refused("sparse", lambda: factorize(sparse.csr_array(ONES), 2, width=2))


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (sparse.csr_array(np.ones((6, 7))), "weights"),
        (sparse.csr_array(-ONES), "weights"),
        (sparse.csr_array(holding(np.nan)), "weights"),
        (sparse.csr_array((6, 8)), "weights"),
    ],
)
def test_weights_of_sparse_data(weights, match):
    refused(match, lambda: factorize(sparse.csr_array(ONES), 2, weights=weights))


def test_not_a_number_is_refused_even_where_it_is_missing():
    weights = (~np.isnan(holding(np.nan))).astype(float)
    refused("finite|nan", lambda: factorize(holding(np.nan), 2, weights=weights))


def test_data_that_are_zero_wherever_they_are_known():
    refused("zero", lambda: factorize(holding(5.0) - 1, 2, weights=1.0 * (holding(5.0) == 1)))


@pytest.mark.parametrize(
    ("matrices", "options", "match"),
    [
        ({}, {}, "matrices"),
        ({("a", "a"): np.ones((4, 4))}, {}, "a"),
        ({"ab": ONES, "cde": ONES}, {}, "pair|mode|two"),
        ({("a",): ONES}, {}, "pair|mode|two"),
        ({("a", "b"): ONES, ("b", "c"): np.ones((7, 3))}, {}, "b.*(8|7).*(8|7)"),
        ({("a", "b"): ONES, ("a", "c"): np.ones((5, 3))}, {}, "a.*(5|6).*(5|6)"),
        ({("a", "b"): ONES}, {"factors": {"x": np.ones((6, 2))}}, "x"),
        ({("a", "b"): ONES}, {"fixed_factors": {"x": np.ones((6, 2))}}, "x"),
        ({("a", "b"): ONES}, {"matrix_weights": {("a", "x"): 1}}, "x"),
        ({("a", "b"): ONES}, {"matrix_weights": {("b", "a"): 1}}, "b.*a"),
        ({("a", "b"): ONES}, {"matrix_weights": {("a", "b"): -1}}, "weight"),
        ({("a", "b"): ONES}, {"matrix_weights": {("a", "b"): np.nan}}, "weight"),
        ({("a", "b"): ONES}, {"matrix_weights": {("a", "b"): 0}}, "weight"),
        ({("a", "b"): ONES}, {"weights": {("b", "a"): ONES.T}}, "b.*a"),
        ({("a", "b"): ONES}, {"weights": {("a", "b"): ONES.T}}, "a.*b.*shape"),
        ({("a", "b"): ONES}, {"weights": {("a", "b"): -ONES}}, "a.*b.*negative"),
        ({("a", "b"): ONES}, {"weights": {("a", "b"): 0 * ONES}}, "a.*b.*zero"),
        ({("a", "b"): holding(0.0)}, {"weights": {("a", "b"): holding(0.0) == 0}}, "a.*b.*zero"),
        ({("a", "b"): ONES}, {"weights": {("a", "b"): sparse.csr_array(ONES)}}, "a.*b.*dense"),
        ({("a", "b"): sparse.csr_array(ONES)}, {"weights": {("a", "b"): ONES}}, "a.*b.*sparse"),
        ({("a", "b"): ONES}, {"factors": {"a": np.ones((5, 2))}}, "a"),
        ({("a", "b"): ONES}, {"factors": {"a": np.ones((6, 3))}}, "a"),
        ({("a", "b"): ONES}, {"factors": {"a": -np.ones((6, 2))}}, "a"),
        ({("a", "b"): ONES}, {"fixed_factors": {"b": np.ones((8, 3))}}, "b"),
        ({("a", "b"): ONES}, {"fixed_factors": {"b": np.ones((7, 2))}}, "b"),
        ({("a", "b"): ONES}, {"fixed_factors": {"b": np.full((8, 2), np.nan)}}, "b"),
        ({("a", "b"): holding(-1.0), ("b", "c"): np.ones((8, 3))}, {}, "a.*b.*negative"),
        ({("a", "b"): ONES, ("b", "c"): np.zeros((8, 3))}, {}, "b.*c.*zero"),
    ],
)  # fmt: skip
def test_matrices_that_do_not_join(matrices, options, match):
    refused(match, lambda: factorize_jointly(matrices, 2, seed=0, **options))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"candidates": []}, "candidates"),
        ({"candidates": [0, 1]}, "candidate|component"),
        ({"candidates": [1, 2.5]}, "candidate|component"),
        ({"candidates": 3}, "candidates"),
        ({"held_out": 0}, "held_out"),
        ({"held_out": 1}, "held_out"),
        ({"held_out": -0.1}, "held_out"),
        ({"held_out": np.nan}, "held_out"),
        ({"repeats": 0}, "repeats"),
        ({"repeats": 1.5}, "repeats"),
        ({"divergence": "foo"}, "divergence"),
        ({"width": 0}, "width"),
        ({"seed": -1}, "seed"),
        ({"max_iter": -1}, "max_iter"),
        ({"tol": -1}, "tol"),
        ({"dtype": int}, "dtype"),
    ],
)
def test_ranks(options, match):
    X = np.ones((20, 30))
    refused(match, lambda: choose_rank(X, **{"candidates": [1, 2], "seed": 0, **options}))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_more_components_than_both_sides_have_is_a_warning(form):
    X = form(np.random.default_rng(0).random((3, 5)))
    with pytest.warns(UserWarning, match="6"):
        assert factorize(X, 6, max_iter=3, seed=0).n_iter == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        factorize(X, 4, max_iter=3, seed=0)
        factorize(X, 5, max_iter=3, seed=0)


def test_a_fault_is_also_a_value_error():
    with pytest.raises(ValueError, match="negative"):
        factorize(-ONES, 2)


def test_masked_arrays_are_not_taken_for_whole(rng):
    with pytest.raises(ParameterError, match="weights"):
        factorize(np.ma.masked_less(rng.random((6, 5)), 0.5), 2)


@pytest.mark.parametrize("scale", [1e-300, 1e-100, 1e40, 1e300])
def test_values_out_of_the_types_range_are_refused(rng, scale):
    with pytest.raises(ParameterError, match="range"):
        factorize(rng.random((6, 5)) * scale, 2, divergence="euclidean")


def test_a_start_far_from_the_matrix_is_refused(rng):
    X, far = rng.random((6, 5)), {"a": rng.random((6, 2)) * 1e15}
    with pytest.raises(ParameterError, match="times as large"):
        factorize(X, 2, bases=rng.random((6, 2)) * 1e9, activations=rng.random((2, 5)) * 1e9)
    with pytest.raises(ParameterError, match="times as large"):
        factorize_jointly({("a", "b"): X}, 2, fixed_factors=far)
