import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from tdsep.errors import ParameterError
from tdsep.nmf import divergence
from tests.nmf import oracle
from tests.nmf.cases import KINDS, NAMED, counts, holed, rough

positive = st.floats(0.1, 10)


@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_the_oracle_entry_by_entry(rng, kind):
    X, Y = holed(rng), rough(rng)
    found = divergence(X, Y, kind)
    assert isinstance(found, float)
    assert found == pytest.approx(oracle.divergence_by_entry(X, Y, kind), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_multiply_each_entry(rng, kind):
    X, Y, weights = rough(rng), rough(rng), rng.random((24, 31)) * 3
    assert divergence(X, Y, kind, weights=weights) == pytest.approx(
        oracle.divergence_by_entry(X, Y, kind, weights), rel=1e-9
    )
    ones = divergence(X, Y, kind, weights=np.ones(X.shape))
    assert ones == pytest.approx(divergence(X, Y, kind), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(x=positive, y=positive, beta=st.floats(-1, 2.5))
def test_is_the_integral_at_any_beta(x, y, beta):
    # The floor below beta = 1 moves it by about 1e-10 of the value.
    found = divergence(np.array([[x]]), np.array([[y]]), beta)
    assert found == pytest.approx(oracle.entry_by_integral(x, y, beta), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("middle", [0.0, 1.0])
@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-13])
def test_is_continuous_where_the_formula_divides_by_zero(rng, middle, step):
    X, Y = rough(rng) + 0.1, rough(rng) + 0.1
    for beta in (middle - step, middle + step):
        assert divergence(X, Y, beta) == pytest.approx(
            divergence(X, Y, middle), rel=10 * step + 1e-3
        )


def test_names_stand_for_their_beta(rng):
    X, Y = rough(rng), rough(rng)
    assert divergence(X, Y) == divergence(X, Y, "kullback-leibler")
    assert divergence(X, Y, "kullback-leibler") == pytest.approx(divergence(X, Y, 1))
    assert divergence(X, Y, "itakura-saito") == pytest.approx(divergence(X, Y, 0))
    assert divergence(X, Y, "euclidean") == pytest.approx(2 * divergence(X, Y, 2.0))
    assert divergence(X, Y, "euclidean") == pytest.approx(((X - Y) ** 2).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_is_zero_only_between_equals(rng, kind):
    X = holed(rng)
    assert divergence(X, X, kind) == pytest.approx(0, abs=1e-12 * oracle.scale(X, kind))
    assert divergence(X, 1.01 * X + 1e-3, kind) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_scales_as_its_beta(rng, kind):
    X, Y = holed(rng), rough(rng)
    power = oracle.beta_of(kind)
    assert divergence(1000 * X, 1000 * Y, kind) == pytest.approx(
        1000.0**power * divergence(X, Y, kind), rel=1e-9
    )


def test_zeros_in_the_data_cost_the_model_there(rng):
    Y = rough(rng)
    X = np.zeros(Y.shape)
    X[0, 0] = Y[0, 0]
    assert divergence(X, Y) == pytest.approx(Y.sum() - Y[0, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_on_both_sides_cost_nothing(rng, kind):
    X, Y = rough(rng), rough(rng)
    inner = divergence(X, Y, kind, weights=np.ones(X.shape))
    X[0] = Y[0] = 0
    rest = divergence(X, Y, kind)
    assert rest < inner
    assert rest == pytest.approx(oracle.divergence(X[1:], Y[1:], kind), rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_does_not_count(rng, kind):
    X, Y, weights = rough(rng), rough(rng), np.ones((24, 31))
    weights[2] = 0
    known = divergence(X, Y, kind, weights=weights)
    assert known == pytest.approx(
        divergence(np.delete(X, 2, 0), np.delete(Y, 2, 0), kind), rel=1e-6
    )
    Y[2] = 0
    assert divergence(X, Y, kind, weights=weights) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
def test_sparse_counts_all_entries_as_dense_does(rng, form):
    X, Y = counts(rng), rng.random((40, 60)) + 0.01
    dense = divergence(X.toarray(), Y)
    assert divergence(form(X), Y) == pytest.approx(dense, rel=1e-9)


def test_sparse_weights_leave_out_what_they_do_not_hold(rng):
    X, Y = counts(rng), rng.random((40, 60)) + 0.01
    weights = rng.random((40, 60)) * (rng.random((40, 60)) < 0.4)
    found = divergence(X, Y, weights=sparse.csr_array(weights))
    assert found == pytest.approx(oracle.divergence(X.toarray(), Y, 1, weights), rel=1e-9)


@pytest.mark.parametrize("kind", NAMED)
def test_leaves_its_arguments_as_they_are(rng, kind):
    X, Y = holed(rng), rough(rng)
    copies = X.copy(), Y.copy()
    divergence(X, Y, kind)
    np.testing.assert_array_equal((X, Y), copies)


@pytest.mark.parametrize(
    ("X", "Y", "kind"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), 1),
        (np.ones((2, 3)), np.ones((2, 3)), "foo"),
        (np.ones((2, 3)), np.ones((2, 3)), 2.6),
        (np.ones((2, 3)), np.ones((2, 3)), -1.1),
        (np.ones((2, 3)), np.ones((2, 3)), np.nan),
        (-np.ones((2, 3)), np.ones((2, 3)), 1),
        (np.ones((2, 3)), -np.ones((2, 3)), 1),
        (np.full((2, 3), np.nan), np.ones((2, 3)), 2),
        (sparse.csr_array(np.eye(3)), np.ones((3, 3)), 2),
    ],
)
def test_refuses_what_has_no_divergence(X, Y, kind):
    with pytest.raises(ParameterError) as caught:
        divergence(X, Y, kind)
    assert "\n" not in str(caught.value)
