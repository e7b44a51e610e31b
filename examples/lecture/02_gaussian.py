"""A Gaussian fitted to eight numbers.

A model of how numbers came to be has parameters; the likelihood says how probable the numbers are
under each choice of them. For a Gaussian with mean μ and variance σ² its logarithm is a sum over
the numbers,

    L(μ, σ²) = Σ -½ log 2πσ² - (x - μ)² / 2σ²,

and where its derivatives vanish the mean is that of the numbers and the variance that around it:
nothing has to be searched. Left: eight numbers and the Gaussian that makes them likeliest, with two
that do not. Right: the log-likelihood over all means and variances, highest at the cross.

This is the whole idea of what follows: choose a model with some hidden part, and let the recording
itself choose the parameters.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

numbers = np.array([1.8, 2.1, 2.9, 3.2, 3.4, 3.9, 4.1, 5.0])
mean = numbers.mean()
variance = numbers.var()  # around the mean, divided by how many they are


def log_likelihood(mean, variance):
    """Of all eight numbers, for arrays of parameters that broadcast."""
    terms = norm.logpdf(numbers, mean[..., None], np.sqrt(variance)[..., None])
    return terms.sum(axis=-1)


means, variances = np.meshgrid(np.linspace(1.5, 5, 141), np.linspace(0.3, 3, 136))
surface = log_likelihood(means, variances)
best = np.unravel_index(surface.argmax(), surface.shape)
assert abs(means[best] - mean) < 0.03
assert abs(variances[best] - variance) < 0.03

figure = Figure(figsize=(11, 4.5), layout="constrained")
left, right = figure.subplots(1, 2)
grid = np.linspace(0, 7, 400)
others = {"too far right": (4.2, variance), "too wide": (mean, 3 * variance)}
for label, (mu, sigma2) in {"likeliest": (mean, variance), **others}.items():
    height = log_likelihood(np.array(mu), np.array(sigma2))
    style = {"linewidth": 3} if label == "likeliest" else {"linestyle": "--"}
    left.plot(
        grid, norm.pdf(grid, mu, np.sqrt(sigma2)), label=f"{label}: L = {height:.1f}", **style
    )
left.plot(numbers, np.zeros(8), "ko", clip_on=False, label="the eight numbers")
left.set(xlabel="x", ylabel="Density", ylim=(0, None))
left.legend(fontsize=8)
contours = right.contourf(means, variances, surface, levels=np.linspace(-40, surface.max(), 15))
figure.colorbar(contours, ax=right, label="Log-likelihood")
right.plot(mean, variance, "r+", markersize=15, markeredgewidth=3)
right.set(xlabel="Mean", ylabel="Variance")

if __name__ == "__main__":
    figure.savefig("gaussian.png")
