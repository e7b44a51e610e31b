"""Two talkers in turn, each with a time difference.

Two people talk into microphones 4 cm apart, one after the other, five seconds each. The colours of
the upper picture are the time differences of its bins: blue where the second microphone hears the
sound earlier, red where later. At a glance, first one talks and then the other.

Below, the bins become histograms: each counts by its amplitude, as loud bins are surer, and only
under the dashed line, where no phase wraps. We know who talks when, so each talker k has a
histogram, and a Gaussian as the eight numbers had: its mean is the talker's time difference, its
variance what echoes and noise make of it. (Echoes pull the first talker a little to the middle;
dotted, the truth.) We also know how much of the sound is each talker's, πₖ. The sum rule gives the
density of all bins together, and Bayes' rule says whose a bin is that was never labelled (bottom
right):

    p(τ) = Σₖ πₖ N(τ; μₖ, σₖ²),    p(k | τ) = πₖ N(τ; μₖ, σₖ²) / p(τ).

Who bought the tea, and who made this bin: it is one question.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

import tdsep
from tdsep.gmm.geometry import delay_of_angle
from tdsep.gmm.mixture import GaussianMixture, fit_gaussian_mixture
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.plots.talkers import TALKER_COLOURS, time_differences

DATA = Path(__file__).parents[2] / "data"
SPACING = 0.04
recording, rate = soundfile.read(DATA / "two_talkers_in_turn.wav")
separation = tdsep.separate_talkers(recording.T, rate, 2, spacing=SPACING, method="lecture")
observed = separation.observed
limit = separation.model.max_delay  # a little beyond what such microphones can hear
assert limit > delay_of_angle(90, SPACING)

figure = Figure(figsize=(11, 6.2), layout="constrained")
top, bottom = figure.add_gridspec(2, 1, height_ratios=(5, 4))
time_differences(separation, figure.add_subplot(top))
*panels, last = bottom.subgridspec(1, 3).subplots()

half = observed.phase.shape[1] // 2  # where the second talker begins
halves = slice(0, half), slice(half, None)
truths = delay_of_angle([-40, 30], SPACING)
grid = np.linspace(-limit, limit, 500)
gaussians, amounts = [], []
for number, (frames, truth) in enumerate(zip(halves, truths, strict=True)):
    part = TimeDifferences(
        observed.phase[:, frames], observed.weight[:, frames], observed.frequencies
    )
    delays, weights = part.histogram(limit)
    gaussian = fit_gaussian_mixture(delays, 1, sample_weight=weights)
    mean = np.average(delays, weights=weights)
    np.testing.assert_allclose(gaussian.means[0], mean)  # of one Gaussian, at once
    np.testing.assert_allclose(
        gaussian.variances[0], np.average((delays - mean) ** 2, weights=weights)
    )
    gaussians.append(gaussian)
    amounts.append(weights.sum())

    axes, colour = panels[number], TALKER_COLOURS[number]
    axes.hist(1e6 * delays, 80, weights=weights, density=True, color=colour, alpha=0.35)
    axes.plot(1e6 * grid, 1e-6 * gaussian.density(grid)[0], color=colour, linewidth=2)
    axes.axvline(1e6 * truth, color=colour, linestyle=":")
    axes.set_title(f"Talker {number + 1}: {1e6 * mean:.0f} µs", color=colour, fontsize=11)
    axes.set(xlim=(-1e6 * limit, 1e6 * limit), xlabel="Time difference (µs)", yticks=[])
panels[0].set_ylabel("Density")
means = np.concatenate([gaussian.means for gaussian in gaussians])
variances = np.concatenate([gaussian.variances for gaussian in gaussians])
assert truths[0] < means[0] < 0.85 * truths[0]  # to the middle

# Both together: a mixture whose labels are known; its responsibilities are Bayes' rule.
together = GaussianMixture(np.array(amounts) / sum(amounts), means, variances, np.empty(0))
joint = together.density(grid)  # each talker's term of the sum
posterior = together.responsibilities(grid)
np.testing.assert_allclose(posterior, joint / joint.sum(axis=0))
for number, (part, whose) in enumerate(zip(joint, posterior, strict=True)):
    colour = TALKER_COLOURS[number]
    last.fill_between(1e6 * grid, part / joint.max(), color=colour, alpha=0.25, linewidth=0)
    last.plot(1e6 * grid, whose, color=colour, linewidth=2)
last.set_title("Whose is a bin? p(k | τ)", fontsize=11)
last.set(xlim=(-1e6 * limit, 1e6 * limit), ylim=(0, 1.05), xlabel="Time difference τ (µs)")

if __name__ == "__main__":
    figure.savefig("talkers_in_turn.png")
