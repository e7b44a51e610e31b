from dataclasses import replace

import numpy as np
import pytest

from tdsep.nmf import divergence
from tdsep.vocal.factors import Factors
from tdsep.vocal.source_filter import SourceFilter

N_ROWS, N_FRAMES, N_COMBS, N_BASES = 40, 50, 12, 4


def serial(task, parts):
    return [task(part) for part in parts]


def backwards(task, parts):
    """As threads might: in another order."""
    parts = list(parts)
    done = {id(part): task(part) for part in reversed(parts)}
    return [done[id(part)] for part in parts]


def problem(seed=0, n_channels=1, share=serial) -> tuple[SourceFilter, Factors, np.ndarray]:
    rng = np.random.default_rng(seed)

    def drawn(*shape):
        return (rng.random(shape) ** 3 + 1e-3).astype(np.float32)

    gains = np.array([1.0, 0.3], np.float32)[:n_channels]
    combs, bumps = drawn(N_ROWS, N_COMBS), drawn(N_ROWS, 5)
    voice = (combs @ drawn(N_COMBS, N_FRAMES)) * (bumps @ drawn(5, N_FRAMES))
    background = drawn(n_channels * N_ROWS, N_BASES) @ drawn(N_BASES, N_FRAMES)
    magnitudes = background.reshape(n_channels, N_ROWS, N_FRAMES) + gains[:, None, None] * voice
    model = SourceFilter(magnitudes / magnitudes.mean(), gains, combs, bumps, share)
    sung = np.arange(N_FRAMES) >= 15
    bases = drawn(n_channels * N_ROWS, N_BASES)
    return model, model.start(bases / bases.sum(axis=0), sung, rng), sung


def whole_model(model: SourceFilter, factors: Factors) -> np.ndarray:
    voice = (model.combs @ factors.pitches) * (model.bumps @ factors.filters @ factors.formants)
    background = factors.bases @ factors.activations
    return background.reshape(model.magnitudes.shape) + model.gains[:, None, None] * voice + 1e-6


@pytest.mark.parametrize("adapt", [False, True])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_without_momentum_the_divergence_never_rises(seed, n_channels, adapt):
    model, start, _ = problem(seed, n_channels)
    factors, losses = model.fit(start, 40, adapt=adapt, momentum=0)
    assert np.all(np.diff(losses) <= 1e-4 * losses[:-1])
    assert losses[-1] < 0.8 * losses[0]
    flat = model.magnitudes.reshape(-1, N_FRAMES)
    after = divergence(flat, whole_model(model, factors).reshape(flat.shape), 0.5)
    assert after <= losses[-1] * 1.001


def test_momentum_gets_further():
    model, start, _ = problem()
    plain = model.fit(start, 25, adapt=True, momentum=0)[1][-1]
    assert model.fit(start, 25, adapt=True)[1][-1] < plain


def test_where_nobody_sings_nobody_begins_to():
    model, start, sung = problem()
    factors, _ = model.fit(start, 5, adapt=True)
    assert not factors.pitches[:, ~sung].any()
    mask, levels = model.mask(factors)
    assert not mask[:, ~sung].any()
    assert not levels[0, ~sung].any()


def test_bases_stay_unless_they_are_to_adapt():
    model, start, _ = problem()
    kept, _ = model.fit(start, 5, adapt=False)
    assert kept.bases is start.bases
    adapted, _ = model.fit(start, 5, adapt=True)
    assert np.abs(adapted.bases - start.bases).max() > 1e-3
    np.testing.assert_allclose(adapted.bases.sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(adapted.filters.sum(axis=0), 1, rtol=1e-5)


def test_the_mask_is_the_voices_share_of_the_model():
    model, start, _ = problem(n_channels=2)
    mask, levels = model.mask(start)
    total = whole_model(model, start)[0]
    voice = (model.combs @ start.pitches) * (model.bumps @ start.filters @ start.formants)
    np.testing.assert_allclose(mask, voice / total, rtol=1e-4)
    np.testing.assert_allclose(levels[0], voice.sum(axis=0), rtol=1e-4)
    np.testing.assert_allclose(levels[1], total.sum(axis=0), rtol=1e-3)


def test_an_update_of_the_activations_is_the_textbooks():
    """Févotte and Idier's MM step, written out, where there is no voice."""
    model, start, _ = problem()
    start = replace(start, pitches=np.zeros_like(start.pitches))
    x, w, h = model.magnitudes[0].astype(float), start.bases.astype(float), start.activations
    y = w @ h + 1e-6
    expected = h * ((w.T @ (x * y**-1.5)) / (w.T @ y**-0.5)) ** (2 / 3)
    factors, _ = model.fit(start, 1, adapt=False)
    np.testing.assert_allclose(factors.activations, expected, rtol=1e-4)


def test_tiles_in_any_order_give_the_same_bytes(monkeypatch):
    monkeypatch.setattr("tdsep.vocal.source_filter._TILE", 16 * N_ROWS)
    results = [
        model.fit(start, 5, adapt=True)[0]
        for model, start, _ in (problem(share=serial), problem(share=backwards))
    ]
    for name in ("pitches", "filters", "formants", "bases", "activations"):
        np.testing.assert_array_equal(*(getattr(found, name) for found in results))


def test_tiles_change_nothing(monkeypatch):
    model, start, _ = problem(n_channels=2)
    whole, _ = model.fit(start, 5, adapt=True)
    monkeypatch.setattr("tdsep.vocal.source_filter._TILE", 16 * N_ROWS)
    tiled, _ = model.fit(start, 5, adapt=True)
    np.testing.assert_allclose(tiled.pitches, whole.pitches, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(tiled.bases, whole.bases, rtol=1e-3, atol=1e-6)
