import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tdsep.audio import read_audio
from tests.conftest import SAMPLES, encode_wav

QUICK = ("--plots", "none", "--iterations", "5")


@pytest.fixture
def piece(tdsep) -> Path:
    """The first 3 s of the sample, in the folder the command runs in."""
    samples, rate = soundfile.read(SAMPLES / "three_notes.wav", dtype="float32")
    Path("piece.wav").write_bytes(encode_wav(samples[None, : 3 * rate], rate, "PCM_16"))
    return Path("piece.wav")


def names() -> list[str]:
    return sorted(path.name for path in Path("separated").iterdir())


def test_writes_parts_sheet_and_manifest(tdsep, piece):
    run = tdsep("nmf-parts", piece, "-k", 3, "-v")
    assert run.status == 0, run.err
    assert run.out == ""
    assert "piece.wav: 3 parts (C4, E4, G4) -> piece.part1.wav, " in run.err
    assert "learned from 3 s" in run.err
    assert "the parts add up to the mixture exactly" in run.err
    assert names() == [
        "piece.nmf-parts.json", "piece.nmf-parts.png",
        "piece.part1.wav", "piece.part2.wav", "piece.part3.wav",
    ]  # fmt: skip
    sound, info = read_audio(piece)
    parts = [read_audio(f"separated/piece.part{number}.wav") for number in (1, 2, 3)]
    assert all(part_info == info for _, part_info in parts)
    np.testing.assert_array_equal(sum(part for part, _ in parts), sound)


def test_the_manifest(tdsep, piece):
    run = tdsep("nmf-parts", piece, "-k", 2, "--seed", 4, "--json", "-q", *QUICK)
    assert run.err == ""
    printed = json.loads(run.out)
    assert printed == json.loads(Path("separated/piece.nmf-parts.json").read_text())
    assert (printed["command"], printed["seed"], printed["residual_db"]) == ("nmf-parts", 4, None)
    found = printed["separation"]
    assert (found["chosen_by"], len(found["parts"])) == ("user", 2)
    assert sum(part["share"] for part in found["parts"]) == pytest.approx(1)
    assert len(found["distances"]) == 1
    assert np.all(np.diff(found["divergence"]) <= 0)


def test_the_number_is_found(tdsep, piece):
    run = tdsep("nmf-parts", piece, "--json", *QUICK)
    assert run.status == 0, run.err
    found = json.loads(run.out)["separation"]
    assert found["chosen_by"] == "recording"
    assert len(found["parts"]) == len(list(Path("separated").glob("*.wav")))


def test_each_figure_as_a_file_of_its_own(tdsep, piece):
    run = tdsep("nmf-parts", piece, "-k", 6, "--width", 3, "--iterations", 3, "--plots", "figures")
    assert run.status == 0, run.err
    assert len(list(Path("figures").iterdir())) == 4


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "PCM_U8"])
def test_format_and_channels_are_kept(tdsep, piece, subtype):
    samples, info = read_audio(piece)
    Path("other.wav").write_bytes(encode_wav(np.vstack([samples, -samples]), info.rate, subtype))
    run = tdsep("nmf-parts", "other.wav", "-k", 2, *QUICK)
    assert run.status == 0, run.err
    _, written = read_audio("separated/other.part2.wav")
    assert (written.subtype, written.channels, written.frames) == (subtype, 2, info.frames)


def test_fewer_parts_clear_away_what_was_more(tdsep, piece):
    assert tdsep("nmf-parts", piece, "-k", 4, *QUICK).status == 0
    again = tdsep("nmf-parts", piece, "-k", 2, *QUICK)
    assert again.status == 1
    assert "exists already" in again.err
    assert tdsep("nmf-parts", piece, "-k", 2, "--overwrite", *QUICK).status == 0
    assert names() == ["piece.nmf-parts.json", "piece.part1.wav", "piece.part2.wav"]
    skipped = tdsep("nmf-parts", piece, "-k", 2, "--skip-existing", *QUICK)
    assert (skipped.status, "skipped" in skipped.err) == (0, True)


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("-k", "0"), 2, "give 1 to 64"),
        (("-k", "many"), 2, "give 1 to 64, or auto"),
        (("--width", "0"), 2, "not in the range"),
        (("-k", "2", "--width", "9999"), 2, "piece.wav: --width is 9999"),
        (("--divergence", "cosine"), 2, "'cosine' is no divergence"),
        (("--n-fft", "1023"), 2, "even number"),
        (("--start", "2.8"), 4, "0.200 s long"),
        (("--start", "9"), 2, "not before the file's end"),
    ],
)
def test_bad_wishes_get_one_line_and_leave_nothing(tdsep, piece, options, status, words):
    run = tdsep("nmf-parts", piece, *options)
    assert run.status == status
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


def test_a_silent_sound_gets_one_line(tdsep, piece):
    Path("silent.wav").write_bytes(encode_wav(np.zeros((1, 16000)), 16000, "PCM_16"))
    run = tdsep("nmf-parts", "silent.wav", *QUICK)
    assert run.status == 4
    assert run.err == "tdsep: silent.wav: is silent: check the recording\n"
