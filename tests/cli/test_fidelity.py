"""From end to end: results have the recording's rate, length and format, and are all of it.

The breadth of formats is in `tests/jobs/test_results.py`.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.commands import COMMANDS
from tests.conftest import dead_room_mixture


@pytest.mark.parametrize(
    ("command", "form", "subtype", "rate", "places", "frames", "level"),
    [
        ("gmm-separate", "wav", "PCM_24", 192000, (0, 1), 192001, 0.9),
        ("gmm-separate", "flac", "PCM_16", 8000, (0, 1), 12001, 0.9),
        ("gmm-separate", "wav", "DOUBLE", 44100, (0, 1), 44099, 3.0),
        ("nmf-vocal", "flac", "PCM_24", 44100, (0, 1, 2, 3, 4, 5, 6, 7), 66151, 0.9),
        ("nmf-vocal", "wav", "PCM_U8", 11025, (0,), 22051, 0.9),
        ("nmf-remove", "wav", "FLOAT", 8000, (0, 1, 2), 12345, 3.0),
        ("nmf-remove", "wav", "ALAW", 16000, (0, 1), 24001, 0.9),
        ("nmf-parts", "wav", "ULAW", 22050, (0, 1, 2, 3, 4), 33077, 0.9),
        ("nmf-parts", "flac", "PCM_S8", 96000, (0,), 96001, 0.9),
        ("nmf-parts", "wav", "PCM_32", 48000, (0, 1), 48001, 20.0),
    ],
)
def test_results_are_of_the_recordings_kind(
    tdsep, rng, command, form, subtype, rate, places, frames, level
):
    mixture, _ = dead_room_mixture(rng, [-8e-5, 9e-5], (frames + 0.4) / rate, rate, places)
    if not subtype.startswith(("FLOAT", "DOUBLE")):
        mixture = np.clip(level * mixture / np.abs(mixture).max(), -1, 1 - 2.0**-7)
    soundfile.write(f"in.{form}", mixture.T, rate, subtype)
    run = tdsep(command, *COMMANDS[command][1], "--format", form, "--json", "-q", f"in.{form}")
    assert run.status == 0, run.err
    document = json.loads(run.out)
    total, peak = 0.0, 0.0
    for name in document["files"]:
        if name.endswith(form):
            with soundfile.SoundFile(Path("separated", name)) as file:
                assert (file.samplerate, file.channels, file.frames, file.subtype) == (
                    rate, len(places), frames, subtype
                )  # fmt: skip
                part = file.read(always_2d=True)
            total, peak = total + part, max(peak, np.abs(part).max())
    wanted = document["gain"] * soundfile.read(f"in.{form}", always_2d=True)[0]
    step = {"PCM_16": 2**-15, "PCM_U8": 2**-7, "PCM_S8": 2**-7, "ULAW": 0.1, "ALAW": 0.1}
    np.testing.assert_allclose(total, wanted, rtol=0, atol=step.get(subtype, 2**-20))
    if document["gain"] != 1:  # as loud as may be, then
        assert peak == pytest.approx(1, abs=0.02)
        assert not subtype.startswith(("FLOAT", "DOUBLE"))
