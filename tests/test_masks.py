import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tdsep.masks import apply_mask, binary_masks, power_shares, residual_level

shares = arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6)),
                elements=st.floats(0, 1, width=32))  # fmt: skip


@given(shares)
def test_binary_masks_give_every_bin_to_one_part_with_the_largest_share(responsibilities):
    masks = binary_masks(responsibilities)
    np.testing.assert_array_equal(masks.sum(axis=0), 1)
    assert set(np.unique(masks)) <= {0.0, 1.0}
    np.testing.assert_array_equal(
        (masks * responsibilities).sum(axis=0), responsibilities.max(axis=0)
    )


def test_masks_that_add_up_to_one_leave_the_mixture_whole(rng):
    spectrum = rng.standard_normal((2, 5, 7)) + 1j * rng.standard_normal((2, 5, 7))
    masks = rng.random((3, 5, 7))
    masks /= masks.sum(axis=0)
    total = sum(apply_mask(mask, spectrum) for mask in masks)
    np.testing.assert_allclose(total, spectrum)


def test_residual_level():
    mixture = np.ones((2, 50))
    assert residual_level([mixture[:, :20], mixture[:, 20:]], mixture) == -np.inf
    assert np.isclose(residual_level([0.9 * mixture], mixture), -20)
    assert np.isclose(residual_level([0.45 * mixture], mixture, gain=0.5), -20)


def test_shares_add_up_even_in_silence(rng):
    powers = rng.gamma(1.0, 1.0, (3, 5, 7)).astype(np.float32)
    powers[:, 2] = 0
    parts = power_shares(powers)
    np.testing.assert_allclose(parts.sum(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(parts[:, 2], 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(parts[0, 0] * powers[:, 0].sum(axis=0), powers[0, 0], rtol=1e-5)


def test_what_lacks_nothing_has_no_level_even_in_silence():
    silence = np.zeros((2, 9), np.float32)
    assert residual_level([silence], silence) == -np.inf
    assert residual_level([silence + 1.0], silence + 1) == -np.inf
