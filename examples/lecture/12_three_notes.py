"""Three notes.

The spectrogram of a sound is a non-negative matrix: frequencies by frames. Where a note is struck
several times, its columns look alike each time; as a product of two small matrices, one basis has
to hold what the note looks like, and its activations when it is struck and how it fades. No one
tells the factorisation what a note is.

Three keys are struck here, alone, in pairs and all together. Right, the spectrogram; on its left
the three bases, each a comb of partials; below it the three activations. The dotted lines are the
loudness of each note as it was played: the activations follow them, with correlations above 0.9. A
mask for each, its share of the model in every bin, takes the sound apart into three files.

    tdsep nmf-parts data/three_notes.wav -k 3

Ask for more parts than there are sounds and the strike and the ring of a note may part; ask for
fewer, and two notes have to share.
"""

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.figure import Figure

import tdsep
from tdsep.plots.parts import draw_factors
from tdsep.stft import stft

DATA = Path(__file__).parents[2] / "data"

piece, rate = soundfile.read(DATA / "three_notes.wav")
found = tdsep.separate_parts(piece, rate, 3)
names = [round(pitch) for pitch in found.pitches]
assert names == [263, 332, 392], names  # C4, E4, G4, within a sixth of a semitone

figure = Figure(figsize=(11, 7), layout="constrained")
draw_factors(found, figure)
activations = found.decomposition.activations()
axes = figure.axes[-1]
for number, line in enumerate(activations):
    note, _ = soundfile.read(DATA / f"three_notes.truth{number + 1}.flac")
    played = np.sqrt((np.abs(stft(note, found.n_fft, found.hop_length)) ** 2).sum(axis=0))
    assert np.corrcoef(played, line)[0, 1] > 0.9
    times = np.linspace(0, piece.size / rate, line.size)
    axes.plot(times, number + 1 + 0.9 * played / played.max(), "k:", linewidth=1)

if __name__ == "__main__":
    figure.savefig("three_notes.png")
