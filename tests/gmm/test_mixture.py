import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.mixture import GaussianMixture as Oracle

from tdsep.errors import ParameterError
from tdsep.gmm.mixture import binned, fit_gaussian_mixture


def three_groups(rng, n=3000):
    return np.concatenate(
        [rng.normal(-3, 0.5, n), rng.normal(0, 1.0, n // 2), rng.normal(4, 0.7, 2 * n)]
    )


def oracle_fit(x, means):
    k, spread = len(means), x.var()
    return Oracle(
        k, means_init=np.reshape(means, (-1, 1)), weights_init=np.full(k, 1 / k),
        precisions_init=np.full((k, 1, 1), k**2 / spread), reg_covar=0, tol=1e-6, max_iter=200,
    ).fit(x[:, None])  # fmt: skip


def test_agrees_with_scikit_learn(rng):
    x = three_groups(rng)
    means = [-2.0, 0.5, 3.0]
    ours, oracle = fit_gaussian_mixture(x, 3, means=means, tol=1e-6), oracle_fit(x, means)
    order = np.argsort(oracle.means_[:, 0])
    np.testing.assert_allclose(ours.means, oracle.means_[order, 0], atol=2e-3)
    np.testing.assert_allclose(ours.weights, oracle.weights_[order], atol=2e-3)
    np.testing.assert_allclose(ours.variances, oracle.covariances_[order, 0, 0], atol=5e-3)
    assert np.isclose(ours.log_likelihood[-1], oracle.score(x[:, None]), atol=1e-5)
    np.testing.assert_allclose(
        ours.responsibilities(x), oracle.predict_proba(x[:, None])[:, order].T, atol=1e-2
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 6), n=st.integers(6, 300))
def test_log_likelihood_never_falls(seed, k, n):
    rng = np.random.default_rng(seed)
    x, w = rng.standard_t(2, n), rng.random(n) + 1e-3
    history = fit_gaussian_mixture(x, k, sample_weight=w, seed=seed, tol=0).log_likelihood
    assert np.diff(history).min(initial=0) >= -1e-9


def test_log_likelihood_is_that_of_the_returned_mixture(rng):
    x = three_groups(rng)
    fit = fit_gaussian_mixture(x, 3, seed=0)
    density = sum(
        w * norm.pdf(x, m, np.sqrt(v))
        for w, m, v in zip(fit.weights, fit.means, fit.variances, strict=True)
    )
    assert np.isclose(np.log(density).mean(), fit.log_likelihood[-1])
    np.testing.assert_allclose(fit.density(x).sum(axis=0), density)


def test_one_component_is_the_weighted_mean_and_variance(rng):
    x, w = rng.standard_normal(50), rng.random(50)
    fit = fit_gaussian_mixture(x, 1, sample_weight=w)
    mean = np.average(x, weights=w)
    np.testing.assert_allclose(fit.means, mean)
    np.testing.assert_allclose(fit.variances, np.average((x - mean) ** 2, weights=w))


def test_a_weight_counts_like_as_many_samples(rng):
    x = rng.standard_normal(40)
    times = rng.integers(1, 5, 40)
    means = [-1.0, 1.0]
    weighted = fit_gaussian_mixture(x, 2, sample_weight=times, means=means)
    repeated = fit_gaussian_mixture(np.repeat(x, times), 2, means=means)
    np.testing.assert_allclose(weighted.means, repeated.means)
    np.testing.assert_allclose(weighted.variances, repeated.variances)


def test_a_fit_to_a_histogram_equals_the_fit_to_all_samples(rng):
    x = three_groups(rng)
    w = rng.random(x.size)
    means = [-2.0, 0.5, 3.0]
    limits, n_bins = (x.min() - 1e-9, x.max() + 1e-9), 1000
    positions, weights = binned(x, w, n_bins, limits)
    pooled = fit_gaussian_mixture(positions, 3, sample_weight=weights, means=means)
    whole = fit_gaussian_mixture(x, 3, sample_weight=w, means=means)
    width = (limits[1] - limits[0]) / n_bins
    np.testing.assert_allclose(pooled.means, whole.means, atol=width)
    np.testing.assert_allclose(pooled.variances, whole.variances, atol=2 * width)
    np.testing.assert_allclose(pooled.weights, whole.weights, atol=1e-3)


@given(st.integers(1, 50), st.integers(0, 1000))
def test_binning_keeps_weight_and_mean(n_bins, seed):
    rng = np.random.default_rng(seed)
    x, w = rng.uniform(-1, 1, 200), rng.random(200)
    positions, weights = binned(x, w, n_bins, (-1.0, 1.0))
    assert np.isclose(weights.sum(), w.sum())
    assert np.isclose(weights @ positions, w @ x)


def test_binning_leaves_out_what_is_outside():
    positions, weights = binned(np.array([-2.0, 0.1, 1.0, 5.0]), np.ones(4), 4, (-1.0, 1.0))
    np.testing.assert_allclose((positions, weights), ([0.1], [1.0]))


def test_equal_samples_do_not_collapse():
    fit = fit_gaussian_mixture(np.zeros(20), 2, seed=0)
    assert np.isfinite(fit.log_likelihood).all()
    assert (fit.variances > 0).all()


def test_an_outlier_does_not_make_the_likelihood_infinite(rng):
    x = np.append(rng.standard_normal(100), 1e6)
    fit = fit_gaussian_mixture(x, 3, seed=0)
    assert np.isfinite([fit.means, fit.variances, fit.weights]).all()


def test_the_same_seed_gives_the_same_fit(rng):
    x = three_groups(rng)
    first, second = (fit_gaussian_mixture(x, 3, n_init=3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.means, second.means)


@pytest.mark.parametrize(
    ("x", "options"),
    [
        ([], {}),
        ([1.0], {"n_components": 2}),
        ([1.0, 2.0], {"n_components": 0}),
        ([1.0, np.nan], {}),
        ([1.0, 2.0], {"sample_weight": [1.0]}),
        ([1.0, 2.0], {"sample_weight": [0.0, 0.0]}),
        ([1.0, 2.0], {"sample_weight": [1.0, -1.0]}),
        ([1.0, 2.0], {"means": [0.0, 1.0]}),
    ],
)
def test_refuses_what_cannot_be_fitted(x, options):
    with pytest.raises(ParameterError):
        fit_gaussian_mixture(np.array(x), **{"n_components": 1, **options})
