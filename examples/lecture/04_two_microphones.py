"""Two microphones hear a time difference.

A sound from far away reaches two microphones as a straight front. If these are d apart, and the
talker stands θ degrees from straight ahead towards the first, the front has d sin θ further to go
to the second and arrives there later, by

    τ = d sin θ / c,    with c = 343 m/s,

58 µs for 30° and 4 cm. A delay leaves a spectrum as it is but for the phase: that of X₁X₂* (the
star conjugates) is 2πfτ, a straight line over frequency (top). So every bin tells a time difference
of its own (bottom):

    τ(f, t) = arg(X₁(f, t) X₂*(f, t)) / 2πf.

Echoes and noise scatter the bins about the line; their mean, each weighted by its amplitude, comes
within 2 % of it. But a phase is known up to whole turns only. At 4 cm it stays within half a turn
up to 4.3 kHz whatever the direction (dotted), at 16 cm up to 1.1 kHz; beyond, the line may leave at
the top and come back from below. The phase wraps, and the formula is wrong.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

from tdsep.gmm.geometry import SPEED_OF_SOUND, delay_of_angle
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.plots.talkers import TALKER_COLOURS
from tdsep.stft import frequencies, stft

DATA = Path(__file__).parents[2] / "data"
N_FFT = 1024
assert round(1e6 * delay_of_angle(30, 0.04)) == 58


def draw_sketch(axes, theta, colour):
    """Draw microphones, talker and fronts, seen from above; lengths in halves of d."""
    left, right = np.array([(-1, 0), (1, 0)])
    towards = np.array([-np.sin(theta), np.cos(theta)])  # the direction of the talker
    along = np.array([np.cos(theta), np.sin(theta)])  # and of the fronts
    foot = left + 2 * np.cos(theta) * along  # of the front that is at microphone 1
    np.testing.assert_allclose(np.linalg.norm(right - foot), 2 * np.sin(theta))
    for distance in np.arange(0, 2.3, 0.45):
        front = left + distance * towards + np.outer([-0.2, 2.1], along)
        axes.plot(*front.T, color=colour, linewidth=1, alpha=0.6)
    axes.plot(*np.array([foot, right]).T, color="black", linewidth=4)
    axes.plot(*np.array([left, right]).T, "o--", color="black", markersize=14, linewidth=1)
    axes.plot([0, 0], [0, 2.3], ":", color="0.4")
    axes.plot(*np.array([(0, 0), 3 * towards]).T, color="0.4", linewidth=1)
    axes.plot(*(3 * towards), "o", color=colour, markersize=30)
    sweep = np.linspace(0, theta)
    axes.plot(-1.6 * np.sin(sweep), 1.6 * np.cos(sweep), color="0.4")
    for text, x, y in (
        ("talker", -1.45, 3.05), ("θ", -0.38, 1.7), ("d", -0.1, -0.18), ("d sin θ", 1.2, 0.45),
        ("microphone 1", -1, -0.4), ("microphone 2", 1, -0.4),
    ):  # fmt: skip
        axes.text(x, y, text, fontsize=12, ha="center")
    axes.set(aspect="equal", xlim=(-1.75, 1.75), ylim=(-0.5, 3.3))
    axes.axis("off")


def draw_bins(axes, hertz, values, weights, limit):
    """Draw how each band's sound is spread over phases or delays, black where most of it is."""
    count, x, y = np.histogram2d(
        np.repeat(hertz / 1e3, values.shape[1]),
        values.ravel(),
        bins=(hertz.size // 4, 100),
        range=((0, hertz[-1] / 1e3), (-limit, limit)),
        weights=weights.ravel(),
    )
    count /= count.max(axis=1, keepdims=True) + 1e-9
    axes.pcolormesh(x, y, count.T, cmap="Greys", vmax=0.9)


figure = Figure(figsize=(11, 5.6), layout="constrained")
places = figure.add_gridspec(2, 3)
draw_sketch(figure.add_subplot(places[:, 0]), np.deg2rad(30), TALKER_COLOURS[1])

# One talker alone at two pairs of microphones: the file, the angle, the spacing and the limit.
for column, (name, angle, spacing, limit) in enumerate(
    (("two_talkers.truth2", 30, 0.04, 4.3), ("three_talkers_wide.truth3", 45, 0.16, 1.1)), start=1
):
    recording, rate = soundfile.read(DATA / f"{name}.flac")
    hertz = frequencies(rate, N_FFT)
    observed = TimeDifferences.from_spectrum(stft(recording.T, N_FFT), hertz)
    delay = delay_of_angle(angle, spacing)  # τ = d sin θ / c
    sure = observed.unambiguous(delay_of_angle(90, spacing))  # whatever the direction
    highest = SPEED_OF_SOUND / (2 * spacing) / 1e3
    assert round(highest, 1) == limit and abs(hertz[sure].max() / 1e3 - highest) < 0.02
    mean = np.average(observed.delay[sure], weights=observed.weight[sure])
    assert abs(mean / delay - 1) < 0.02

    phases = figure.add_subplot(places[0, column])
    draw_bins(phases, hertz, observed.phase, observed.weight, np.pi)
    line = np.angle(np.exp(2j * np.pi * hertz * delay))  # wrapped
    line[1:][np.diff(line) < 0] = np.nan  # not drawn where it comes back
    phases.plot(hertz / 1e3, line, color=TALKER_COLOURS[column], linewidth=2)
    phases.set_yticks([-np.pi, 0, np.pi], ["-π", "0", "π"])
    phases.set_title(f"{100 * spacing:.0f} cm apart, talker at {angle}°", fontsize=11)

    delays = figure.add_subplot(places[1, column])
    draw_bins(delays, hertz, 1e6 * observed.delay, observed.weight, 3e6 * delay)
    delays.axhline(1e6 * delay, color=TALKER_COLOURS[column], linewidth=2)
    delays.set(xlabel="Frequency (kHz)")
    if column == 1:
        phases.set_ylabel("arg(X₁X₂*)")
        delays.set_ylabel("Time difference (µs)")
    for axes in (phases, delays):
        axes.axvline(highest, color="black", linestyle=":")

if __name__ == "__main__":
    figure.savefig("two_microphones.png")
