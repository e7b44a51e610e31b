"""The one-dimensional Gaussian mixture, fitted by expectation maximisation (EM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tdsep.errors import ParameterError

#: The smallest variance, as a share of the samples' own: keeps a component from collapsing onto
#: one sample, where the likelihood is infinite.
RELATIVE_VARIANCE_FLOOR = 1e-6
#: Samples pooled at a time: few enough to stay in the cache.
_BLOCK = 16384


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of K one-dimensional Gaussians and the history of its fit.

    Attributes
    ----------
    weights, means, variances : ndarray [components]
        The weights add up to 1; the components are in the order of their means.
    log_likelihood : ndarray [iterations]
        Mean log-likelihood of a sample (in nats) before each iteration and after the last.
    """

    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    log_likelihood: np.ndarray

    def log_joint(self, samples: np.ndarray) -> np.ndarray:
        """Log of each component's weight times its density, [components, ...samples]."""
        return _log_joint(samples, self.weights, self.means, self.variances)

    def density(self, samples: np.ndarray) -> np.ndarray:
        """Weighted density of each component at the samples, [components, ...samples]."""
        return np.exp(self.log_joint(samples))

    def responsibilities(self, samples: np.ndarray) -> np.ndarray:
        """Posterior probability of each component (Bayes), [components, ...samples]."""
        return softmax(self.log_joint(samples))


def fit_gaussian_mixture(
    samples: np.ndarray,
    n_components: int,
    *,
    sample_weight: np.ndarray | None = None,
    means: np.ndarray | None = None,
    n_init: int = 1,
    max_iter: int = 200,
    tol: float = 1e-6,
    seed: int | np.random.Generator | None = None,
) -> GaussianMixture:
    """Fit a Gaussian mixture to weighted samples.

    A histogram is a set of weighted samples (see `binned`), so a fit costs milliseconds however
    many samples there were.

    Parameters
    ----------
    samples : ndarray [samples]
    n_components : int
    sample_weight : ndarray [samples], optional
        How much each sample counts; all alike by default.
    means : ndarray [components], optional
        Where the components start. By default `n_init` starts are drawn by k-means++ and the most
        likely result is returned.
    n_init : int
        Random starts, where `means` is not given.
    max_iter : int
        Iterations at most.
    tol : float
        Stop when an iteration gains less than this in mean log-likelihood.
    seed : int or Generator, optional
        For the random starts.

    Returns
    -------
    GaussianMixture

    Raises
    ------
    ParameterError
        If there are no samples of positive weight, fewer than components, or values that are not
        finite.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", Springer 2006, eq. 9.23 to 9.28.
    D. Arthur, S. Vassilvitskii, "k-means++", SODA 2007 (the random starts).
    """
    x = np.asarray(samples, np.float64).ravel()
    w = np.ones_like(x) if sample_weight is None else np.asarray(sample_weight, np.float64).ravel()
    if w.shape != x.shape:
        raise ParameterError(f"{x.size} samples have {w.size} weights: give one weight a sample")
    if not (np.isfinite(x).all() and np.isfinite(w).all() and (w >= 0).all()):
        raise ParameterError("samples must be finite, and weights finite and not negative")
    x, w = x[w > 0], w[w > 0]
    if not 1 <= n_components <= x.size:
        raise ParameterError(
            f"{n_components} components cannot be fitted to {x.size} samples of positive weight: "
            "give from 1 to as many components as samples"
        )
    w = w / w.sum()
    if means is not None:
        starts = [np.array(means, np.float64)]
        if starts[0].shape != (n_components,):
            raise ParameterError(f"{starts[0].size} means are given for {n_components} components")
    else:
        rng = np.random.default_rng(seed)
        starts = [_spread_out(x, w, n_components, rng) for _ in range(n_init)]
    fits = [_run_em(x, w, start, max_iter, tol) for start in starts]
    return max(fits, key=lambda fit: fit.log_likelihood[-1])


def binned(
    samples: np.ndarray, sample_weight: np.ndarray, n_bins: int, limits: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Pool weighted samples into equal bins, each standing at the mean of its own samples.

    Samples outside the limits are left out. Means of the pooled samples are exact; variances lack
    the spread within a bin, at most a quarter of the bin's width squared.

    Returns
    -------
    positions, weights : ndarray [filled bins]
    """
    low, high = limits
    scale = n_bins / (high - low)
    samples, weight = np.ravel(samples), np.ravel(sample_weight)
    total, first_moment = np.zeros((2, n_bins + 2))  # the outermost two take what is outside
    for first in range(0, samples.size, _BLOCK):
        x, w = samples[first : first + _BLOCK], weight[first : first + _BLOCK]
        index = np.clip((x - low) * scale + 1, 0, n_bins + 1).astype(np.intp)
        total += np.bincount(index, w, n_bins + 2)
        first_moment += np.bincount(index, w * x, n_bins + 2)
    total, first_moment = total[1:-1], first_moment[1:-1]
    filled = total > 0
    return first_moment[filled] / total[filled], total[filled]


def softmax(log_values: np.ndarray) -> np.ndarray:
    """Normalise exp(log_values) over the first axis."""
    values = log_values - log_values.max(axis=0)
    np.exp(values, out=values)
    values /= values.sum(axis=0)
    return values


def _run_em(
    x: np.ndarray, w: np.ndarray, means: np.ndarray, max_iter: int, tol: float
) -> GaussianMixture:
    """EM from given means; `w` adds up to 1."""
    n_components = means.size
    spread = float(w @ (x - w @ x) ** 2)
    floor = max(spread * RELATIVE_VARIANCE_FLOOR, np.finfo(np.float64).tiny)
    weights = np.full(n_components, 1 / n_components)
    variances = np.full(n_components, max(spread / n_components**2, floor))
    history: list[float] = []
    for iteration in range(max_iter + 1):
        log_joint = _log_joint(x, weights, means, variances)
        peak = log_joint.max(axis=0)
        joint = np.exp(log_joint - peak)
        evidence = joint.sum(axis=0)
        history.append(float(w @ (peak + np.log(evidence))))
        converged = iteration > 0 and history[-1] - history[-2] < tol
        if converged or iteration == max_iter:
            break
        weights, means, variances = _maximise(x, joint * (w / evidence), means, variances, floor)
    order = np.argsort(means, kind="stable")
    return GaussianMixture(weights[order], means[order], variances[order], np.array(history))


def _maximise(
    x: np.ndarray, mass: np.ndarray, means: np.ndarray, variances: np.ndarray, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """M-step from each sample's weighted responsibilities, [components, samples]."""
    total = mass.sum(axis=1)
    alive = total > 1e-12  # a component that explains nothing stays where it is
    safe = np.where(alive, total, 1.0)
    means = np.where(alive, mass @ x / safe, means)
    deviation = (x - means[:, None]) ** 2
    variances = np.where(alive, np.einsum("kn,kn->k", mass, deviation) / safe, variances)
    return total / total.sum(), means, np.maximum(variances, floor)


def _log_joint(
    samples: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray
) -> np.ndarray:
    shape = (-1,) + (1,) * np.ndim(samples)
    weights, means, variances = (p.reshape(shape) for p in (weights, means, variances))
    with np.errstate(divide="ignore"):
        constant = np.log(weights) - 0.5 * np.log(2 * np.pi * variances)
    # Samples of single precision stay that: there may be many.
    dtype = np.result_type(samples, np.float32)
    log_joint = samples - means.astype(dtype)
    log_joint *= log_joint
    log_joint *= (-0.5 / variances).astype(dtype)
    log_joint += constant.astype(dtype)
    return log_joint


def _spread_out(
    x: np.ndarray, w: np.ndarray, n_components: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw starting means by k-means++: each far from those drawn before."""
    means = [x[rng.choice(x.size, p=w)]]
    for _ in range(n_components - 1):
        distance = w * np.min((x - np.array(means)[:, None]) ** 2, axis=0)
        total = distance.sum()
        means.append(x[rng.choice(x.size, p=distance / total if total > 0 else w)])
    return np.array(means)
