"""Kinds of sound files in and out, through the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tdsep.audio import read_audio
from tests.conftest import SAMPLES
from tests.containers import encode_container

QUICK = ("--intro", "4s", "--plots", "none", "--method", "nmf", "--iterations", "3")
TAGS = {"title": "Lied 絆", "artist": "Ä", "date": "2001"}


@pytest.fixture
def song(tdsep) -> np.ndarray:
    """The first 6 s of the sample; the command runs in an empty folder."""
    samples, rate = soundfile.read(SAMPLES / "song.wav", dtype="float32")
    return samples[: 6 * rate]


@pytest.fixture
def song_file(song) -> Path:
    with soundfile.SoundFile("song.flac", "w", 16000, 2) as file:
        for name, text in TAGS.items():
            setattr(file, name, text)
        file.write(song)
    return Path("song.flac")


def names() -> list[str]:
    return sorted(path.name for path in Path("separated").iterdir())


def manifest() -> dict:
    return json.loads(Path("separated/song.nmf-vocal.json").read_text())


@pytest.mark.parametrize(
    ("options", "ending", "container", "subtype"),
    [
        ((), "wav", "WAV", "PCM_16"),
        (("--subtype", "FLOAT"), "wav", "WAV", "FLOAT"),
        (("--format", "flac"), "flac", "FLAC", "PCM_16"),
        (("--format", "FLAC", "--subtype", "pcm_24"), "flac", "FLAC", "PCM_24"),
        (("--subtype", "opus", "--format", "ogg"), "ogg", "OGG", "OPUS"),
        (("--format", "ogg"), "ogg", "OGG", "VORBIS"),
        (("--format", "mp3"), "mp3", "MP3", "MPEG_LAYER_III"),
    ],
)
def test_formats_of_the_results(tdsep, song, song_file, options, ending, container, subtype):
    run = tdsep("nmf-vocal", song_file, *QUICK, *options)
    assert run.status == 0, run.err
    assert names() == [f"song.accompaniment.{ending}", "song.nmf-vocal.json",
                       f"song.vocals.{ending}"]  # fmt: skip
    total = np.zeros(song.T.shape)
    for part in ("vocals", "accompaniment"):
        samples, info = read_audio(f"separated/song.{part}.{ending}")
        assert info.subtype == subtype
        assert info.tags == {**TAGS, "title": f"Lied 絆 ({part})"}
        total += samples
    told = manifest()
    assert told["output"]["container"] == container
    assert told["output"]["subtype"] == subtype
    wrong = np.sum((total - told["gain"] * song.T) ** 2) / np.sum(song**2)
    if told["residual_db"] is None:
        assert wrong == 0
    else:
        np.testing.assert_allclose(10 * np.log10(wrong), told["residual_db"], atol=0.1)
        assert told["residual_db"] < (-15 if subtype in ("OPUS", "VORBIS") else -20)


def test_the_other_commands_have_them_too(tdsep, mix):
    for command, kind in (("gmm-separate", "gmm"), ("nmf-parts", "nmf-parts")):
        run = tdsep(command, mix, "--format", "ogg", "--plots", "none", "--json", "-q",
                    *(("-k", "2") if kind == "nmf-parts" else ("-n", "2")))  # fmt: skip
        assert run.status == 0, run.err
        files = json.loads(run.out)["files"]
        assert [name.endswith(".ogg") for name in files] == [True, True, False]
    run = tdsep("nmf-remove", mix, "--background", "1s", "--format", "mp3", "--plots", "none")
    assert run.status == 0, run.err
    assert {"mix.foreground.mp3", "mix.background.mp3"} < set(names())


def test_tags_are_left_out_if_wanted(tdsep, song_file):
    assert tdsep("nmf-vocal", song_file, *QUICK, "--no-tags").status == 0
    assert read_audio("separated/song.vocals.wav")[1].tags == {}


def test_results_of_another_format_are_earlier_results(tdsep, song_file):
    assert tdsep("nmf-vocal", song_file, *QUICK).status == 0
    assert "exists already" in tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac").err
    kept = tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac", "--skip-existing")
    assert (kept.status, "other options" in kept.err) == (1, True)
    assert "song.vocals.wav" in names()
    replaced = tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac", "--overwrite")
    assert replaced.status == 0
    assert names() == ["song.accompaniment.flac", "song.nmf-vocal.json", "song.vocals.flac"]
    skipped = tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac", "--skip-existing")
    assert "skipped" in skipped.err
    Path("separated/song.vocals.flac").write_bytes(b"")
    redone = tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac", "--skip-existing")
    assert (redone.status, "skipped" in redone.err) == (0, False)


def test_a_file_of_another_format_that_no_manifest_lists_stays(tdsep, song_file):
    Path("separated").mkdir()
    Path("separated/song.vocals.wav").write_bytes(b"mine")
    assert tdsep("nmf-vocal", song_file, *QUICK, "--format", "flac").status == 0
    again = tdsep("nmf-vocal", song_file, *QUICK, "--format", "mp3", "--overwrite")
    assert again.status == 0
    assert names() == ["song.accompaniment.mp3", "song.nmf-vocal.json", "song.vocals.mp3",
                       "song.vocals.wav"]  # fmt: skip
    assert Path("separated/song.vocals.wav").read_bytes() == b"mine"


def test_an_earlier_result_that_is_an_input_now_is_not_removed(tdsep, song_file):
    assert tdsep("nmf-vocal", song_file, *QUICK).status == 0
    run = tdsep("nmf-vocal", song_file, "separated/song.vocals.wav", *QUICK, "--format", "flac",
                "--overwrite")  # fmt: skip
    assert (run.status, "is an input" in run.err) == (2, True)
    assert Path("separated/song.vocals.wav").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "mp3", "--subtype", "pcm_16"), "mp3 has no pcm_16: choose from mpeg_layer"),
        (("--subtype", "vorbis"), "wav has no vorbis: choose from pcm_16, pcm_24"),
        (("--subtype", "float", "--format", "flac"), "choose from pcm_16, pcm_24, pcm_s8"),
        (("--format", "aac"), "'aac' is not one of"),
        (("--subtype", "pcm"), "'pcm' is not one of"),
    ],
)
def test_combinations_that_cannot_be_are_wrong_use(tdsep, song_file, options, words):
    run = tdsep("nmf-vocal", song_file, *options)
    assert run.status == 2
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


@pytest.mark.parametrize(
    ("rate", "channels", "options", "words"),
    [
        (96000, 2, ("--format", "mp3"), "sound.wav: mp3 holds 8000, 11025"),
        (16000, 3, ("--format", "mp3"), "sound.wav: mp3 holds up to 2 channels, not 3"),
        (44100, 2, ("--format", "ogg", "--subtype", "opus"), "sound.wav: opus holds 8000"),
        (16000, 9, ("--format", "flac"), "sound.wav: flac holds up to 8 channels, not 9"),
        (192000 * 2, 1, ("--format", "ogg"), "sound.wav: vorbis holds up to 200000 Hz"),
    ],
)
def test_what_a_format_cannot_hold_is_told_before_any_work(tdsep, rate, channels, options, words):
    soundfile.write("sound.wav", np.zeros((rate, channels)), rate)  # silent: else that is told
    for command in ("nmf-vocal", "nmf-parts"):
        run = tdsep(command, "sound.wav", *options)
        assert run.status == 2
        assert words in run.err
        assert len(run.err.splitlines()) == 1


def test_a_song_in_a_video(tdsep, song):
    pytest.importorskip("av")
    encode_container(Path("song.mp4"), [song.T], 16000, "aac", "mpeg4", tags=TAGS)
    run = tdsep("nmf-vocal", "song.mp4", *QUICK, "-v")
    assert run.status == 0, run.err
    assert "add up to the mixture exactly" not in run.err  # 16 bit of floats
    vocals, info = read_audio("separated/song.vocals.wav")
    assert vocals.shape == song.T.shape
    assert (info.subtype, info.tags["title"]) == ("PCM_16", "Lied 絆 (vocals)")
    assert manifest()["input"]["subtype"] == "AAC"
    assert manifest()["residual_db"] < -60
    assert "skipped" in tdsep("nmf-vocal", "song.mp4", *QUICK, "--skip-existing").err


def test_what_was_odd_in_a_video_is_a_warning(tdsep, song):
    pytest.importorskip("av")
    encode_container(Path("song.m4a"), [song.T, song.T], 16000, "alac")
    run = tdsep("nmf-vocal", "song.m4a", *QUICK)
    assert run.status == 0, run.err
    assert "warning: there are 2 sound tracks: number 1 is taken" in run.err
