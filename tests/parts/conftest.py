import numpy as np
import pytest
import soundfile

from tdsep.parts.separate import PartsSeparation, separate_parts
from tests.conftest import SAMPLES


@pytest.fixture(scope="session")
def three_notes() -> tuple[np.ndarray, int, np.ndarray]:
    """The piece [samples], its rate, and each note alone [note, samples]."""
    piece, rate = soundfile.read(SAMPLES / "three_notes.wav")
    notes = [soundfile.read(SAMPLES / f"three_notes.truth{n}.flac")[0] for n in (1, 2, 3)]
    return piece, rate, np.array(notes)


@pytest.fixture(scope="session")
def notes_apart(three_notes) -> PartsSeparation:
    piece, rate, _ = three_notes
    return separate_parts(piece, rate, 3)
