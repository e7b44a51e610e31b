"""Short synthetic songs of which the truth is known: a band that repeats itself, and a singer.

    >>> mix, vocals, accompaniment = song(seed=1)

All of it is computed: struck and plucked strings from decaying partials, drums from noise, and a
voice from glottal pulses that pass the resonances of a mouth. What a seed leaves open (key, tempo,
chords, places of the instruments, the singer's register) a `Score` can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import fftconvolve

RATE = 16000
#: Steps of a scale in semitones, by the mode.
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
#: Chords, half a bar each, by the step of the scale that they stand on.
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 5, 4), (0, 2, 3, 4))
#: Lowest and highest note of the melody, as MIDI numbers: 147 to 294 and 220 to 392 Hz.
REGISTERS = {"low": (50, 62), "high": (57, 67)}
#: Formants as multiples of those of the low voice.
_SIZES = {"low": 1.0, "high": 1.15}
#: Formants in Hz of vowels (the first three), and those above, which all vowels share.
VOWELS = {
    "a": (730, 1150, 2440),
    "e": (500, 1800, 2500),
    "i": (300, 2250, 3000),
    "o": (520, 900, 2400),
    "u": (330, 850, 2300),
}
_HIGHER_FORMANTS = (3400, 4300, 5400, 6500, 7600)
_NASAL = (280, 1100, 2200)
_BANDWIDTHS = (70, 90, 130, 180, 250, 350, 450, 550)
#: Steps in which the voice is steered, in seconds.
_CONTROL = 0.005
#: How far singers make up for vowels being naturally loud or soft, 0 to 1.
_EVENNESS = 0.6
#: Vibrato: bounds of its rate in Hz and of its depth in cents.
_VIBRATO_RATE, _VIBRATO_DEPTH = (5.0, 6.0), (20.0, 40.0)


@dataclass(frozen=True)
class Score:
    """What the band and the singer agree on.

    Attributes
    ----------
    tempo : float
        Beats a minute.
    tonic : int
        MIDI number in the octave of the guitar.
    mode : {"major", "minor"}
    chords : tuple of int
        Half a bar each, repeated: the step of the scale that each stands on, from 0.
    arpeggio : tuple of int
        Which note of the chord the guitar plucks on each eighth of a bar.
    pans : tuple of (guitar, keys, hat)
        Between -1 (left) and 1 (right).
    register : {"low", "high"}
        Of the singer.
    """

    tempo: float
    tonic: int
    mode: str
    chords: tuple[int, ...]
    arpeggio: tuple[int, ...]
    pans: tuple[float, float, float]
    register: str

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Score:
        """Draw one; two bars last no longer than 4 s."""
        side = rng.choice([-1, 1])
        return cls(
            tempo=float(rng.uniform(120, 138)),
            tonic=int(rng.integers(50, 62)),
            mode=str(rng.choice(list(SCALES))),
            chords=PROGRESSIONS[rng.integers(len(PROGRESSIONS))],
            arpeggio=tuple(int(note) for note in rng.integers(4, size=8)),
            pans=(
                float(side * rng.uniform(0.3, 0.8)),
                float(-side * rng.uniform(0.2, 0.7)),
                float(rng.uniform(-0.4, 0.4)),
            ),
            register=str(rng.choice(list(REGISTERS))),
        )

    @property
    def beat(self) -> float:
        """In seconds."""
        return 60 / self.tempo

    def pitch(self, step: int) -> int:
        """MIDI number of a step of the scale; 7 is the octave."""
        octave, step = divmod(step, 7)
        return self.tonic + 12 * octave + SCALES[self.mode][step]

    def chord(self, beats: float) -> int:
        """Step that the chord at a time stands on."""
        return self.chords[int(beats // 2) % len(self.chords)]


class String(NamedTuple):
    """How the notes of an instrument sound."""

    decay: float  # in seconds, of the lowest partial
    damping: float  # how much faster each further partial decays
    roll_off: float  # exponent of the partials' loudness
    position: float  # where the string is struck, as a share of its length
    stiffness: float  # of the string: stretches the partials


GUITAR = String(decay=0.5, damping=0.25, roll_off=1.0, position=0.18, stiffness=1e-4)
KEYS = String(decay=0.8, damping=0.35, roll_off=1.3, position=0.12, stiffness=4e-4)
BASS = String(decay=0.6, damping=0.5, roll_off=1.2, position=0.25, stiffness=5e-5)


class Struck(NamedTuple):
    """A note of an instrument; start and length in eighths of a bar."""

    start: int
    eighths: float
    pitch: int
    level: float


class Consonant(NamedTuple):
    """How a syllable begins: with noise of a band, or with a hum."""

    seconds: float
    band: tuple[float, float] | None = None  # in Hz
    level: float = 0.0
    stops: bool = False  # silence, then a burst
    hum: float = 0.0  # how loud the voice goes on


CONSONANTS = {
    "": Consonant(0.0),
    "s": Consonant(0.10, (4500, 7600), 0.16),
    "sh": Consonant(0.09, (2200, 5500), 0.16),
    "f": Consonant(0.08, (1200, 7000), 0.06),
    "t": Consonant(0.06, (3000, 7000), 0.30, stops=True),
    "k": Consonant(0.07, (1300, 3200), 0.30, stops=True),
    "m": Consonant(0.08, hum=0.4),
    "l": Consonant(0.06, hum=0.6),
}
_BREATH = Consonant(0.25, (700, 5000), 0.035)


class Syllable(NamedTuple):
    """A sung note, its times in seconds."""

    start: float
    end: float
    pitch: int
    vowel: str
    consonant: str
    ends_phrase: bool


def song(
    seed: int,
    rate: int = RATE,
    seconds: float = 14.0,
    intro: float = 4.0,
    vocal_level_db: float = 0.0,
    score: Score | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make a song: the band, and from the end of the intro on a singer.

    Parameters
    ----------
    seed : int
        Of all that is drawn; the same gives the same song.
    rate : int
        Sampling rate in Hz.
    seconds, intro : float
        Length of the song and of what the band plays alone; the singer needs 3 s.
    vocal_level_db : float
        Energy of the voice against that of the band after the intro.
    score : Score, optional
        Drawn from the seed by default.

    Returns
    -------
    mix, vocals, accompaniment : ndarray [2, samples]
        The first is the sum of the others.
    """
    drawn, playing, singing, room = np.random.default_rng(seed).spawn(4)
    score = Score.drawn(drawn) if score is None else score
    band = accompaniment(playing, seconds, rate, score)
    begin = round(intro * rate)
    dry = voice(singing, (band.shape[1] - begin) / rate, rate, score, start=intro)
    vocals = np.zeros_like(band)
    vocals[:, begin:] = dry + _reverb(room, dry, rate, seconds=0.9, level_db=-13)
    parts = np.stack([vocals, band])
    parts *= np.minimum(1, np.arange(band.shape[1])[::-1] / (0.1 * rate))  # fade out
    sung, played = np.sum(parts[:, :, begin:] ** 2, axis=(1, 2))
    parts[0] *= np.sqrt(played / sung * 10 ** (vocal_level_db / 10))
    parts *= 0.8 / np.abs(parts.sum(axis=0)).max()
    return parts[0] + parts[1], parts[0], parts[1]


def accompaniment(
    rng: np.random.Generator, seconds: float, rate: int, score: Score | None = None
) -> np.ndarray:
    """Let the band play: the same bars again and again, never quite the same.

    Parameters
    ----------
    rng : Generator
    seconds : float
    rate : int
        Sampling rate in Hz.
    score : Score, optional
        Drawn by default.

    Returns
    -------
    ndarray [2, samples]
    """
    score = Score.drawn(rng) if score is None else score
    samples, eighth = round(seconds * rate), score.beat / 2
    roots = [score.chord(step / 2) for step in range(int(np.ceil(seconds / eighth)))]
    guitar, keys, bass = (
        _strings(rng, instrument, notes(rng, score, roots), eighth, samples, rate)
        for instrument, notes in ((GUITAR, _guitar), (KEYS, _keys), (BASS, _bass))
    )
    drums, hat = _drums(rng, len(roots), eighth, samples, rate)
    places = (score.pans[0], score.pans[1], 0, 0, score.pans[2])
    tracks = (guitar, keys, bass, drums, hat)
    sound = sum(_panned(track, place) for track, place in zip(tracks, places, strict=True))
    return sound + _reverb(rng, guitar + keys + 0.4 * drums, rate, seconds=0.5, level_db=-17)


def voice(
    rng: np.random.Generator,
    seconds: float,
    rate: int,
    score: Score | None = None,
    start: float = 0.0,
) -> np.ndarray:
    """Sing a melody that is made up, in phrases with pauses for breath.

    Parameters
    ----------
    rng : Generator
    seconds : float
    rate : int
        Sampling rate in Hz.
    score : Score, optional
        Drawn by default.
    start : float
        When in the song the voice begins, in seconds: it keeps to the beat and to the chords.

    Returns
    -------
    ndarray [samples]
    """
    score = Score.drawn(rng) if score is None else score
    syllables = _syllables(rng, seconds, score, start)
    samples, hop = round(seconds * rate), round(_CONTROL * rate)
    times = np.arange(samples // hop + 2) * hop / rate
    f0 = _intonation(rng, syllables, times)
    level, formants = _articulation(rng, syllables, times, f0, _SIZES[score.register])
    now = np.arange(samples) / rate
    pulses = _pulses(rng, np.interp(now, times, f0), rate)
    pulses += 0.05 * np.diff(rng.standard_normal(samples + 1))  # breath between the vocal folds
    sung = _through_mouth(np.interp(now, times, level) * pulses, formants, hop, rate)
    sung *= 0.2 / np.sqrt(np.mean(sung**2))
    before = -1.0
    for syllable in syllables:
        if before < 0 or syllable.start - before > _BREATH.seconds:
            add(sung, _hiss(rng, _BREATH, rate), syllable.start - _BREATH.seconds - 0.02, rate)
        add(sung, _hiss(rng, CONSONANTS[syllable.consonant], rate), syllable.start, rate)
        before = syllable.end
    return sung


def _guitar(rng: np.random.Generator, score: Score, roots: list[int]) -> Iterator[Struck]:
    """Pluck a chord's notes one by one, on each eighth of which the chord's root is given."""
    for eighth, root in enumerate(roots):
        varied = rng.random() < 0.25
        note = int(rng.integers(4)) if varied else score.arpeggio[eighth % len(score.arpeggio)]
        if rng.random() > 0.1:
            yield Struck(eighth, 4, score.pitch(_chord(root)[note]), 0.7)


def _keys(rng: np.random.Generator, score: Score, roots: list[int]) -> Iterator[Struck]:
    """Strike chords in a rhythm, now and then with a note on top or once more."""
    for eighth, root in enumerate(roots):
        if eighth % 8 in (0, 3, 4) or rng.random() < 0.06:
            low, middle, high, _ = _chord(root)
            top = [middle + 7] if rng.random() < 0.2 else []
            for step in (low, middle, high, *top):
                yield Struck(eighth, 3, score.pitch(step), 0.4)


def _bass(rng: np.random.Generator, score: Score, roots: list[int]) -> Iterator[Struck]:
    """Pluck the roots, and fifths at times, from 46 Hz up."""
    for eighth, root in enumerate(roots):
        if eighth % 8 in (0, 3, 4, 7):
            pitch = score.pitch(root if rng.random() > 0.15 else root + 4)
            yield Struck(eighth, 2.5, 30 + (pitch - 30) % 12, 1.0)


def _chord(root: int) -> list[int]:
    """Place a chord's four notes, as steps of the scale, in the middle of the instrument."""
    notes = sorted((root + third) % 7 for third in (0, 2, 4))
    return [*notes, notes[0] + 7]


def _strings(
    rng: np.random.Generator,
    string: String,
    notes: Iterable[Struck],
    eighth: float,
    samples: int,
    rate: int,
) -> np.ndarray:
    """Let an instrument play its notes, [samples]; `eighth` is in seconds."""
    track = np.zeros(samples)
    for note in notes:
        sound = played(rng, note.pitch, note.eighths * eighth, rate, string)
        sound *= note.level * rng.uniform(0.75, 1)
        add(track, sound, _late(rng, note.start * eighth), rate)
    return track


def _drums(
    rng: np.random.Generator, eighths: int, eighth: float, samples: int, rate: int
) -> tuple[np.ndarray, np.ndarray]:
    """Beat the drums, [samples], and the hat, [samples]."""
    drums, hat = np.zeros((2, samples))
    for number in range(eighths):
        start = number * eighth
        if number % 8 in (0, 4) or rng.random() < 0.06:
            add(drums, 0.9 * rng.uniform(0.85, 1) * kick(rate), start, rate)
        if number % 8 in (2, 6):
            add(drums, 0.5 * rng.uniform(0.8, 1) * snare(rng, rate), start, rate)
        add(hat, rng.uniform(0.1, 0.16) * hihat(rng, rate), _late(rng, start), rate)
    return drums, hat


def _late(rng: np.random.Generator, start: float) -> float:
    """Miss the time in seconds by a little."""
    return max(0.0, start + rng.normal(0, 0.004))


def played(
    rng: np.random.Generator, pitch: float, seconds: float, rate: int, string: String
) -> np.ndarray:
    """Let a string sound: partials that decay, the higher the faster."""
    time = np.arange(round(seconds * rate)) / rate
    f0 = _hertz(pitch + rng.normal(0, 0.02))
    partials = np.arange(1, 31)
    tuned = f0 * partials * np.sqrt(1 + string.stiffness * partials**2)
    levels = np.abs(np.sin(np.pi * string.position * partials)) / partials**string.roll_off
    levels *= rng.uniform(0.8, 1.2, len(partials)) * (tuned < 0.45 * rate)
    decays = (1 + string.damping * (partials - 1)) / string.decay
    phases = rng.uniform(0, 2 * np.pi, len(partials))
    sound = sum(
        level * np.exp(-decay * time) * np.sin(2 * np.pi * hertz * time + phase)
        for level, decay, hertz, phase in zip(levels, decays, tuned, phases, strict=True)
        if level > 0
    )
    return sound * np.minimum(1, time / 0.003) * np.minimum(1, (seconds - time) / 0.04)


def kick(rate: int) -> np.ndarray:
    """Beat a bass drum, [samples]."""
    time = np.arange(round(0.25 * rate)) / rate
    return np.sin(2 * np.pi * (50 * time - 4 * np.exp(-time / 0.03))) * np.exp(-time / 0.07)


def snare(rng: np.random.Generator, rate: int) -> np.ndarray:
    """Beat a snare drum, [samples]."""
    time = np.arange(round(0.2 * rate)) / rate
    rattle = 2 * _band_noise(rng, len(time), (1000, 6500), rate) * np.exp(-time / 0.05)
    return rattle + 0.6 * np.sin(2 * np.pi * 185 * time) * np.exp(-time / 0.04)


def hihat(rng: np.random.Generator, rate: int) -> np.ndarray:
    """Beat a closed hi-hat, [samples]."""
    time = np.arange(round(0.12 * rate)) / rate
    return 4 * _band_noise(rng, len(time), (5500, 12000), rate) * np.exp(-time / 0.02)


def _syllables(
    rng: np.random.Generator, seconds: float, score: Score, start: float
) -> list[Syllable]:
    """Make up a melody and what is sung to it: steps, some leaps, long notes of the chord."""
    lowest, highest = REGISTERS[score.register]
    notes = [note for note in map(score.pitch, range(-14, 22)) if lowest <= note <= highest]
    place = int(rng.integers(len(notes)))
    first = np.ceil((start + 0.1) / score.beat)  # on a beat, after a breath
    beats, last = first, (start + seconds - 0.2) / score.beat
    found: list[Syllable] = []
    while last - beats > 2:
        end = min(beats + rng.integers(4, 7), last)
        while end - beats > 0.25:
            length = min(rng.choice([0.5, 1, 1, 1.5, 2]), end - beats)
            if end - beats - length < 0.5:  # the last is long
                length = end - beats
            step = rng.choice([-3, -2, -1, -1, -1, 0, 1, 1, 1, 2, 3])
            place = int(np.clip(place + step, 0, len(notes) - 1))
            if length >= 1:
                place = _nearest_of_chord(notes, place, score, beats)
            found.append(
                Syllable(
                    start=beats * score.beat - start,
                    end=(beats + length) * score.beat - start,
                    pitch=notes[place],
                    vowel=str(rng.choice(list(VOWELS))),
                    consonant=str(rng.choice(list(CONSONANTS))),
                    ends_phrase=beats + length >= end,
                )
            )
            beats += length
        beats = np.ceil(2 * (end + rng.uniform(0.7, 1.5))) / 2
    return found


def _nearest_of_chord(notes: list[int], place: int, score: Score, beats: float) -> int:
    chord = {score.pitch(score.chord(beats) + third) % 12 for third in (0, 2, 4)}
    fitting = [other for other, note in enumerate(notes) if note % 12 in chord]
    return min(fitting, key=lambda other: abs(other - place))


def _intonation(
    rng: np.random.Generator, syllables: list[Syllable], times: np.ndarray
) -> np.ndarray:
    """Fundamental in Hz at each of the times: glides, vibrato on what is held, drift."""
    pitch = np.full(len(times), float(syllables[0].pitch))
    depth, vibrato_rate = np.zeros(len(times)), np.full(len(times), np.mean(_VIBRATO_RATE))
    for syllable in syllables:
        pitch[times >= syllable.start] = syllable.pitch
        held = (times >= syllable.start) & (times < syllable.end)
        swell = np.clip((times[held] - syllable.start - 0.12) / 0.25, 0, 1)
        depth[held] = rng.uniform(*_VIBRATO_DEPTH) / 100 * swell
        vibrato_rate[held] = rng.uniform(*_VIBRATO_RATE)
    step = times[1] - times[0]
    pitch = gaussian_filter1d(pitch, 0.03 / step, mode="nearest")
    depth, vibrato_rate = (
        gaussian_filter1d(each, 0.04 / step, mode="nearest") for each in (depth, vibrato_rate)
    )
    drift = gaussian_filter1d(rng.standard_normal(len(times)), 0.1 / step, mode="nearest")
    drift *= 0.08 / drift.std()
    return _hertz(pitch + drift + depth * np.sin(2 * np.pi * np.cumsum(vibrato_rate) * step))


def _articulation(
    rng: np.random.Generator,
    syllables: list[Syllable],
    times: np.ndarray,
    f0: np.ndarray,
    size: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Loudness of the voice, [times], and its formants in Hz, [times, formants]."""
    level = np.zeros(len(times))
    low = np.tile(np.array(VOWELS[syllables[0].vowel], float), (len(times), 1))
    for syllable in syllables:
        consonant = CONSONANTS[syllable.consonant]
        low[times >= syllable.start] = VOWELS[syllable.vowel]
        held = (times >= syllable.start) & (times < syllable.end)
        fall = rng.uniform(0.3, 0.7) if syllable.ends_phrase else 0.15
        level[held] = rng.uniform(0.8, 1) * np.linspace(1, 1 - fall, held.sum())
        begins = held & (times < syllable.start + consonant.seconds)
        level[begins] *= consonant.hum
        if consonant.hum:
            low[begins] = _NASAL
    step = times[1] - times[0]
    level = gaussian_filter1d(level, 0.015 / step, mode="nearest")
    low = gaussian_filter1d(low, 0.025 / step, axis=0, mode="nearest")
    formants = size * np.hstack([low, np.tile(_HIGHER_FORMANTS, (len(times), 1))])
    formants[:, 0] = np.maximum(formants[:, 0], f0)  # singers open the mouth for high notes
    return level, formants


def _pulses(rng: np.random.Generator, f0: np.ndarray, rate: int) -> np.ndarray:
    """Let the vocal folds vibrate: harmonics as far as the rate allows, [samples]."""
    steps = rng.standard_normal(len(f0) // 64 + 2)
    jitter = 0.002 * np.interp(np.arange(len(f0)) / 64, np.arange(len(steps)), steps)
    phase = 2 * np.pi * np.cumsum(f0 * (1 + jitter)) / rate
    pulses = np.zeros(len(f0))
    for harmonic in range(1, int(0.5 * rate / f0.min()) + 1):
        audible = np.clip((0.48 * rate - harmonic * f0) / 100, 0, 1)
        pulses += audible * np.cos(harmonic * phase) / harmonic
    return pulses


def _through_mouth(excitation: np.ndarray, formants: np.ndarray, hop: int, rate: int) -> np.ndarray:
    """Pass resonances that move, [frames, formants] in Hz every `hop` samples."""
    length, n_fft = 4 * hop, 1 << (12 * hop - 1).bit_length()
    padded = np.pad(excitation, (2 * hop, n_fft))
    frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop][: len(formants)]
    window = 0.25 * (1 - np.cos(2 * np.pi * np.arange(length) / length))  # they add up to 1
    hertz = np.fft.rfftfreq(n_fft, 1 / rate)
    gains = np.ones((len(frames), len(hertz)), complex)
    for number, bandwidth in enumerate(_BANDWIDTHS):
        peak = formants[: len(frames), number, None]
        gains *= peak**2 / (peak**2 - hertz**2 + 1j * bandwidth * hertz)
    loudness = np.linalg.norm(gains / np.maximum(hertz, 150), axis=1, keepdims=True)
    gains /= loudness**_EVENNESS
    sound = np.zeros(len(padded) + n_fft)
    spectra = gains * np.fft.rfft(window * frames, n_fft)
    for number, frame in enumerate(np.fft.irfft(spectra, n_fft)):
        sound[number * hop : number * hop + n_fft] += frame
    return sound[2 * hop : 2 * hop + len(excitation)]


def _hiss(rng: np.random.Generator, consonant: Consonant, rate: int) -> np.ndarray:
    """Make a consonant's noise, [samples]; hums have none."""
    samples = round(consonant.seconds * rate)
    if consonant.band is None:
        return np.zeros(samples)
    place = np.arange(samples) / samples
    if consonant.stops:
        shape = np.where(place < 0.5, 0, np.exp(-(place - 0.5) / 0.15))
    else:
        shape = np.sin(np.pi * place) ** 2
    return consonant.level * shape * _band_noise(rng, samples, consonant.band, rate)


def _band_noise(
    rng: np.random.Generator, samples: int, band: tuple[float, float], rate: int
) -> np.ndarray:
    """Noise of a band in Hz, with soft edges; white noise would have the variance 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / rate)
    low, high = band
    gain = 1 / (1 + (low / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / high) ** 6)
    return np.fft.irfft(spectrum * gain, samples)


def _reverb(
    rng: np.random.Generator, sound: np.ndarray, rate: int, seconds: float, level_db: float
) -> np.ndarray:
    """Let a room answer a sound, [2, samples]; `seconds` is its reverberation time."""
    time = np.arange(round(seconds * rate)) / rate
    echoes = rng.standard_normal((2, len(time))) * 10 ** (-3 * time / seconds) * (time > 0.012)
    echoes *= 10 ** (level_db / 20) / np.sqrt(np.sum(echoes**2, axis=1, keepdims=True))
    return fftconvolve(sound[None], echoes, axes=1)[:, : len(sound)]


def _panned(sound: np.ndarray, place: float) -> np.ndarray:
    """Place a sound between left, -1, and right, 1, at equal power: [2, samples]."""
    angle = np.pi / 4 * (1 + place)
    return np.outer([np.cos(angle), np.sin(angle)], sound)


def add(track: np.ndarray, sound: np.ndarray, start: float, rate: int) -> None:
    """Add a sound at a time in seconds; what is beyond the ends is lost."""
    begin = round(start * rate)
    sound = sound[max(0, -begin) :]
    begin = max(0, begin)
    part = track[begin : begin + len(sound)]
    part += sound[: len(part)]


def _hertz(pitch: np.ndarray | float) -> np.ndarray | float:
    return 440 * 2 ** ((pitch - 69) / 12)
