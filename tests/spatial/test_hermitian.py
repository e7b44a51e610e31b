import numpy as np
import pytest

from tdsep.spatial import hermitian


def random_matrices(rng, n_channels, count=7):
    half = rng.standard_normal((count, n_channels, n_channels, 2)) @ [1, 1j]
    return half @ half.conj().swapaxes(1, 2) + 0.1 * np.eye(n_channels)


def random_vectors(rng, n_channels, count=7):
    return rng.standard_normal((n_channels, count, 2)) @ [1, 1j]


@pytest.mark.parametrize("n_channels", [1, 2, 3, 5])
def test_coordinates_and_back(rng, n_channels):
    full = random_matrices(rng, n_channels)
    np.testing.assert_allclose(hermitian.matrices(hermitian.coordinates(full)), full, atol=1e-12)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 5])
def test_the_inner_product_is_the_trace_of_the_product(rng, n_channels):
    one, other = random_matrices(rng, n_channels), random_matrices(rng, n_channels)
    traces = np.trace(one @ other, axis1=1, axis2=2).real
    products = hermitian.coordinates(one) * hermitian.coordinates(other)
    np.testing.assert_allclose(products.sum(axis=0), traces)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 5])
def test_outer_products_multiplication_and_trace(rng, n_channels):
    x = random_vectors(rng, n_channels)
    full = np.einsum("in,jn->nij", x, x.conj())
    np.testing.assert_allclose(hermitian.outer(x), hermitian.coordinates(full), rtol=1e-5)
    matrices = random_matrices(rng, n_channels)
    h = hermitian.coordinates(matrices)
    np.testing.assert_allclose(
        hermitian.multiply(h, x), np.einsum("nij,jn->in", matrices, x), rtol=1e-5
    )
    np.testing.assert_allclose(hermitian.trace(h)[0], np.trace(matrices, axis1=1, axis2=2).real)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 5])
def test_inverse_and_determinant(rng, n_channels):
    full = random_matrices(rng, n_channels)
    inverse, determinant = hermitian.inverse(hermitian.coordinates(full))
    np.testing.assert_allclose(hermitian.matrices(inverse), np.linalg.inv(full), rtol=1e-6)
    np.testing.assert_allclose(determinant[0], np.linalg.det(full).real, rtol=1e-6)


def test_a_singular_matrix_has_a_finite_inverse():
    rank_one = hermitian.outer(np.array([[1.0 + 1j], [2.0]]))
    inverse, determinant = hermitian.inverse(rank_one)
    assert np.isfinite(inverse).all()
    assert (determinant > 0).all()


@pytest.mark.parametrize("n_channels", [2, 3])
def test_loading_sets_the_scale(rng, n_channels):
    h = hermitian.coordinates(random_matrices(rng, n_channels))
    np.testing.assert_allclose(hermitian.trace(hermitian.loaded(h, 0.01)), n_channels * 1.01)
    empty = hermitian.loaded(0 * h, 0.01)
    np.testing.assert_allclose(hermitian.matrices(empty)[0], 0.01 * np.eye(n_channels))
