"""The pitch of a part, where it has one (through librosa)."""

from __future__ import annotations

import numpy as np

#: Range of the pitches looked for, in Hz: those of a piano but its highest octave.
_LOWEST, _HIGHEST = 27.5, 2093.0
#: What is listened to, in seconds, from where the part is loudest.
_LISTENED = 0.5
#: Steps in a second in which it is looked for where that is; it is loudest for a twentieth of it.
_STEPS = 100
#: Share of the frames listened to that must have a pitch.
_MOSTLY = 0.5
#: Level of the fundamental beside the strongest partial, at least (as a ratio of powers): a chord
#: has a common period, too, but nothing sounds there.
_HEARD = 0.01
#: In semitones: within this of their median the pitches are one.
_STEADY = 0.5


def pitch(sound: np.ndarray, rate: int) -> float | None:
    """Find the pitch of a sound where it is loudest.

    Parameters
    ----------
    sound : ndarray [samples]
    rate : int
        Sampling rate in Hz.

    Returns
    -------
    float or None
        In Hz; None for noise, for silence, and for what glides.

    References
    ----------
    M. Mauch, S. Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
    distributions", ICASSP 2014.
    """
    import librosa  # takes a second to load

    length = round(_LISTENED * rate)
    step = max(1, rate // _STEPS)
    steps = sound[: sound.size // step * step].reshape(-1, step)
    energy = np.einsum("ij,ij->i", steps, steps, dtype=np.float64)
    first = step * int(np.convolve(energy, np.ones(_STEPS // 20), "valid").argmax())
    listened = sound[first : first + length]
    highest = min(_HIGHEST, rate / 4)
    frame_length = 2 ** int(np.ceil(np.log2(2.5 * rate / _LOWEST)))
    if not listened.any() or len(listened) < frame_length // 4:
        return None
    found, voiced, _ = librosa.pyin(
        np.asarray(listened / np.abs(listened).max(), np.float32),
        fmin=_LOWEST, fmax=highest, sr=rate, frame_length=frame_length,
        hop_length=max(1, length // 40),
    )  # fmt: skip
    if voiced.mean() < _MOSTLY:
        return None
    pitches = found[voiced]
    middle = float(np.median(pitches))
    steady = np.abs(12 * np.log2(pitches / middle)) < _STEADY
    return middle if steady.mean() > _MOSTLY and _is_heard(listened, rate, middle) else None


def _is_heard(sound: np.ndarray, rate: int, pitch: float) -> bool:
    """Whether there is sound at the fundamental."""
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 4 * sound.size)) ** 2
    hertz = np.fft.rfftfreq(4 * sound.size, 1 / rate)
    near = np.abs(12 * np.log2(np.maximum(hertz, 1e-3) / pitch)) < 1
    return bool(power[near].max(initial=0) >= _HEARD * power.max())


def note(pitch: float | None) -> str | None:
    """Name the note nearest to a pitch in Hz: ``"C4"``; None for None."""
    if pitch is None:
        return None
    import librosa  # takes a second to load

    return str(librosa.hz_to_note(pitch, unicode=False))
