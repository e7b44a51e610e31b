"""The same talkers at once: a mixture of Gaussians.

Now both talk at the same time, and the picture is a patchwork: blue bins and red ones side by side,
as the voices are sparse. Nobody says which are whose. But their histogram has two humps where the
talkers in turn had one each. One Gaussian lies between them and explains neither; a sum of two,

    p(τ) = π₁ N(τ; μ₁, σ₁²) + π₂ N(τ; μ₂, σ₂²),

fits, and its means come within a tenth of those that the talkers had in turn.

How was it found? Again as the likeliest: that of the highest L = Σ log p(τ) over all bins. But now
each logarithm is of a sum, and the derivatives no longer give the answer at once: each mean is the
average over its talker's bins, and whose the bins are depends on the means. The right picture shows
L over the two means (with equal weights and variances). It has two summits: one is the other with
the talkers' names exchanged, and nothing in the recording prefers either.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

import tdsep
from tdsep.gmm.mixture import GaussianMixture, fit_gaussian_mixture
from tdsep.plots.talkers import TALKER_COLOURS, time_differences

DATA = Path(__file__).parents[2] / "data"


def look(name):
    """Compare the microphones of a sample, as the lecture does it."""
    recording, rate = soundfile.read(DATA / f"{name}.wav")
    return tdsep.separate_talkers(recording.T, rate, 2, spacing=0.04, method="lecture")


separation = look("two_talkers")
limit = separation.model.max_delay
delays, weights = separation.observed.histogram(limit)
one = fit_gaussian_mixture(delays, 1, sample_weight=weights)
two = fit_gaussian_mixture(delays, 2, sample_weight=weights, seed=0)
in_turn = look("two_talkers_in_turn").delays
np.testing.assert_allclose(two.means, in_turn, rtol=0.1)
assert two.log_likelihood[-1] > one.log_likelihood[-1]


def log_likelihood(means):
    """Of a mean bin, for two means, other things being equal."""
    variances = np.full(2, two.variances.mean())
    other = GaussianMixture(np.full(2, 0.5), np.array(means), variances, np.empty(0))
    return np.average(np.log(other.density(delays).sum(axis=0)), weights=weights)


axis = np.linspace(-100e-6, 100e-6, 61)
surface = np.array([[log_likelihood((first, second)) for first in axis] for second in axis])
np.testing.assert_allclose(surface, surface.T)

figure = Figure(figsize=(11, 6.2), layout="constrained")
top, bottom = figure.add_gridspec(2, 1, height_ratios=(5, 4))
time_differences(separation, figure.add_subplot(top))
*panels, right = bottom.subgridspec(1, 3).subplots()
grid = np.linspace(-limit, limit, 500)
for axes, mixture, title in zip(panels, (one, two), ("One Gaussian", "Two"), strict=True):
    axes.hist(1e6 * delays, 100, weights=weights, density=True, color="0.82")
    parts = 1e-6 * mixture.density(grid)
    axes.plot(1e6 * grid, parts.sum(axis=0), color="black", linewidth=3, alpha=0.6)
    if len(parts) == 2:
        for part, colour in zip(parts, TALKER_COLOURS, strict=False):
            axes.plot(1e6 * grid, part, color=colour, linewidth=2)
    axes.set_title(f"{title}: L = {mixture.log_likelihood[-1]:.2f} a bin", fontsize=11)
    axes.set(xlim=(-1e6 * limit, 1e6 * limit), xlabel="Time difference (µs)", yticks=[])
panels[0].set_ylabel("Density")

levels = surface.max() - np.array([12, 8, 6, 4, 3, 2, 1.5, 1, 0.7, 0.4, 0.2, 0.1, 0])
right.contourf(1e6 * axis, 1e6 * axis, surface, levels, cmap="Blues", extend="min")
for means in (two.means, two.means[::-1]):
    right.plot(*(1e6 * means), "P", color="black", markeredgecolor="white", markersize=11)
right.set(xlabel="μ₁ (µs)", ylabel="μ₂ (µs)")
right.set_title("L over the two means", fontsize=11)

if __name__ == "__main__":
    figure.savefig("talkers_at_once.png")
