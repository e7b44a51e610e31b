"""Bases with a width in time.

A basis is one spectrum, and its activation says how loud it is in each frame. But a drum begins
with a click and ends with a ring, a vowel glides: a sound that changes is no spectrum made louder
and softer. Plain NMF spends many bases on it, which know nothing of each other.

Convolutive NMF gives each basis a width of L frames. It is a small spectrogram, and wherever its
activation has a pulse, all of it is heard from there on:

    X̂[:, j] = Σ_l W[:, :, l] · H[:, j - l],    l = 0, …, L - 1

Two birds call here, one rising and one falling, nine calls in all. Two plain bases are the low
and the high frequencies: all calls become blocks. Two bases 20 frames wide are the calls
themselves, and their activations have one pulse for each time that they are heard. Plain NMF needs
about nine times as many bases to come as near, and cannot say which of them belong together.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.signal import chirp, find_peaks

from tdsep.nmf import factorize
from tdsep.stft import stft

RATE, N_FFT, HOP, WIDTH = 8000, 256, 128, 20


def call(first, last, seconds=0.25):
    """Whistle from one frequency to another."""
    time = np.arange(int(seconds * RATE)) / RATE
    return np.hanning(time.size) * chirp(time, first, seconds, last)


rng = np.random.default_rng(4)
calls = [call(700, 2800), call(2400, 500)]
heard = [np.array([0.2, 1.1, 1.9, 2.65, 3.4]), np.array([0.6, 1.2, 2.3, 2.75])]
piece = np.zeros(4 * RATE)
for sound, times in zip(calls, heard, strict=True):
    for time in times:
        start = int(time * RATE)
        piece[start : start + sound.size] += rng.uniform(0.5, 1) * sound
magnitudes = abs(stft(piece, N_FFT, HOP))

numbers = list(range(2, 25, 2))
plain = [factorize(magnitudes, number, max_iter=300, seed=0) for number in numbers]
wide = factorize(magnitudes, 2, width=WIDTH, max_iter=300, seed=0)
low, high = sorted(plain[0].bases.T, key=np.argmax)
edge = np.searchsorted(low.cumsum(), 0.95)
assert high[:edge].sum() < 0.1
losses = np.array([found.losses[-1] for found in plain])
assert losses[0] > 40 * wide.losses[-1]
assert 16 <= numbers[np.argmax(losses < wide.losses[-1])] <= 20

# One pulse a call: each of the same delay, as the basis may begin a little before the sound.
pulses = [find_peaks(row, height=0.3 * row.max())[0] * HOP / RATE for row in wide.activations]
order = sorted(range(2), key=lambda k: -pulses[k].size)  # the rising call is heard more often
for k, times in zip(order, heard, strict=True):
    assert np.ptp(times - pulses[k]) < HOP / RATE

figure = Figure(figsize=(10, 10.5), layout="constrained")
left, right = figure.subplots(4, 2, width_ratios=(1, 2)).T
seconds, highest = magnitudes.shape[1] * HOP / RATE, RATE / 2e3


def draw(axes, image, title, width=seconds, **labels):
    """Draw magnitudes over kHz."""
    axes.imshow(image, origin="lower", aspect="auto", extent=(0, width, 0, highest), cmap="magma",
                interpolation="nearest")  # fmt: skip
    axes.set(title=title, **labels)


def side_by_side(axes, columns, title):
    """Draw two pictures, each relative to its own peak."""
    draw(axes, np.hstack([part / part.max() for part in columns]), title, 2, ylabel="kHz")
    axes.axvline(1, color="white")
    axes.set_xticks([0.5, 1.5], ["1", "2"])


alone = [abs(stft(sound, N_FFT, HOP)) for sound in calls]
side_by_side(left[0], alone, "The two calls")
draw(right[0], magnitudes, "The piece", xlabel="Time (s)")
side_by_side(left[1], [plain[0].bases[:, [k]] for k in (0, 1)], "Two plain bases")
draw(right[1], plain[0].reconstruction(), "What they make of the piece", xlabel="Time (s)")
side_by_side(left[2], [wide.bases[:, k] for k in order], "Two wide bases")
draw(right[2], wide.reconstruction(), "What they make of the piece", xlabel="Time (s)")

left[3].semilogy(numbers, losses, "o-", label="plain")
left[3].axhline(wide.losses[-1], color="C1", label="2 wide bases")
left[3].set(title="Divergence", xlabel="Number of bases", xticks=[2, 8, 14, 20])
left[3].legend()
for place, k in enumerate(order):
    row = wide.activations[k] / wide.activations[k].max()
    right[3].fill_between(np.arange(row.size) * HOP / RATE, -place, 0.9 * row - place, color="C1")
right[3].set(
    title="Activations of the wide bases", xlabel="Time (s)", xlim=(0, seconds),
    yticks=[0.45, -0.55], yticklabels=["1", "2"],
)  # fmt: skip

if __name__ == "__main__":
    figure.savefig("wide_bases.png")
