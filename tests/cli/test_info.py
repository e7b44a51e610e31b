import json
import os
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import SAMPLES, dead_room_mixture, encode_wav

RATE = 16000


def write(name, sound, subtype="PCM_16", rate=RATE):
    Path(name).write_bytes(encode_wav(np.atleast_2d(sound), rate, subtype))
    return name


def unwrapped(text):
    return " ".join(text.split())


def command_for(text, command):
    """The line to copy for a command, as a shell splits it."""
    (line,) = [line for line in text.splitlines() if line.strip().startswith(f"tdsep {command}")]
    return shlex.split(line)[1:]


def test_tells_on_stdout_and_writes_nothing(tdsep, mix):
    run = tdsep("info", mix)
    assert (run.status, run.err) == (0, "")
    assert "16000 Hz, 2 channels, 2.000 s, PCM_16" in run.out
    assert "2 talkers, channel 2 behind 1 by -0.080, +0.090 ms" in run.out
    assert "the microphones are 3.1 cm or more apart" in unwrapped(run.out)  # 343 m/s times 0.09 ms
    assert "no phase is ambiguous up to 2.1 cm" in unwrapped(run.out)
    assert "gmm-separate  suits, for 2 talkers" in run.out
    assert [path.name for path in Path().iterdir()] == ["mix.wav"]


def test_one_screen(tdsep):
    for name in ("two_talkers", "song", "three_notes", "drums"):
        run = tdsep("info", SAMPLES / f"{name}.wav")
        assert len(run.out.splitlines()) <= 30
        cut = [line for line in run.out.splitlines() if "tdsep " not in line]
        assert max(map(len, cut[1:])) <= 100


@pytest.mark.parametrize("name", ["a b.wav", "it's.wav", "-o.wav", "ü€.wav", "$(x).wav"])
def test_the_line_to_copy_runs(tdsep, mixture_bytes, name):
    Path(name).write_bytes(mixture_bytes)
    run = tdsep("info", "--", name)
    assert run.status == 0, run.err
    assert tdsep(*command_for(run.out, "gmm-separate"), "--plots", "none").status == 0
    assert (Path("separated") / f"{Path(name).stem}.talker2.wav").is_file()


def test_a_name_that_no_terminal_shows_is_written_as_a_shell_reads_it(tdsep, mixture_bytes):
    name = "a\n\x1b[1m'\\é.wav"
    Path(name).write_bytes(mixture_bytes)
    run = tdsep("info", name)
    (line,) = [line for line in run.out.splitlines() if "tdsep gmm-separate" in line]
    assert "\x1b" not in run.out
    if shutil.which("bash"):
        copied = line.strip().removeprefix("tdsep gmm-separate ")
        printed = os.popen(f"bash -c {shlex.quote(f'printf %s {copied}')}").read()
        assert printed == name


def test_the_line_for_an_array_names_its_microphones(tdsep, rng):
    mixture, _ = dead_room_mixture(rng, [-2e-4, 1.5e-4], seconds=2)
    write("array.wav", np.stack([mixture[0], 0 * mixture[0], mixture[1], -mixture[0]]))
    run = tdsep("info", "array.wav")
    assert "2 is silent; 4 is a copy of 1, inverted; 1 and 3 differ" in run.out
    assert "channel 3 behind 1" in run.out
    words = command_for(run.out, "gmm-separate")
    assert words[-2:] == ["--channels", "1,3"]
    assert tdsep(*words, "--plots", "none").status == 0


def test_the_lines_for_a_song_run(tdsep):
    samples, rate = soundfile.read(SAMPLES / "song.wav", dtype="float32")
    write("song.wav", samples[: 10 * rate].T, rate=rate)
    run = tdsep("info", "song.wav")
    quick = ("--plots", "none", "--method", "nmf", "--iterations", 2)
    for command in ("nmf-vocal", "nmf-remove"):
        assert tdsep(*command_for(run.out, command), *quick).status == 0
    words = command_for(run.out, "nmf-parts")
    assert tdsep(*words, "--parts", 2, "--plots", "none", "--iterations", 2).status == 0


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ((1, 1), "2 is a copy of 1\n"),
        ((1, -1), "2 is a copy of 1, inverted\n"),
        ((1, 0.5), "2 is a copy of 1, -6.0 dB\n"),
        ((0.25, -0.5), "2 is a copy of 1, inverted and +6.0 dB\n"),
        ((0, 1), "1 is silent\n"),
        ((0, 0), "all silent\n"),
    ],
)
def test_channels_that_are_no_second_microphone(tdsep, rng, gains, words):
    sound = 0.1 * rng.standard_normal(2 * RATE)
    run = tdsep("info", write("two.wav", np.outer(gains, sound), "FLOAT"))
    assert run.status == 0
    assert f"channels      {words}" in run.out
    assert "delays" not in run.out
    assert "gmm-separate  does not suit: " in run.out


def test_levels(tdsep):
    time = np.arange(2 * RATE) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 440 * time) + 0.01
    run = tdsep("info", write("tone.wav", tone, "FLOAT"))
    assert "peak -5.8, RMS -9.0 dBFS" in run.out
    assert "no clipping; offset +0.0100" in unwrapped(run.out)
    run = tdsep("info", write("loud.wav", np.clip(3 * tone, -1, 1)))
    assert "clips in " in unwrapped(run.out)
    run = tdsep("info", write("none.wav", 0 * tone))
    assert "peak -inf, RMS -inf dBFS" in run.out
    assert "100 % silence" in unwrapped(run.out)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW"])
def test_clipping_in_any_format(tdsep, subtype):
    time = np.arange(RATE) / RATE
    square = np.clip(5 * np.sin(2 * np.pi * 100 * time + 0.1), -1, 1)
    (printed,) = tdsep("info", "--json", write("x.wav", square, subtype)).out.splitlines()
    assert json.loads(printed)["levels"]["clipped"] == [200]
    write("y.wav", 0.9 * square, subtype)
    assert json.loads(tdsep("info", "--json", "y.wav").out)["levels"]["clipped"] == [0]


def test_json_has_all_figures_and_no_path(tdsep, mix):
    song = SAMPLES / "song.wav"
    run = tdsep("info", "--json", mix.resolve(), song)
    assert (run.status, run.err) == (0, "")
    first, second = map(json.loads, run.out.splitlines())
    assert first["input"] == {
        "name": "mix.wav", "rate": RATE, "channels": 2, "frames": 2 * RATE, "subtype": "PCM_16"
    }  # fmt: skip
    assert first["delays"]["seconds"] == pytest.approx([-8e-5, 9e-5], abs=5e-6)
    assert first["spacing"]["least"] == pytest.approx(343 * 9e-5, rel=0.05)
    assert first["spacing"]["unambiguous"] == pytest.approx(343 / 16000)
    assert first["spacing"]["unambiguous_speech"] == pytest.approx(343 / 8000)
    assert first["commands"][0]["command"] == "gmm-separate"
    assert first["commands"][0]["suits"] is True
    assert second["passage"]["without_voice"][0] == 0
    assert second["commands"][0]["options"][0] == "--intro"
    assert str(Path.cwd()) not in run.out
    assert str(SAMPLES) not in run.out


def test_of_many_channels_the_range_of_levels(tdsep, rng):
    sound = rng.standard_normal((6, RATE)) * [[0], *[[0.01 * 2**i] for i in range(5)]]
    run = tdsep("info", write("six.wav", np.clip(sound, -1, 1), "FLOAT"))
    assert "RMS -inf to -16.0 dBFS" in unwrapped(run.out)
    assert "1 is silent" in run.out


def test_samples_beyond_reason(tdsep, rng):
    write("huge.wav", 1e30 * rng.standard_normal((2, RATE)), "FLOAT")
    run = tdsep("info", "huge.wav")
    assert run.status == 4
    assert run.err.startswith("tdsep: huge.wav: has a largest sample of ")
    assert run.err.endswith("scale it to about 1\n")
    write("loud.wav", 1e11 * rng.standard_normal((2, RATE)), "FLOAT")
    assert tdsep("info", "loud.wav").status == 0
    write("faint.wav", 1e-30 * rng.standard_normal((2, RATE)), "FLOAT")
    assert "100 % silence" in unwrapped(tdsep("info", "faint.wav").out)


def test_a_cut_off_file_is_told_with_a_warning(tdsep, mixture_bytes):
    Path("cut.wav").write_bytes(mixture_bytes[: len(mixture_bytes) * 3 // 4])
    run = tdsep("info", "cut.wav")
    assert run.status == 0
    assert "warning       the file is shorter than its header says" in run.out


def test_one_bad_file_stops_no_other(tdsep, mix):
    Path("bad.wav").write_bytes(b"RIFF....")
    run = tdsep("info", "bad.wav", mix, "none.wav")
    assert run.status == 1
    assert "mix.wav" in run.out
    assert [line.split(":")[1].strip() for line in run.err.splitlines()] == ["bad.wav", "none.wav"]
    assert tdsep("info", "bad.wav", "none.wav").status == 3
    assert tdsep("info").status == 2


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("t.csv", "nmf-joint"), ("t.npy", "nmf-rank"), ("t.npz", "nmf-topics"),
        ("t.jsonl", "nmf-topics"), ("t.TXT", "nmf-topics"),
    ],
)  # fmt: skip
def test_what_is_no_sound_has_another_command(tdsep, name, command):
    Path(name).write_text("user,good,count\n", encoding="utf-8")
    run = tdsep("info", name)
    assert run.status == 3
    assert len(run.err.splitlines()) == 1
    assert f"{name}: is no sound: " in run.err
    assert f"tdsep {command}" in run.err
    Path(name).unlink()
    assert "no such file" in tdsep("info", name).err
    Path(name).touch()
    assert "is empty" in tdsep("info", name).err


def test_real_recordings(tdsep, real_data):
    stereo, music = real_data / "derived" / "stereo", real_data / "derived" / "music"
    talking = [*stereo.glob("*.wav")]
    singing = [music / "morin_on_the_run_30s.wav", *music.glob("mir1k*_mix.wav")]
    run = tdsep("info", "--json", *talking, *singing)
    assert run.status == 0
    found = [json.loads(line) for line in run.out.splitlines()]
    for document in found[: len(talking)]:
        assert document["delays"]["talkers"] == 2
        assert document["commands"][0]["command"] == "gmm-separate"
    for document in found[len(talking) :]:
        start, end = document["passage"]["without_voice"]
        assert 0 <= start < end < 11.25
        assert document["commands"][0]["command"] == "nmf-vocal"


def test_odd_files_end_in_one_clear_line(tdsep, real_data):
    for path in sorted((real_data / "F_odd").rglob("*.*")):
        run = tdsep("info", path)
        assert run.status in (0, 3)
        assert len(run.err.splitlines()) == (run.status == 3)


def test_floats_do_not_clip(tdsep, tmp_path):
    loud = np.clip(3 * np.sin(np.arange(16000) / 20), -2, 2)
    soundfile.write(tmp_path / "loud.wav", loud, 16000, "FLOAT")
    soundfile.write(tmp_path / "clipped.wav", loud, 16000, "PCM_16")
    assert "is beyond full scale in" in " ".join(tdsep("info", "loud.wav").out.split())
    assert "clips in" in " ".join(tdsep("info", "clipped.wav").out.split())


def test_an_offset_alone_is_silence(tdsep, tmp_path):
    soundfile.write(tmp_path / "offset.wav", np.full((80000, 2), 0.3), 16000)
    run = tdsep("info", "--json", "offset.wav")
    assert [command["suits"] for command in json.loads(run.out)["commands"]] == [False] * 4
    for command in ("nmf-parts", "gmm-separate"):
        run = tdsep(command, "offset.wav")
        assert run.status == 4
        assert "offset.wav: is silent" in run.err
