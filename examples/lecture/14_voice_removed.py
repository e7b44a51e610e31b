"""The voice removed from a song.

A band plays alone for four seconds; then somebody sings, as loud as the band. NMF of the intro
gives bases W₁, the band's sounds. In an NMF of the whole song they are kept as they are, and new
bases W₂ beside them have to explain the rest: the voice. In the intro the activations of the new
ones start at zero, and so stay zero. Their share of the model in each time-frequency bin,

    M = W₂H₂ / (W₁H₁ + W₂H₂),

is a mask: M times the song is the voice, 1 - M times the song the accompaniment, and the two add up
to the song.

The voice comes out at a signal-to-distortion ratio of 7 dB, the accompaniment at 9 dB. The new
bases know nothing of voices and take some of the band with them. The default of `tdsep nmf-vocal`
knows that a voice has one pitch at a time, filtered by a mouth, takes less of the band, and reaches
12 and 11 dB.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

import tdsep
from tdsep.evaluate import evaluate
from tdsep.plots.canvas import Canvas, decibels
from tdsep.stft import stft

DATA = Path(__file__).parents[2] / "data"
INTRO = 4.0  # seconds

song, rate = soundfile.read(DATA / "song.wav")
voice, _ = soundfile.read(DATA / "song.vocals.flac")
song, voice = song.T, voice.T  # [channels, samples]
truth = np.array([voice, song - voice]).mean(axis=1)  # both channels together
sung = slice(int(INTRO * rate), None)
levels = decibels((truth[:, sung] ** 2).sum(axis=1))
assert abs(np.diff(levels)) < 1

nmf = tdsep.separate_vocals(song, rate, INTRO, method="nmf")
default = tdsep.separate_vocals(song, rate, INTRO)
intro = nmf.recording.frames_within([(0, INTRO)])
assert (nmf.explanation.voice_activations[:, intro] == 0).all()

sounds, scores = [], []
for separation in (nmf, default):
    assert np.allclose(separation.vocals + separation.accompaniment, song)
    parts = np.array([separation.vocals, separation.accompaniment]).mean(axis=1)
    sounds.append(parts)
    scores.append(evaluate(truth[:, sung], parts[:, sung]))
assert np.allclose(scores[0].sdr, (7, 9), atol=0.5)
assert np.allclose(scores[1].sdr, (12, 11), atol=0.5)
assert scores[1].sir[0] - scores[0].sir[0] > 6  # less of the band

n_fft, highest = nmf.recording.n_fft, 5.0  # kHz
canvas = Canvas(song.shape[1] / rate, rate, 1e3 * highest)
peak = (abs(stft(song.mean(axis=0), n_fft)) ** 2).max()


def draw_sound(axes, sound, title):
    """Draw levels under the song's loudest bin."""
    canvas.draw_levels(abs(stft(sound, n_fft)) ** 2, peak, axes)
    axes.set_title(title)


def draw_bases(axes, bases, title):
    """Draw bases side by side, the low ones first, each under its own peak."""
    centres = np.arange(len(bases)) @ bases / bases.sum(axis=0)
    ordered = bases[:, centres.argsort()] / bases.max(axis=0)[centres.argsort()]
    extent = (0.5, bases.shape[1] + 0.5, 0, rate / 2e3)
    axes.imshow(decibels(ordered, 1.0), origin="lower", aspect="auto", extent=extent, cmap="magma",
                vmin=-60, vmax=0, interpolation="nearest")  # fmt: skip
    axes.set(title=title, xlabel="Basis", ylabel="Frequency (kHz)", ylim=(0, highest))


figure = Figure(figsize=(10, 12), layout="constrained")
panels = figure.subplots(4, 2)
draw_sound(panels[0, 0], song.mean(axis=0), "The song; left of the line the intro")
panels[0, 0].axvline(INTRO, color="white", linestyle="--")
draw_sound(panels[0, 1], truth[0], "The voice in truth")
draw_bases(panels[1, 0], nmf.background.bases, "The intro's bases, kept")
draw_bases(panels[1, 1], nmf.explanation.voice_bases, "New bases beside them")
for row, name in enumerate(("NMF", "Default")):
    for column, part in enumerate(("voice", "accompaniment")):
        title = f"{name}: {part}, {scores[row].sdr[column]:.1f} dB"
        draw_sound(panels[2 + row, column], sounds[row][column], title)
for axes in panels[[0, 2], :].flat:
    axes.set_xlabel("")
for axes in panels[:, 1]:
    axes.set_ylabel("")

if __name__ == "__main__":
    figure.savefig("voice_removed.png")
