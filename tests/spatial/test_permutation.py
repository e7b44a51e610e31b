import numpy as np
import pytest

from tdsep.spatial.permutation import align, in_order


@pytest.mark.parametrize("n_talkers", [1, 2, 3, 4])
def test_undoes_random_permutations(scene, rng, n_talkers):
    _, truth = scene(n_talkers, 2, n_frequencies=129)
    truth = np.ascontiguousarray(truth.transpose(1, 0, 2))
    shuffled = np.stack([rng.permutation(n_talkers) for _ in truth])
    power = rng.gamma(1.0, 1.0, (len(truth), truth.shape[2])).astype(np.float32)
    # The anchor knows little: it is right on the whole only.
    noise = rng.random(truth.shape).astype(np.float32)
    anchor = 0.2 * truth + 0.8 * noise / noise.sum(axis=1, keepdims=True)
    order = align(in_order(truth, shuffled), anchor, power)
    right = (in_order(in_order(truth, shuffled), order) == truth).all(axis=(1, 2))
    assert right[1:].mean() > 0.97


def test_what_is_in_order_stays(scene, rng):
    _, truth = scene(3, 2)
    truth = np.ascontiguousarray(truth.transpose(1, 0, 2))
    power = np.ones((len(truth), truth.shape[2]), np.float32)
    np.testing.assert_array_equal(align(truth, truth, power), np.tile(np.arange(3), (33, 1)))


def test_the_anchor_decides_which_talker_is_which(scene):
    _, truth = scene(2, 2)
    truth = np.ascontiguousarray(truth.transpose(1, 0, 2))
    power = np.ones((len(truth), truth.shape[2]), np.float32)
    order = align(truth, truth[:, ::-1], power)
    np.testing.assert_array_equal(order, np.tile([1, 0], (33, 1)))


def test_silence_and_constant_posteriors_are_no_obstacle():
    constant = np.full((9, 2, 30), 0.5, np.float32)
    order = align(constant, constant, np.zeros((9, 30), np.float32))
    assert np.sort(order, axis=1).tolist() == [[0, 1]] * 9
