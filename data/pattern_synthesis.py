"""Short pieces of a few sounds that recur, each sound known alone: notes of keys, drums.

>>> notes = three_notes(16000)  # [sound, samples]; the piece is their sum
"""

from __future__ import annotations

import numpy as np
from song_synthesis import KEYS, add, hihat, kick, played, snare

#: C4, E4 and G4, as MIDI numbers.
NOTES = (60, 64, 67)
#: Which of them are struck at each beat: alone, in pairs, all three.
CHORDS = ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2), (), (2,), (0, 1), (1, 2), (0,))
#: From beat to beat, and how long a note lasts, in seconds.
_BEAT, _LENGTH = 0.5, 0.7
#: From eighth to eighth of the drums, in seconds.
_EIGHTH = 0.22
#: Levels of kick, snare and hi-hat.
_LEVELS = (0.8, 0.5, 0.25)


def three_notes(rate: int, seed: int = 0) -> np.ndarray:
    """Play three notes in overlapping patterns; return each alone, [note, samples]."""
    rng = np.random.default_rng(seed)
    tracks = np.zeros((len(NOTES), round((len(CHORDS) * _BEAT + _LENGTH) * rate)))
    for beat, chord in enumerate(CHORDS):
        for number in chord:
            sound = played(rng, NOTES[number], _LENGTH, rate, KEYS) * rng.uniform(0.6, 1)
            add(tracks[number], sound, beat * _BEAT, rate)
    return tracks


def drum_loop(rate: int, seed: int = 0, bars: int = 4) -> np.ndarray:
    """Beat kick, snare and hi-hat; return each alone, [drum, samples]."""
    rng = np.random.default_rng(seed)
    tracks = np.zeros((3, round((8 * bars + 2) * _EIGHTH * rate)))
    for eighth in range(8 * bars):
        beaten = [(2, hihat(rng, rate))]
        if eighth % 8 in (0, 4) or rng.random() < 0.1:
            beaten.append((0, kick(rate)))
        if eighth % 8 in (2, 6):
            beaten.append((1, snare(rng, rate)))
        for drum, sound in beaten:
            level = _LEVELS[drum] * rng.uniform(0.8, 1)
            add(tracks[drum], level * sound, eighth * _EIGHTH, rate)
    return tracks
