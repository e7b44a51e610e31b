"""Expectation maximisation: guess whose, average, and guess again.

If we knew whose each bin is, the Gaussians would follow as averages; if we knew the Gaussians,
Bayes' rule would say whose each bin is. We know neither, so start anywhere and take turns:

    E:  γₖ(τ) = πₖ N(τ; μₖ, σₖ²) / Σⱼ πⱼ N(τ; μⱼ, σⱼ²),
    M:  πₖ = Σ γₖ,   μₖ = Σ γₖ τ / πₖ,   σₖ² = Σ γₖ (τ - μₖ)² / πₖ,

sums over the bins, whose amplitudes are made to add up to 1. The responsibility γₖ says how much of
a bin is talker k's: it colours the histograms. Both Gaussians start badly, on one side. One spreads
over what the other cannot explain, moves there, and lets go of the rest.

The log-likelihood never falls. The E-step puts a bound under it that touches it where we stand (the
logarithm of a mean is no less than the mean of the logarithms), and the M-step climbs to the
bound's top. So it ends on a summit, though not surely on the highest: the start matters. These few
lines and `tdsep.gmm.mixture` agree in every iteration.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure
from scipy.stats import norm

from tdsep.gmm.geometry import delay_of_angle
from tdsep.gmm.mixture import fit_gaussian_mixture
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.plots.talkers import TALKER_COLOURS
from tdsep.stft import frequencies, stft

DATA = Path(__file__).parents[2] / "data"
N_FFT = 2048

recording, rate = soundfile.read(DATA / "two_talkers.wav")
observed = TimeDifferences.from_spectrum(stft(recording.T, N_FFT), frequencies(rate, N_FFT))
limit = float(delay_of_angle(90, 0.04))
delays, amplitudes = observed.histogram(limit)
amplitudes /= amplitudes.sum()


def e_step(weights, means, variances):
    """Log-likelihood of a mean bin, and the responsibilities [talker, bin]."""
    joint = weights[:, None] * norm.pdf(delays, means[:, None], np.sqrt(variances)[:, None])
    return amplitudes @ np.log(joint.sum(axis=0)), joint / joint.sum(axis=0)


def m_step(responsibilities):
    """Weights, means and variances: averages, of all bins in proportion."""
    mass = amplitudes * responsibilities
    weights = mass.sum(axis=1)
    means = mass @ delays / weights
    return weights, means, (mass * (delays - means[:, None]) ** 2).sum(axis=1) / weights


start = np.array([50e-6, 100e-6])  # both far right of the middle
spread = amplitudes @ (delays - amplitudes @ delays) ** 2
history = [(np.array([0.5, 0.5]), start, np.full(2, spread / 4))]
curve, shares = [], []
while len(curve) < 2 or curve[-1] - curve[-2] > 1e-6:
    log_likelihood, responsibilities = e_step(*history[-1])
    curve.append(log_likelihood)
    shares.append(responsibilities)
    history.append(m_step(responsibilities))
del history[-1]
last = len(curve) - 1
assert (np.diff(curve) > 0).all()

fitted = fit_gaussian_mixture(delays, 2, sample_weight=amplitudes, means=start)
np.testing.assert_allclose(curve, fitted.log_likelihood)
np.testing.assert_allclose(history[-1], (fitted.weights, fitted.means, fitted.variances))

figure = Figure(figsize=(11, 6), layout="constrained")
top, bottom = figure.add_gridspec(2, 1, height_ratios=(5, 4))
moments = (0, 1, 5, 9, last)
edges = np.linspace(-limit, limit, 61)
grid = np.linspace(-limit, limit, 300)
for axes, moment in zip(top.subgridspec(1, 5).subplots(), moments, strict=True):
    colours = TALKER_COLOURS[:2]
    axes.hist(
        [1e6 * delays] * 2,
        1e6 * edges,
        weights=list(amplitudes * shares[moment] / (1e6 * (edges[1] - edges[0]))),
        stacked=True,
        color=colours,
        alpha=0.4,
    )
    for weight, mean, variance, colour in zip(*history[moment], colours, strict=True):
        height = weight * norm.pdf(grid, mean, np.sqrt(variance))
        axes.plot(1e6 * grid, 1e-6 * height, color=colour, linewidth=2)
    axes.set_title("At the start" if moment == 0 else f"Iteration {moment}", fontsize=11)
    axes.set(xlim=(-1e6 * limit, 1e6 * limit), xticks=[-60, 0, 60], yticks=[], xlabel="µs")

weights, means, variances = map(np.array, zip(*history, strict=True))
likelihood, places, portions = bottom.subgridspec(1, 3).subplots()
iterations = np.arange(last + 1)
likelihood.plot(iterations, curve, "k.-")
likelihood.set_title("Log-likelihood of a mean bin", fontsize=11)
for mean, deviation, weight, colour in zip(
    1e6 * means.T, 1e6 * np.sqrt(variances.T), weights.T, TALKER_COLOURS, strict=False
):
    places.fill_between(iterations, mean - deviation, mean + deviation, color=colour, alpha=0.2)
    places.plot(iterations, mean, ".-", color=colour)
    portions.plot(iterations, weight, ".-", color=colour)
places.set_title("Means ± standard deviations (µs)", fontsize=11)
portions.set_title("Weights", fontsize=11)
portions.set_ylim(0, 1)
for axes in (likelihood, places, portions):
    axes.set_xlabel("Iteration")

if __name__ == "__main__":
    figure.savefig("em.png")
