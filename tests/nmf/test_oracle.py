"""The oracle is held to the definitions, before anything is held to the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nmf import oracle
from tests.nmf.cases import KINDS, assert_never_rises, holed, rough, start

positive = st.floats(0.1, 10)


@given(x=positive, y=positive, beta=st.floats(-1, 2.5))
def test_each_entry_is_the_integral(x, y, beta):
    if min(abs(beta), abs(beta - 1)) > 1e-3 or beta in (0, 1):
        assert oracle.entry(x, y, beta) == pytest.approx(
            oracle.entry_by_integral(x, y, beta), rel=1e-6, abs=1e-9
        )


@pytest.mark.parametrize("kind", KINDS)
def test_all_at_once_is_entry_by_entry(rng, kind):
    X, Y, weights = holed(rng), rough(rng), rng.random((24, 31)) * (rng.random((24, 31)) < 0.8)
    assert oracle.divergence(X, Y, kind, weights) == pytest.approx(
        oracle.divergence_by_entry(X, Y, kind, weights), rel=1e-9
    )


def test_the_product_is_the_convolution(rng):
    bases, activations = start(rng, 5, 9, 3, 4)
    found, true = oracle.product(bases, activations), np.zeros((5, 9))
    for i, k in np.ndindex(5, 3):
        true[i] += np.convolve(bases[i, k], activations[k])[:9]
    np.testing.assert_allclose(found, true)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), kind=st.sampled_from(KINDS), width=st.integers(1, 3))
def test_its_loss_never_rises(seed, kind, width):
    rng = np.random.default_rng(seed)
    X, weights = rough(rng, 8, 9), rng.random((8, 9))
    losses = oracle.multiplicative(X, *start(rng, 8, 9, 2, width), kind, 20, weights)[2]
    assert_never_rises(losses[losses > 1e-9 * losses[0]])


@pytest.mark.parametrize("kind", KINDS)
def test_up_and_down_make_the_gradient(rng, kind):
    X, Y, weights = rough(rng, 3, 4), rough(rng, 3, 4) + 0.1, rng.random((3, 4))
    up, down = oracle.pulls(X, Y, kind, weights)
    for place in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[place] = 1e-6
        rise = oracle.divergence(X, Y + step, kind, weights)
        fall = oracle.divergence(X, Y - step, kind, weights)
        slope = (down - up)[place] * (2 if kind == "euclidean" else 1)
        assert slope == pytest.approx((rise - fall) / 2e-6, rel=1e-4, abs=1e-5)
