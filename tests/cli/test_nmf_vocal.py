import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tdsep.audio import read_audio
from tests.conftest import SAMPLES, encode_wav

QUICK = ("--plots", "none", "--method", "nmf", "--iterations", "5")


@pytest.fixture
def song_file(tdsep) -> Path:
    """The first 8 s of the sample, in the folder the command runs in."""
    samples, rate = soundfile.read(SAMPLES / "song.wav", dtype="float32")
    Path("song.wav").write_bytes(encode_wav(samples[: 8 * rate].T, rate, "PCM_16"))
    return Path("song.wav")


def names() -> list[str]:
    return sorted(path.name for path in Path("separated").iterdir())


def test_writes_both_parts_the_sheet_and_the_manifest(tdsep, song_file):
    run = tdsep("nmf-vocal", song_file, "--intro", "4s", "--iterations", "6", "-v")
    assert run.status == 0, run.err
    assert run.out == ""
    assert "song.wav: background learned at 0.00-4.00 s -> song.vocals.wav" in run.err
    assert "the parts add up to the mixture exactly" in run.err
    assert names() == [
        "song.accompaniment.wav", "song.nmf-vocal.json", "song.nmf-vocal.png", "song.vocals.wav"
    ]  # fmt: skip
    song, info = read_audio(song_file)
    vocals, vocals_info = read_audio("separated/song.vocals.wav")
    accompaniment, accompaniment_info = read_audio("separated/song.accompaniment.wav")
    assert vocals_info == accompaniment_info == info
    np.testing.assert_array_equal(vocals + accompaniment, song)
    assert np.abs(vocals).max() > 0.01


def test_the_manifest(tdsep, song_file):
    run = tdsep("nmf-vocal", song_file, "--intro", "0-2s,2.5-4", "--json", "-q", "--seed", 3,
                "-k", 12, "--vocal-bases", 7, "--high-pass", 100, *QUICK)  # fmt: skip
    assert run.err == ""
    printed = json.loads(run.out)
    assert printed == json.loads(Path("separated/song.nmf-vocal.json").read_text())
    assert printed["command"] == "nmf-vocal"
    assert printed["seed"] == 3
    assert printed["options"]["intro"] == [[0.0, 2.0], [2.5, 4.0]]
    assert printed["output"] == {
        "rate": 16000, "channels": 2, "frames": 128000, "subtype": "PCM_16",
        "container": "WAV",
    }  # fmt: skip
    found = printed["separation"]
    assert found["method"] == "nmf"
    assert found["background_passages"] == [[0.0, 2.0], [2.5, 4.0]]
    assert found["background_bases"] == 12
    assert found["voice_bases"] == 7
    assert 0 < found["voice_share"] < 1
    assert len(found["background_divergence"]) == 6
    assert np.all(np.diff(found["divergence"]) <= 0)
    assert printed["residual_db"] is None


@pytest.mark.parametrize("part", ["vocals", "accompaniment"])
def test_one_part_only(tdsep, song_file, part):
    assert tdsep("nmf-vocal", song_file, "--intro", "4s", "--only", part, *QUICK).status == 0
    assert names() == sorted(["song.nmf-vocal.json", f"song.{part}.wav"])


def test_remove_has_names_of_its_own(tdsep, song_file):
    run = tdsep("nmf-remove", song_file, "--background", "0-4s", "--iterations", "5")
    assert run.status == 0, run.err
    assert names() == [
        "song.background.wav", "song.foreground.wav", "song.nmf-remove.json", "song.nmf-remove.png"
    ]  # fmt: skip
    total = sum(
        read_audio(f"separated/song.{part}.wav")[0] for part in ("background", "foreground")
    )
    np.testing.assert_array_equal(total, read_audio(song_file)[0])


def test_remove_asks_where_the_background_is_alone(tdsep, song_file):
    run = tdsep("nmf-remove", song_file)
    assert run.status == 2
    assert "--background" in run.err


def test_times_are_those_of_the_file(tdsep, song_file):
    run = tdsep("nmf-vocal", song_file, "--start", "1s", "--end", "7s", "--intro", "1-4s",
                "--json", *QUICK)  # fmt: skip
    assert run.status == 0, run.err
    found = json.loads(run.out)
    assert found["separation"]["background_passages"] == [[1.0, 4.0]]
    assert found["output"]["frames"] == 96000


def test_each_figure_as_a_file_of_its_own(tdsep, song_file):
    run = tdsep("nmf-vocal", song_file, "--intro", "4s", "--plots", "figures", "--method", "cnmf",
                "--width", 3, "--iterations", 3)  # fmt: skip
    assert run.status == 0, run.err
    assert len(list(Path("figures").iterdir())) == 10


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "PCM_U8"])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_format_and_channels_are_kept(tdsep, song_file, subtype, n_channels):
    samples, info = read_audio(song_file)
    samples = np.vstack([samples, samples[:1]])[:n_channels]
    Path("other.wav").write_bytes(encode_wav(samples, info.rate, subtype))
    run = tdsep("nmf-vocal", "other.wav", "--intro", "4s", *QUICK)
    assert run.status == 0, run.err
    _, written = read_audio("separated/other.vocals.wav")
    assert (written.subtype, written.channels, written.frames) == (subtype, n_channels, info.frames)


def test_nothing_is_overwritten_unasked(tdsep, song_file):
    assert tdsep("nmf-vocal", song_file, "--intro", "4s", *QUICK).status == 0
    before = Path("separated/song.vocals.wav").read_bytes()
    again = tdsep("nmf-vocal", song_file, "--intro", "3s", *QUICK)
    assert again.status == 1
    assert "exists already" in again.err
    skipped = tdsep("nmf-vocal", song_file, "--intro", "4s", "--skip-existing", *QUICK)
    assert (skipped.status, "skipped" in skipped.err) == (0, True)
    other = tdsep("nmf-vocal", song_file, "--intro", "3s", "--skip-existing", *QUICK)
    assert "other options" in other.err
    assert Path("separated/song.vocals.wav").read_bytes() == before
    assert tdsep("nmf-vocal", song_file, "--intro", "3s", "--overwrite", *QUICK).status == 0
    assert Path("separated/song.vocals.wav").read_bytes() != before


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--intro", "10 parsecs"), 2, "'10 parsecs' names no passages"),
        (("--intro", ""), 2, "names no passages"),
        (("--intro", "0-4s,5s"), 2, "names no passages"),
        (("--intro", "5-3s"), 2, "a start before its end"),
        (("--intro", "0s"), 2, "a start before its end"),
        (("--intro", "20s"), 2, "song.wav: the background's passage from 0 to 20 s is not within"),
        (("--intro", "0-3,2-4"), 2, "overlap"),
        (("--intro", "0-8s"), 2, "leave less than"),
        (("--start", "2", "--intro", "4s"), 2, "0 to 4 s is not within"),
        (("--intro", "4s", "--high-pass", "8000"), 2, "where nothing is left"),
        (("--intro", "0.1s"), 2, "too short"),
        (("--intro", "4s", "-k", "0"), 2, "0 is not in the range"),
        (("--intro", "4s", "--method", "magic"), 2, "'magic' is not one of"),
        (("--intro", "4s", "--divergence", "cosine"), 2, "'cosine' is no divergence"),
        (("--intro", "4s", "--divergence", "7"), 2, "beta from -1 to 2.5"),
        (("--intro", "4s", "--divergence", "0.5"), 2, "has a --divergence of its own"),
        (("--intro", "4s", "--width", "3"), 2, "only --method cnmf has a --width"),
        (("--intro", "4s", "--high-pass", "-3"), 2, "not in the range"),
    ],
)
def test_bad_wishes_get_one_line_and_leave_nothing(tdsep, song_file, options, status, words):
    run = tdsep("nmf-vocal", song_file, *options)
    assert run.status == status
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


def test_bad_songs_get_one_line(tdsep, song_file):
    samples, info = read_audio(song_file)
    hushed = samples.copy()
    hushed[:, : 4 * info.rate] = 0
    for name, sound, words in (
        ("silent", np.zeros_like(samples), "silent.wav: is silent"),
        ("hushed", hushed, "hushed.wav: is silent where its background is to be learned"),
    ):
        Path(f"{name}.wav").write_bytes(encode_wav(sound, info.rate, "PCM_16"))
        run = tdsep("nmf-vocal", f"{name}.wav", "--intro", "2s", *QUICK)
        assert run.status == 4
        assert words in run.err
        assert len(run.err.splitlines()) == 1


def test_a_song_too_short_to_look_for_an_intro(tdsep, song_file):
    samples, info = read_audio(song_file)
    for length, words in ((8000, "short.wav: is 0.500 s long"), (24000, "no passage was found")):
        Path("short.wav").write_bytes(encode_wav(samples[:, :length], info.rate, "PCM_16"))
        run = tdsep("nmf-vocal", "short.wav", *QUICK)
        assert run.status == 4
        assert words in run.err


def test_too_many_bases_are_a_warning(tdsep, song_file):
    run = tdsep("nmf-vocal", song_file, "--intro", "1s", "-k", 200, *QUICK)
    assert run.status == 0
    assert "warning: 200 bases are more than" in run.err


def test_digital_silence_within_the_song(tdsep, song_file):
    samples, info = read_audio(song_file)
    samples[:, 2 * info.rate : 3 * info.rate] = 0
    samples[:, 6 * info.rate : 7 * info.rate] = 0
    Path("gap.wav").write_bytes(encode_wav(samples, info.rate, "FLOAT"))
    run = tdsep("nmf-vocal", "gap.wav", "--intro", "4s", *QUICK)
    assert run.status == 0, run.err
    assert np.isfinite(read_audio("separated/gap.vocals.wav")[0]).all()


def test_a_result_cannot_take_a_folders_place(tdsep, song_file):
    Path("separated/song.vocals.wav").mkdir(parents=True)
    run = tdsep("nmf-vocal", song_file, "--intro", "4s", "--overwrite", *QUICK)
    assert run.status == 1
    assert "is a folder" in run.err
    assert names() == ["song.vocals.wav"]
