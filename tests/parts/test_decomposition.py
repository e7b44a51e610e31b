import numpy as np
import pytest

from tdsep.parts.decomposition import Decomposer, Decomposition

HOP = 0.016


@pytest.fixture
def spectrogram(rng) -> np.ndarray:
    """Three sounds that share no band, each in moments of its own and in common ones."""
    bases = np.zeros((60, 3))
    for sound in range(3):
        bases[20 * sound : 20 * sound + 15, sound] = rng.uniform(0.2, 1, 15)
    beats = np.arange(25)
    played = [(beats % 3 == sound) | (beats % 8 == 0) for sound in range(3)]
    struck = np.repeat(played, 12, axis=1)
    activations = struck * np.tile(np.linspace(1, 0.2, 12), 25) * rng.uniform(0.9, 1, (3, 300))
    return bases @ activations + 1e-6


def decomposer(spectrogram: np.ndarray, **options) -> Decomposer:
    wanted = {"width": 1, "divergence": "kullback-leibler", "n_iter": 100, "seed": 0, **options}
    return Decomposer(spectrogram, HOP, **wanted)


def decomposed(spectrogram: np.ndarray, n_parts: int, **options) -> Decomposition:
    return decomposer(spectrogram, **options).decompose(n_parts)


@pytest.mark.parametrize("width", [1, 4])
def test_the_parts_add_up(spectrogram, width):
    found = decomposed(spectrogram, 3, width=width)
    assert found.n_parts == 3
    total = sum(found.models())
    np.testing.assert_allclose(total, found.factors.reconstruction(), rtol=1e-4, atol=1e-6)
    masks = list(found.masks(2))
    assert all((mask >= 0).all() for mask in masks)
    np.testing.assert_allclose(sum(masks), 1, rtol=1e-5)


def test_planted_sounds_are_found(spectrogram):
    found = decomposed(spectrogram, 3)
    bands = found.spectra().sum(axis=2).reshape(3, 20, 3).sum(axis=1)
    np.testing.assert_allclose(bands.max(axis=0), 1, atol=0.01)
    assert sorted(bands.argmax(axis=0)) == [0, 1, 2]


def test_spectra_add_up_to_one(spectrogram):
    found = decomposed(spectrogram, 3, width=3)
    assert found.spectra().shape == (60, 3, 3)
    np.testing.assert_allclose(found.spectra().sum(axis=(0, 2)), 1, rtol=1e-5)


def test_ordering_names_the_parts_anew(spectrogram):
    found = decomposed(spectrogram, 3)
    order = np.array([2, 0, 1])
    ordered = found.ordered(order)
    np.testing.assert_array_equal(ordered.activations(), found.activations()[order])
    np.testing.assert_array_equal(ordered.spectra(), found.spectra()[:, order])


def test_one_part_is_all(spectrogram):
    found = decomposed(spectrogram, 1)
    np.testing.assert_array_equal(next(found.masks(2)), 1)


def test_counts_the_planted_sounds(spectrogram):
    assert decomposer(spectrogram).count() == 3
