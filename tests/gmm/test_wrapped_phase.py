import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdsep.gmm import wrapped_phase
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.wrapped_phase import fit_phase_mixture
from tdsep.stft import frequencies, stft
from tests.conftest import dead_room_mixture

BANDS = frequencies(8000, 128)


def random_observation(rng, n_frames=40):
    shape = (BANDS.size, n_frames)
    phase = rng.uniform(-np.pi, np.pi, shape).astype(np.float32)
    return TimeDifferences(phase, rng.random(shape).astype(np.float32), BANDS)


def drawn_from_the_model(rng, delays, n_frames=200, spread=0.1):
    """Phases of bins that belong to one talker each, and to whom."""
    owner = rng.integers(0, len(delays), (BANDS.size, n_frames))
    phase = 2 * np.pi * BANDS[:, None] * np.array(delays)[owner]
    phase = phase + spread * rng.standard_normal(owner.shape)
    phase = np.angle(np.exp(1j * phase)).astype(np.float32)
    return TimeDifferences(phase, np.ones_like(phase), BANDS), owner


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 5), reach=st.floats(1e-5, 3e-3))
def test_log_likelihood_never_falls(seed, k, reach):
    rng = np.random.default_rng(seed)
    observed = random_observation(rng)
    fit = fit_phase_mixture(observed, rng.uniform(-reach, reach, k), tol=-1.0)
    assert np.diff(fit.log_likelihood).min() >= -1e-6


def test_log_likelihood_never_falls_on_sound(rng):
    mixture, _ = dead_room_mixture(rng, [-1e-4, 8e-5])
    observed = TimeDifferences.from_spectrum(stft(mixture, 2048), frequencies(16000, 2048))
    fit = fit_phase_mixture(observed, np.array([-5e-5, 5e-5]), tol=-1.0)
    assert np.diff(fit.log_likelihood).min() >= -1e-6


@pytest.mark.parametrize("delays", [[-1e-4, 1e-4], [-8e-4, 1e-4, 9e-4]])
def test_recovers_the_delays_of_its_own_model_though_the_phase_wraps(rng, delays):
    observed, owner = drawn_from_the_model(rng, delays)
    rough = np.array(delays) + 1.5e-5 * rng.standard_normal(len(delays))
    fit = fit_phase_mixture(observed, rough)
    np.testing.assert_allclose(fit.delays, delays, atol=3e-6)
    likeliest = fit.responsibilities(observed).argmax(axis=0)
    agreed = (likeliest == owner)[BANDS > 1000].mean()
    assert agreed > 0.85


def test_one_talker_has_every_bin(rng):
    observed, _ = drawn_from_the_model(rng, [2e-4])
    fit = fit_phase_mixture(observed, np.array([1.9e-4]))
    np.testing.assert_array_equal(fit.responsibilities(observed), 1)
    assert fit.weights[0] > 0.8


def test_responsibilities_and_frame_weights_add_up_to_one(rng):
    observed = random_observation(rng)
    fit = fit_phase_mixture(observed, np.array([-1e-4, 0.0, 2e-4]))
    np.testing.assert_allclose(fit.responsibilities(observed).sum(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(fit.frame_weights.sum(axis=0), 1, atol=1e-5)


def test_agrees_with_a_slow_oracle(rng):
    """One E- and M-step written out bin by bin, in double precision."""
    observed = random_observation(rng, n_frames=3)
    delays = np.array([-1e-4, 2e-4])
    fit = fit_phase_mixture(observed, delays, max_iter=1, tol=-1.0)
    log_likelihood, frame_mass = 0.0, np.zeros((3, 3))
    for f, frequency in enumerate(BANDS):
        for t in range(3):
            residual = [
                np.angle(np.exp(1j * (observed.phase[f, t] - 2 * np.pi * frequency * d)))
                for d in delays
            ]
            joint = [np.exp(-(r**2) / 0.6) / np.sqrt(0.6 * np.pi) / 3 for r in residual]
            joint.append(1 / (2 * np.pi) / 3)
            log_likelihood += observed.weight[f, t] * np.log(sum(joint))
            frame_mass[:, t] += observed.weight[f, t] * np.array(joint) / sum(joint)
    prior = wrapped_phase.FRAME_PRIOR / 3 * observed.weight.sum(axis=0).mean()
    log_likelihood += prior * 9 * np.log(1 / 3)
    assert np.isclose(fit.log_likelihood[0], log_likelihood / observed.weight.sum(), rtol=1e-5)
    expected = (frame_mass + prior) / (frame_mass + prior).sum(axis=0)
    np.testing.assert_allclose(fit.frame_weights, expected, rtol=1e-4)


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_does_not_depend_on_the_size_of_blocks(rng, monkeypatch, block):
    observed = random_observation(rng)
    delays = np.array([-1e-4, 2e-4])
    whole = fit_phase_mixture(observed, delays, max_iter=5)
    monkeypatch.setattr(wrapped_phase, "_BLOCK", block)
    parts = fit_phase_mixture(observed, delays, max_iter=5)
    np.testing.assert_allclose(parts.delays, whole.delays, rtol=1e-4)
    np.testing.assert_allclose(parts.log_likelihood, whole.log_likelihood, rtol=1e-5)


def test_talkers_come_in_the_order_of_their_delays(rng):
    observed, _ = drawn_from_the_model(rng, [-3e-4, 3e-4])
    fit = fit_phase_mixture(observed, np.array([3e-4, -3e-4]))
    assert fit.delays[0] < fit.delays[1]
