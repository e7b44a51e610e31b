"""A voice's waveform and its spectrogram.

The waveform of a voice shows when it sounds, and little else. So cut it into short windows that
overlap, 64 ms long, and ask of each how much of every frequency it holds: the short-time Fourier
transform,

    X(f, t) = Σ_n w(n) x(n + tH) exp(-2πi f n / R),

with a window w, H samples from one to the next, R samples a second. Each X is a time-frequency bin;
their squared magnitudes are the spectrogram. Vowels are stacks of lines, the harmonics, at the
multiples of one pitch (top right); an onset, where a sound begins, stands upright over many
frequencies; between words there is silence.

So a voice is sparse: 1 % of the bins hold 95 % of its energy. Let a second voice talk at the same
time (bottom left; dark where both are loud), and they seldom meet: give each bin whole to the
louder voice, and each keeps more than 95 % of its energy. What remains is to find out whose each
bin is, without having heard the voices alone.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from tdsep.plots.canvas import Canvas, decibels
from tdsep.plots.talkers import TALKER_COLOURS
from tdsep.stft import frequencies, stft

DATA = Path(__file__).parents[2] / "data"
SHOWN = 2.4  # seconds

both = []
for number in (1, 2):
    voice, rate = soundfile.read(DATA / f"two_talkers.truth{number}.flac")
    both.append(voice[:, 0])  # at the first microphone
n_fft = round(0.064 * rate)
powers = np.abs([stft(voice, n_fft) for voice in both]) ** 2

# Sparse: how many bins, the loudest first, for how much of the energy?
loudest_first = np.sort(powers[0], axis=None)[::-1]
share_of_energy = np.cumsum(loudest_first, dtype=float) / loudest_first.sum(dtype=float)
share_of_bins = np.arange(1, share_of_energy.size + 1) / share_of_energy.size
needed = share_of_bins[np.searchsorted(share_of_energy, 0.95)]
assert round(100 * needed) == 1

# Apart: what each voice keeps where it is the louder one.
for own, other in (powers, powers[::-1]):
    assert own[own > other].sum() > 0.95 * own.sum()

# A vowel under one window; its pitch is where the waveform resembles itself again.
moment = 0.72  # seconds: "evening"
start = round(moment * rate)
vowel = both[0][start : start + n_fft] * np.hanning(n_fft)
likeness = np.correlate(vowel, vowel, "full")[n_fft - 1 :]
shortest, longest = rate // 400, rate // 80
pitch = rate / (shortest + likeness[shortest:longest].argmax())
level = decibels(np.abs(np.fft.rfft(vowel)) ** 2)
harmonics = pitch * np.arange(1, 6)
on_lines = np.interp(harmonics, frequencies(rate, n_fft), level)
between = np.interp(harmonics + pitch / 2, frequencies(rate, n_fft), level)
assert (on_lines > between + 10).all()

figure = Figure(figsize=(11, 7), layout="constrained")
columns = figure.add_gridspec(1, 2, width_ratios=(5, 3))
waveform, spectrogram, together = columns[0].subgridspec(3, 1, height_ratios=(1, 2, 2)).subplots()
spectrum, curve = columns[1].subgridspec(2, 1).subplots()

samples = slice(0, round(SHOWN * rate))
waveform.plot(np.arange(samples.stop) / rate, both[0][samples], linewidth=0.5, color="black")
waveform.set(xlim=(0, SHOWN), ylabel="Pressure", xticks=[], yticks=[])
waveform.set_title("“Good evening, and welcome back. The …”", fontsize=11)

frames = slice(0, samples.stop * 4 // n_fft)
canvas = Canvas(SHOWN, rate, 5000)
canvas.draw_levels(powers[0][:, frames], powers[0].max(), spectrogram)
for word, at, where in (
    ("onset", (0.27, 3.0), (0.06, 4.2)),
    ("harmonics", (0.8, 1.5), (0.78, 4.2)),
    ("silence", (2.0, 1.5), (1.88, 4.2)),
):
    arrow = {"arrowstyle": "->", "color": "white"}
    spectrogram.annotate(word, at, where, color="white", arrowprops=arrow, fontsize=11)

# The paper is white where nobody speaks; a voice takes from it what is not its colour.
inks = 1 - np.array([to_rgb(colour) for colour in TALKER_COLOURS[:2]])
loudness = np.clip(1 + decibels(powers[:, :, frames]) / 55, 0, 1)
paper = np.prod(1 - loudness[..., None] * inks[:, None, None], axis=0)
canvas.draw(paper, together)
for number, (colour, at) in enumerate(zip(TALKER_COLOURS[:2], (0.08, 0.38), strict=True), start=1):
    together.text(at, 4.3, f"voice {number}", color=colour, weight="bold", fontsize=12)

spectrum.plot(frequencies(rate, n_fft) / 1e3, level, color="black", linewidth=1)
spectrum.vlines(harmonics / 1e3, -70, on_lines, color="tab:orange", linestyle=":", linewidth=2)
spectrum.set(xlim=(0, 3), ylim=(-70, 5), xlabel="Frequency (kHz)", ylabel="Level (dB)")
spectrum.set_title(f"A vowel: a line every {pitch:.0f} Hz", fontsize=11)

curve.plot(100 * share_of_bins, 100 * share_of_energy, color="black", linewidth=2)
curve.plot(100 * needed, 95, "o", color="black")
curve.annotate(f"95 % of the energy\nin {100 * needed:.0f} % of the bins", (1.2, 82))
curve.set(xlim=(0, 5), ylim=(0, 102), xlabel="Bins, the loudest first (%)")
curve.set_ylabel("Energy (%)")
curve.set_title("Sparse", fontsize=11)

if __name__ == "__main__":
    figure.savefig("waveform_and_spectrogram.png")
