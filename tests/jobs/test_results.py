"""Parts as the jobs write them: of the recording's rate, length and format, and all of it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tdsep.audio import open_sound
from tdsep.errors import ParameterError
from tdsep.formats import FORMATS, LOSSY
from tdsep.jobs.places import Places
from tdsep.jobs.results import SoundOptions, write_sounds
from tdsep.outputs import OutputNames

LOSSLESS = [
    (form, subtype) for form, kind in FORMATS.items() for subtype in kind.subtypes
    if subtype not in LOSSY
]  # fmt: skip
#: The most that two parts' sum is beside the mixture, of full scale (mu-law and A-law: half of
#: their coarsest step, of the mixture and of each part).
STEP = {"PCM_U8": 2**-7, "PCM_S8": 2**-7, "PCM_16": 2**-15, "PCM_24": 2**-23, "PCM_32": 2**-23,
        "FLOAT": 2**-23, "DOUBLE": 2**-23, "ULAW": 0.05, "ALAW": 0.05}  # fmt: skip


def sound_file(folder: Path, form: str, subtype: str, rate: int, samples: np.ndarray) -> Path:
    path = folder / f"in.{form}"
    soundfile.write(path, samples.T, rate, subtype, format=form.upper())
    return path


def write(path: Path, shares: np.ndarray, pieces: int = 1, **wanted: str) -> dict:
    """Write the parts that are so much of a sound each; return what the manifest tells."""
    names = [f"part{number}" for number in range(len(shares))]
    options = SoundOptions(format=wanted.pop("format", path.suffix[1:]), **wanted)
    places = Places("a-command", "a", OutputNames(path.parent / "out"), (), (), sheet=False)
    with open_sound(path) as sound:
        form = options.form(path, sound)

        def blocks():
            for samples in np.array_split(sound[..., :], min(pieces, sound.shape[1]), axis=1):
                yield shares[:, None, None] * samples

        with places.gather(path) as results:
            entries = write_sounds(results, names, path, sound, form, blocks)
            return results.finish({"command": "a-command", **entries, "warnings": []}, {})


def parts_of(path: Path, document: dict) -> list[np.ndarray]:
    """Read the parts; each has the rate, length and format that the manifest tells."""
    found, told = [], document["output"]
    for name in document["files"][:-1]:
        with soundfile.SoundFile(path.parent / "out" / name) as file:
            assert (file.samplerate, file.channels, file.frames, file.subtype, file.format) == (
                told["rate"], told["channels"], told["frames"], told["subtype"], told["container"]
            )  # fmt: skip
            found.append(file.read(always_2d=True).T)
    return found


@pytest.mark.parametrize(("form", "subtype"), LOSSLESS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    rate=st.sampled_from([8000, 11025, 22050, 44100, 48000, 96000, 192000]),
    n_channels=st.integers(1, 8),
    frames=st.sampled_from([1, 2, 3, 255, 4097]) | st.integers(1, 3000),
    level=st.sampled_from([1e-3, 0.4, 1.0]),
    shares=st.lists(st.floats(-0.5, 1.5), min_size=0, max_size=3),
    pieces=st.integers(1, 5),
)
def test_the_parts_are_of_the_recordings_format_and_add_up(
    form, subtype, rate, n_channels, frames, level, shares, pieces
):
    rng = np.random.default_rng(frames)
    shares = np.array([*shares, 1 - sum(shares)])
    with tempfile.TemporaryDirectory() as place:
        path = sound_file(Path(place), form, subtype, rate,
                          level * rng.uniform(-1, 1, (n_channels, frames)))  # fmt: skip
        document = write(path, shares, pieces)
        parts = parts_of(path, document)
        mixture, _ = soundfile.read(path, always_2d=True, dtype="float64")
        mixture = mixture.T
        told, gain = document["output"], document["gain"]
        assert (told["rate"], told["channels"], told["frames"], told["subtype"]) == (
            rate, n_channels, frames, subtype
        )  # fmt: skip
        loudest = np.abs(shares).max() * np.abs(mixture).max()
        if subtype in ("FLOAT", "DOUBLE") or loudest < 0.97:
            assert gain == 1
        else:  # one for all, and no more than needed: the loudest is as loud as it may be
            assert gain * loudest == pytest.approx(1, abs=0.04)
        slack = STEP[subtype] * (1 + len(parts) * (subtype not in ("PCM_16", "PCM_24")))
        np.testing.assert_allclose(
            np.sum(parts, axis=0), gain * mixture, rtol=0, atol=slack * max(1, loudest)
        )
        for part, share in zip(parts, shares, strict=True):
            np.testing.assert_allclose(
                part, gain * share * mixture, rtol=0, atol=2 * STEP[subtype] * max(1, loudest)
            )


@pytest.mark.parametrize(("form", "subtype"), [("wav", "PCM_24"), ("flac", "PCM_16")])
def test_a_million_samples_and_one(tmp_path, rng, form, subtype):
    samples = rng.uniform(-0.5, 0.5, (2, 1_000_001))
    path = sound_file(tmp_path, form, subtype, 192000, samples)
    document = write(path, np.array([0.3, 0.7]), pieces=7)
    assert document["residual_db"] is None  # exactly
    assert document["gain"] == 1
    assert document["output"]["frames"] == 1_000_001
    mixture, _ = soundfile.read(path, always_2d=True)
    np.testing.assert_array_equal(sum(parts_of(path, document)), mixture.T)


@pytest.mark.parametrize(
    ("form", "subtype"),
    [(form, subtype) for form, kind in FORMATS.items() for subtype in kind.subtypes
     if subtype in LOSSY],
)  # fmt: skip
@pytest.mark.parametrize("frames", [1, 1153, 20001])
def test_lossy_formats_keep_rate_length_and_channels(tmp_path, form, subtype, frames):
    """Of the same recording in a lossless format, which is what is separated mostly."""
    samples = 0.4 * np.sin(np.arange(frames) / 9 + [[0], [1]])
    path = sound_file(tmp_path, "wav", "PCM_16", 48000, samples)
    document = write(path, np.array([0.5, 0.5]), format=form, subtype=subtype.lower())
    total = sum(parts_of(path, document))
    assert total.shape == samples.shape
    assert document["output"]["subtype"] == subtype
    if frames > 2000:
        assert document["residual_db"] < -15


@pytest.mark.parametrize(("form", "n_channels"), [("flac", 9), ("mp3", 3)])
def test_what_a_format_cannot_hold_is_refused(tmp_path, form, n_channels):
    path = sound_file(tmp_path, "wav", "PCM_16", 48000, np.zeros((n_channels, 9)))
    with pytest.raises(ParameterError, match=r"in\.wav: .*channels.*--format"):
        write(path, np.ones(1), format=form)
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]
