import numpy as np
import pytest

from tdsep.parts.pitch import note, pitch


def tone(hertz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    partials = range(1, max(2, min(9, int(0.45 * rate / hertz))))
    return sum(np.sin(2 * np.pi * k * hertz * time) / k for k in partials) * np.exp(-2 * time)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("hertz", [41.2, 110.0, 261.6, 987.8])
def test_tones(rate, hertz):
    assert pitch(tone(hertz, rate), rate) == pytest.approx(hertz, rel=0.015)


def test_silence_before_and_after_does_not_matter():
    sound = np.pad(tone(220, 16000), 20000)
    assert pitch(sound, 16000) == pytest.approx(220, rel=0.015)


def test_what_has_no_pitch(rng):
    assert pitch(rng.standard_normal(16000), 16000) is None
    assert pitch(np.zeros(16000), 16000) is None
    assert pitch(tone(220, 16000, 0.01), 16000) is None


def test_a_chord_has_no_pitch():
    chord = sum(tone(hertz, 16000) for hertz in (264.0, 330.0, 396.0))
    assert pitch(chord, 16000) is None


def test_notes():
    assert [note(hertz) for hertz in (440.0, 261.6, 277.2, None)] == ["A4", "C4", "C#4", None]
