from dataclasses import dataclass

import numpy as np
import pytest
import soundfile

from tests.conftest import SAMPLES


@dataclass(frozen=True)
class Song:
    """A song of known truth, [2, samples] each; nobody sings for the first `intro` seconds."""

    mix: np.ndarray
    vocals: np.ndarray
    rate: int
    intro: float

    def sdr(self, vocals: np.ndarray) -> float:
        """Signal to distortion in dB of the voice after the intro, without any filter."""
        after = slice(round(self.intro * self.rate), None)
        truth, wrong = self.vocals[:, after], (vocals - self.vocals)[:, after]
        return float(10 * np.log10((truth**2).sum() / (wrong**2).sum()))


@pytest.fixture(scope="session")
def song() -> Song:
    mix, rate = soundfile.read(SAMPLES / "song.wav", dtype="float32")
    vocals, _ = soundfile.read(SAMPLES / "song.vocals.flac", dtype="float32")
    return Song(mix.T, vocals.T, rate, 4.0)
