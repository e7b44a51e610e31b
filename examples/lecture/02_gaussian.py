"""A Gaussian fitted to eight numbers.

A purchase is one of a few things; what we shall measure on a recording is a number, and which
numbers are probable a curve tells, a density. The Gaussian has two parameters, its mean μ and its
variance σ². Which Gaussian did these eight numbers come from? Their likelihood is how probable a
Gaussian makes all of them together, the product of its heights over them. Its logarithm is a sum,

    L(μ, σ²) = Σ -½ log 2πσ² - (x - μ)² / 2σ²,

and where its derivatives vanish the mean is that of the numbers and the variance that around it:
nothing has to be searched. Left: the Gaussian that makes the numbers likeliest, and two that do
not. Right: the log-likelihood over all means and variances, with a cross where it is highest and
the two others in their colours.

This is the whole idea of what follows: choose a model with parameters, and let the recording itself
say which.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from tdsep.gmm.mixture import fit_gaussian_mixture

numbers = np.array([1.8, 2.1, 2.9, 3.2, 3.4, 3.9, 4.1, 5.0])
mean = numbers.mean()
variance = numbers.var()  # around the mean, divided by how many they are


def log_likelihood(mean, variance):
    """Of all eight numbers, for arrays of parameters that broadcast."""
    mean, variance = np.asarray(mean), np.asarray(variance)
    return norm.logpdf(numbers, mean[..., None], np.sqrt(variance)[..., None]).sum(axis=-1)


means, variances = np.meshgrid(np.linspace(1.5, 5, 141), np.linspace(0.3, 3.5, 161))
surface = log_likelihood(means, variances)
highest = log_likelihood(mean, variance)
assert surface.max() < highest < surface.max() + 1e-3  # the grid comes close
fitted = fit_gaussian_mixture(numbers, 1)  # a mixture of one is a Gaussian
np.testing.assert_allclose([fitted.means[0], fitted.variances[0]], [mean, variance])

figure = Figure(figsize=(11, 4.5), layout="constrained")
left, right = figure.subplots(1, 2)
grid = np.linspace(0, 7, 400)
gaussians = {
    "likeliest": (mean, variance, "black"),
    "too far right": (mean + 1, variance, "tab:orange"),
    "too wide": (mean, 3 * variance, "tab:green"),
}
levels = [-30, -25, -20, -17, -15, -14, -13, -12]
right.contourf(means, variances, surface, [*levels, 0], cmap="Blues", vmax=0, extend="min")
lines = right.contour(means, variances, surface, levels, colors="0.3", linewidths=0.6)
lines.set_linestyle("-")
right.clabel(lines, fmt="%d", fontsize=9)
for label, (mu, sigma2, colour) in gaussians.items():
    label += f": L = {log_likelihood(mu, sigma2):.1f}"
    left.plot(grid, norm.pdf(grid, mu, np.sqrt(sigma2)), label=label, color=colour, linewidth=2.5)
    marker = "P" if colour == "black" else "o"
    right.plot(mu, sigma2, marker, color=colour, markersize=11, markeredgecolor="white")
left.vlines(numbers, 0, norm.pdf(numbers, mean, np.sqrt(variance)), color="black", linewidth=0.8)
left.plot(numbers, np.zeros(8), "ko", clip_on=False, label="the eight numbers")
left.set(xlabel="x", ylabel="Density", ylim=(0, 0.58), xlim=(0, 7))
left.legend(fontsize=9, loc="upper left", ncols=2)
right.set(xlabel="Mean", ylabel="Variance")
right.set_title("Log-likelihood L of the eight numbers", fontsize=11)

if __name__ == "__main__":
    figure.savefig("gaussian.png")
