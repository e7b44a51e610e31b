import numpy as np
import pytest

from tdsep.parts.grouping import cosines, count_groups, groups, joins

HOP = 0.016


def bursts(starts: list[int], n_frames: int = 200) -> np.ndarray:
    line = np.zeros(n_frames)
    for start in starts:
        line[start : start + 10] = 1
    return line


@pytest.fixture
def attack_and_ring() -> tuple[np.ndarray, np.ndarray]:
    """Two sounds, each by a short basis and a longer one that follows it."""
    spectra = np.zeros((40, 4))
    spectra[2:6, 0] = 1
    spectra[2:8, 1] = 1
    spectra[20:24, 2] = 1
    spectra[20:27, 3] = 1
    starts = [10, 90, 150], [40, 120]
    lines = [bursts([s + late for s in times]) for times in starts for late in (0, 8)]
    return spectra, np.array(lines)


def test_what_belongs_together_is_joined(attack_and_ring):
    tree = joins(*attack_and_ring, HOP)
    found = groups(tree, 2)
    assert found[0] == found[1] != found[2] == found[3]
    assert count_groups(tree, np.ones(4)) == 2
    assert count_groups(tree, np.array([1, 1, 1e-4, 1e-4])) == 1


def test_neither_the_order_nor_the_scale_of_bases_matters(rng, attack_and_ring):
    bases, activations = attack_and_ring
    order = rng.permutation(4)
    scales = rng.uniform(0.1, 10, 4)
    tree = joins(bases[:, order] * scales, activations[order] / scales[:, None], HOP)
    np.testing.assert_allclose(tree[:, 2], joins(bases, activations, HOP)[:, 2], atol=1e-12)


def test_wide_bases_are_compared_by_their_sum(attack_and_ring):
    bases, activations = attack_and_ring
    wide = np.stack([0.25 * bases, 0.75 * bases], axis=2)
    np.testing.assert_allclose(joins(wide, activations, HOP), joins(bases, activations, HOP))


def test_every_number_of_groups_can_be_had(attack_and_ring):
    tree = joins(*attack_and_ring, HOP)
    for number in (1, 2, 3, 4):
        assert sorted(set(groups(tree, number))) == list(range(number))


def test_one_basis_is_one_group():
    tree = joins(np.ones((5, 1)), np.ones((1, 9)), HOP)
    assert groups(tree, 1).tolist() == [0]
    assert count_groups(tree, np.ones(1)) == 1


def test_a_basis_that_is_never_heard_is_like_nothing(attack_and_ring):
    bases, activations = attack_and_ring
    activations[3] = 0
    assert np.isfinite(joins(bases, activations, HOP)).all()


def test_cosines(rng):
    rows = rng.standard_normal((5, 7))
    expected = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in rows] for a in rows]
    np.testing.assert_allclose(cosines(rows), expected)
    assert cosines(np.zeros((2, 3))).tolist() == [[1, 0], [0, 1]]
