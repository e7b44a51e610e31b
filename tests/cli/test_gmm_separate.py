import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tdsep.audio import read_audio
from tdsep.gmm import TALKER_FIGURES
from tests.conftest import SAMPLES, dead_room_mixture, encode_wav

COMMAND = "gmm-separate"
QUICK = ("--plots", "none")


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_writes_a_file_a_talker_the_sheet_and_the_manifest(tdsep, mix):
    run = tdsep(COMMAND, "mix.wav")
    assert run.status == 0
    assert run.out == ""
    assert "mix.wav: 2 talkers at -0.080 ms, +0.090 ms" in run.err
    expected = ["mix.gmm.json", "mix.gmm.png", "mix.talker1.wav", "mix.talker2.wav"]
    assert names(Path("separated")) == expected
    mixture, info = read_audio(mix)
    parts = [read_audio(f"separated/mix.talker{n}.wav") for n in (1, 2)]
    assert all(part_info == info for _, part_info in parts)
    np.testing.assert_array_equal(parts[0][0] + parts[1][0], mixture)


def test_the_manifest(tdsep, mix):
    run = tdsep(COMMAND, "mix.wav", "--spacing", "0.05", "--seed", "7", "--json", "-q", *QUICK)
    assert run.err == ""
    printed = json.loads(run.out)
    assert printed == json.loads(Path("separated/mix.gmm.json").read_text())
    assert printed["command"] == COMMAND
    assert printed["seed"] == 7
    assert printed["options"]["spacing"] == 0.05
    assert printed["input"] == {
        "name": "mix.wav", "rate": 16000, "channels": 2, "frames": 32000, "subtype": "PCM_16",
        "sha256": hashlib.sha256(mix.read_bytes()).hexdigest(),
    }  # fmt: skip
    found = printed["separation"]
    np.testing.assert_allclose(found["delays"], [-8e-5, 9e-5], atol=3e-6)
    np.testing.assert_allclose(np.sin(np.deg2rad(found["angles"])) * 0.05 / 343, found["delays"])
    assert found["talkers"] == 2
    assert set(found["evidence"]["score"]) == {"1", "2", "3", "4"}
    mixture = found["gaussian_mixture"]
    assert np.isclose(sum(mixture["weights"]), 1)
    assert len(mixture["variances"]) == 2
    assert np.diff(mixture["log_likelihood"]).min() > -1e-9
    assert np.diff(found["phase_mixture"]["log_likelihood"]).min() > -1e-6
    assert printed["gain"] == 1.0
    assert printed["residual_db"] is None  # the parts of 16 bit add up exactly
    assert printed["warnings"] == []
    assert sorted(printed["files"]) == names(Path("separated"))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("rate", [8000, 44100])
def test_keeps_the_format(tdsep, rng, tmp_path, subtype, rate):
    mixture, _ = dead_room_mixture(rng, [-2e-4, 2e-4], seconds=1.2345, rate=rate)
    (tmp_path / "a.wav").write_bytes(encode_wav(mixture, rate, subtype))
    run = tdsep(COMMAND, "a.wav", "-n", 2, "--json", *QUICK)
    assert run.status == 0
    residual = json.loads(run.out)["residual_db"]
    if subtype == "PCM_U8":
        assert residual is None
        parts = [read_audio(f"separated/a.talker{n}.wav")[0] for n in (1, 2)]
        np.testing.assert_array_equal(sum(parts), read_audio("a.wav")[0])
    else:
        assert residual is None or residual < (-25 if subtype == "ULAW" else -120)
    for talker in (1, 2):
        info = soundfile.info(f"separated/a.talker{talker}.wav")
        assert (info.samplerate, info.frames, info.channels) == (rate, mixture.shape[1], 2)
        assert info.subtype == subtype


def test_one_common_gain_where_a_talker_would_clip(tdsep, rng, tmp_path):
    mixture, _ = dead_room_mixture(rng, [-8e-5, 9e-5])
    loud = np.clip(20 * mixture, -1, 1 - 2**-15)  # overdriven: the parts overshoot
    (tmp_path / "loud.wav").write_bytes(encode_wav(loud, 16000, "PCM_16"))
    run = tdsep(COMMAND, "loud.wav", "-n", 2, "--json", *QUICK)
    gain = json.loads(run.out)["gain"]
    assert 0.2 < gain < 1
    assert "so that none clips" in run.err
    parts = [read_audio(f"separated/loud.talker{n}.wav")[0] for n in (1, 2)]
    np.testing.assert_allclose(sum(parts), gain * loud, atol=1.6 / 2**15)
    assert max(np.abs(part).max() for part in parts) > 1 - 2**-14


def test_one_talker_is_said_and_written(tdsep, rng, tmp_path):
    mixture, _ = dead_room_mixture(rng, [5e-5])
    (tmp_path / "alone.wav").write_bytes(encode_wav(mixture, 16000, "PCM_16"))
    run = tdsep(COMMAND, "alone.wav", *QUICK)
    assert run.status == 0
    assert "one talker at" in run.err
    assert names(Path("separated")) == ["alone.gmm.json", "alone.talker1.wav"]


def test_an_excerpt(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", "--start", "500ms", "--end", "0:01.5", *QUICK).status == 0
    assert soundfile.info("separated/mix.talker1.wav").frames == 16000


def test_two_of_several_channels(tdsep, mix, tmp_path):
    mixture, _ = read_audio(mix)
    several = np.stack([mixture[0], 0 * mixture[0], mixture[1], mixture[0]])
    (tmp_path / "four.wav").write_bytes(encode_wav(several, 16000, "PCM_16"))
    refused = tdsep(COMMAND, "four.wav", *QUICK)
    assert refused.status == 4
    assert "has 4 channels" in refused.err
    assert "--channels" in refused.err
    assert tdsep(COMMAND, "four.wav", "--channels", "1,3", *QUICK).status == 0
    assert tdsep(COMMAND, "mix.wav", *QUICK).status == 0
    one, other = (Path(f"separated/{name}.talker2.wav").read_bytes() for name in ("four", "mix"))
    assert one == other
    assert tdsep(COMMAND, "four.wav", "--channels", "1,5", "-o", "x", *QUICK).status == 4


def test_an_array_of_microphones(tdsep, rng):
    mixture, _ = dead_room_mixture(rng, [-8e-5, 9e-5], places=(0, 1, 2, 3))
    Path("array.wav").write_bytes(encode_wav(mixture, 16000, "PCM_24"))
    run = tdsep(COMMAND, "array.wav", "--channels", "1-4", "--json", *QUICK)
    assert run.status == 0, run.err
    separation = json.loads(run.out)["separation"]
    assert separation["output"] == "demix"
    np.testing.assert_allclose(
        separation["microphone_delays"], np.outer([-8e-5, 9e-5], range(4)), atol=8e-6
    )
    assert soundfile.info("separated/array.talker2.wav").channels == 4


@pytest.mark.parametrize("output", ["mask", "wiener", "demix"])
def test_every_output(tdsep, mix, output):
    run = tdsep(COMMAND, "mix.wav", "--output", output, "--json", "-v", *QUICK)
    assert run.status == 0, run.err
    document = json.loads(run.out)
    assert document["separation"]["output"] == output
    assert document["residual_db"] is None or document["residual_db"] < -80


def test_three_talkers_cannot_be_demixed_from_two_microphones(tdsep, mix):
    refused = tdsep(COMMAND, "mix.wav", "-n", "3", "--output", "demix", *QUICK)
    assert refused.status != 0
    assert "3 talkers cannot be demixed from 2 microphones" in refused.err
    assert "wiener" in refused.err
    assert not Path("separated").exists() or not names(Path("separated"))


def test_each_figure_as_a_file(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", "--plots", "figures").status == 0
    assert len(names(Path("figures"))) == len(TALKER_FIGURES)
    assert "mix.gmm.histogram.png" in names(Path("figures"))
    assert "mix.gmm.png" in names(Path("separated"))
    refused = tdsep(COMMAND, "mix.wav", "--plots", "figures", "-o", "elsewhere")
    assert refused.status == 1
    assert "exists already" in refused.err


def test_names_from_a_template(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", "--name", "{track}/{part}", "-o", "o", *QUICK).status == 0
    assert names(Path("o")) == ["mix/gmm.json", "mix/talker1.wav", "mix/talker2.wav"]


def test_refuses_before_any_work_to_overwrite(tdsep, mix):
    Path("separated").mkdir()
    Path("separated/mix.talker2.wav").write_bytes(b"mine")
    run = tdsep(COMMAND, "mix.wav", *QUICK)
    assert run.status == 1
    assert run.err.count("\n") == 1
    assert "mix.talker2.wav: exists already" in run.err
    assert Path("separated/mix.talker2.wav").read_bytes() == b"mine"
    assert tdsep(COMMAND, "mix.wav", "--overwrite", *QUICK).status == 0
    assert Path("separated/mix.talker2.wav").read_bytes() != b"mine"


def test_skips_what_is_complete_and_redoes_what_is_not(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", *QUICK).status == 0
    before = {name: Path("separated", name).stat().st_mtime_ns for name in names(Path("separated"))}
    run = tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK)
    assert run.status == 0
    assert "skipped" in run.err
    assert before == {n: Path("separated", n).stat().st_mtime_ns for n in before}
    Path("separated/mix.talker1.wav").unlink()
    assert tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK).status == 0
    assert Path("separated/mix.talker1.wav").exists()


def test_talkers_of_an_earlier_run_do_not_stay(tdsep, mix):
    Path("separated").mkdir()
    Path("separated/mix.talker5.wav").write_bytes(b"not of that run")
    assert tdsep(COMMAND, "mix.wav", "-n", 4, "--overwrite").status == 0
    assert tdsep(COMMAND, "mix.wav", "-n", 2, "--overwrite", *QUICK).status == 0
    assert names(Path("separated")) == [
        "mix.gmm.json", "mix.talker1.wav", "mix.talker2.wav", "mix.talker5.wav",
    ]  # fmt: skip


def test_results_of_another_job_are_neither_skipped_nor_replaced(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", *QUICK).status == 0
    before = Path("separated/mix.talker1.wav").read_bytes()
    for changed in (("-n", 3), ("--mask", "binary")):
        run = tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK, *changed)
        assert run.status == 1
        assert "another input or other options" in run.err
    with mix.open("r+b") as file:
        file.seek(1000)
        file.write(b"\1\1")
    assert tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK).status == 1
    assert Path("separated/mix.talker1.wav").read_bytes() == before


def test_skipping_wants_whole_files_and_the_sheet(tdsep, mix):
    assert tdsep(COMMAND, "mix.wav", *QUICK).status == 0
    with Path("separated/mix.talker2.wav").open("r+b") as file:
        file.truncate(20_000)
    assert "skipped" not in tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK).err
    assert Path("separated/mix.talker2.wav").stat().st_size > 100_000
    assert "skipped" not in tdsep(COMMAND, "mix.wav", "--skip-existing").err
    assert Path("separated/mix.gmm.png").exists()
    assert "skipped" in tdsep(COMMAND, "mix.wav", "--skip-existing").err
    assert "skipped" not in tdsep(COMMAND, "mix.wav", "--skip-existing", "--plots", "figures").err
    assert len(names(Path("figures"))) == len(TALKER_FIGURES)


def test_skipping_replaces_no_file_of_unknown_origin(tdsep, mix):
    Path("separated").mkdir()
    Path("separated/mix.talker1.wav").write_bytes(b"mine")
    run = tdsep(COMMAND, "mix.wav", "--skip-existing", *QUICK)
    assert run.status == 1
    assert "no manifest tells" in run.err
    assert Path("separated/mix.talker1.wav").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b"\xff\x00",
        b"3",
        b"null",
        b'{"files": ["mix.talker4.wav"]}',
        b'{"command": "gmm-separate", "input": {"name": "mix.wav"}, "files": [1, {}], "sizes": {}}',
        b'{"command": "gmm-separate", "input": {"name": "mix.wav"}, "sizes": {},'
        b' "files": ["../mix.wav", "/etc/hosts", "mix.talker3.wav"]}',
        b'{"command": "gmm-separate", "input": {"name": "x.wav"}, "files": ["mix.talker4.wav"],'
        b' "sizes": {}}',
    ],
)
def test_a_hostile_manifest_deletes_nothing(tdsep, mix, content):
    Path("separated/mix.talker3.wav").mkdir(parents=True)
    Path("separated/mix.talker4.wav").write_bytes(b"mine")
    Path("separated/mix.gmm.json").write_bytes(content)
    run = tdsep(COMMAND, "mix.wav", "-n", 2, "--overwrite", *QUICK)
    assert run.status == 0, run.err
    assert mix.exists()
    assert Path("separated/mix.talker3.wav").is_dir()
    assert Path("separated/mix.talker4.wav").read_bytes() == b"mine"


def test_a_pipe_for_a_manifest_does_not_hold_up(tdsep, mix):
    Path("separated").mkdir()
    os.mkfifo("separated/mix.gmm.json")
    assert tdsep(COMMAND, "mix.wav", "--overwrite", *QUICK).status == 0


def test_warns_of_a_spacing_that_cannot_be(tdsep, mix):
    run = tdsep(COMMAND, "mix.wav", "--spacing", "0.02", "--json", *QUICK)
    assert run.status == 0
    assert "warning: the time differences are longer" in run.err
    assert len(json.loads(run.out)["warnings"]) == 1


def test_warns_of_a_file_that_was_cut_off(tdsep, mix):
    mix.write_bytes(mix.read_bytes()[:100_000])
    run = tdsep(COMMAND, "mix.wav", *QUICK)
    assert run.status == 0
    assert "warning: the file is shorter than its header says" in run.err


def test_the_input_is_never_a_result(tdsep, mix):
    mix.rename("mix.talker1.wav")
    Path("mix.wav").write_bytes(Path("mix.talker1.wav").read_bytes())
    before = Path("mix.talker1.wav").read_bytes()
    run = tdsep(COMMAND, "mix.wav", "mix.talker1.wav", "-o", ".", "--overwrite", *QUICK)
    assert run.status == 2
    assert "mix.talker1.wav" in run.err
    assert Path("mix.talker1.wav").read_bytes() == before


def test_two_inputs_with_the_same_results_are_refused(tdsep, mix):
    Path("other").mkdir()
    Path("other/mix.wav").write_bytes(mix.read_bytes())
    run = tdsep(COMMAND, "mix.wav", "other/mix.wav", *QUICK)
    assert run.status == 2
    assert "would both write" in run.err
    assert not Path("separated").exists()


def test_a_bad_file_does_not_stop_the_others(tdsep, mix):
    Path("bad.wav").write_text("no sound")
    run = tdsep(COMMAND, "bad.wav", "mix.wav", "missing.wav", *QUICK)
    assert run.status == 1
    assert "1 done, 0 skipped, 2 failed" in run.err
    assert Path("separated/mix.talker1.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument"),
        (("mix.wav", "-n", "7"), "1 to 6"),
        (("mix.wav", "--spacing", "4cm"), "positive number of metres"),
        (("mix.wav", "--spacing", "40"), "0.001 to 2 metres"),
        (("mix.wav", "--mask", "wet"), "soft"),
        (("mix.wav", "--method", "magic"), "lecture"),
        (("mix.wav", "--n-fft", "1025"), "even number"),
        (("mix.wav", "--hop-length", "1900"), "half the window, 1024"),
        (("mix.wav", "--start", "10 parsecs"), "is no time"),
        (("mix.wav", "--start", "5"), "start"),
        (("mix.wav", "--start", "1", "--end", "0.5"), "end"),
        (("mix.wav", "--name", "{track}"), "lacks {part}"),
        (("mix.wav", "--name", "../{part}"), "leads out"),
        (("mix.wav", "--overwrite", "--skip-existing"), "exclude each other"),
        (("mix.wav", "--sapcing", "0.1"), "--spacing"),
    ],
)
def test_wrong_use_is_one_clear_line(tdsep, mix, arguments, words):
    run = tdsep(COMMAND, *arguments, *QUICK)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert words in run.err
    assert not Path("separated").exists()


def sound(kind, rng):
    noise = 0.1 * rng.standard_normal((2, 16000))
    return {
        "mono": noise[:1],
        "three channels": np.concatenate([noise, noise[:1]]),
        "identical": np.repeat(noise[:1], 2, axis=0),
        "silence": 0 * noise,
        "silent channel": noise * [[0], [1]],
        "short": noise[:, :300],
    }[kind]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("mono", "has one channel"),
        ("three channels", "--channels 1,3"),
        ("identical", "same sound"),
        ("silence", "is silent"),
        ("silent channel", "channel 1 is silent"),
        ("short", "shorter than one window"),
    ],
)
def test_unsuitable_input_is_one_clear_line(tdsep, rng, tmp_path, kind, words):
    (tmp_path / "odd é 絆 🎤.wav").write_bytes(encode_wav(sound(kind, rng), 16000, "PCM_16"))
    run = tdsep(COMMAND, "odd é 絆 🎤.wav", *QUICK)
    assert run.status == 4
    assert run.err.count("\n") == 1
    assert "odd é 絆 🎤.wav" in run.err
    assert words in run.err
    assert not Path("separated").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "is empty"),
        (b"Dear reader,\n", "not a sound file"),
        (bytes(encode_wav(np.zeros((2, 9)), 8000, "PCM_16"))[:25], "not a sound file"),
        (bytes(encode_wav(np.zeros((2, 0)), 8000, "PCM_16")), "no samples"),
        (bytes(encode_wav(np.full((2, 4000), np.nan), 8000, "FLOAT")), "not numbers"),
    ],
)
def test_unreadable_input_is_one_clear_line(tdsep, content, words):
    if content is not None:
        Path("in.wav").write_bytes(content)
    run = tdsep(COMMAND, "in.wav", *QUICK)
    assert run.status == 3
    assert run.err.count("\n") == 1
    assert words in run.err
    assert not Path("separated").exists()


@pytest.mark.parametrize("name", ["-n.wav", "a\nb.wav", "{part}.wav", "$x$ 絆.wav", "\x1b[31m.wav"])
def test_hostile_names(tdsep, mix, name):
    mix.rename(name)
    run = tdsep(COMMAND, "--", name)
    assert run.status == 0
    assert run.err.count("\n") == 1
    assert "\x1b" not in run.err
    assert Path("separated", Path(name).stem + ".talker1.wav").exists()


def test_a_folder_that_may_not_be_written(tdsep, mix):
    Path("file").write_bytes(b"")
    run = tdsep(COMMAND, "mix.wav", "-o", "file/below", *QUICK)
    assert run.status == 1
    assert "is a file, not a folder" in run.err


def test_same_input_same_bytes(tdsep, mix):
    for folder in ("a", "b"):
        assert tdsep(COMMAND, "mix.wav", "-o", folder).status == 0
    for name in names(Path("a")):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes(), name


def test_nothing_but_results_on_stdout_and_no_bar_without_a_terminal(tdsep, mix):
    run = tdsep(COMMAND, "mix.wav", "-v", *QUICK)
    assert run.out == ""
    assert "\r" not in run.err
    assert "window" in run.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted(tmp_path, number):
    """Ctrl-C or a signal during the work: status 128 + n, no trace, nothing half-written."""
    rng = np.random.default_rng(0)
    long = dead_room_mixture(rng, [-8e-5, 9e-5], seconds=4)[0]
    (tmp_path / "long.wav").write_bytes(encode_wav(np.tile(long, 100), 16000, "PCM_16"))
    program = [sys.executable, "-c", "from tdsep.cli.main import main; main()"]
    process = subprocess.Popen(
        [*program, COMMAND, "long.wav"], cwd=tmp_path, text=True, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # run by nohup, they are ignored
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert "interrupted" in err
    assert "Traceback" not in err
    assert names(tmp_path) == ["long.wav"]


def test_what_ignores_a_hangup_goes_on_ignoring_it(tmp_path, mix):
    program = f"{sys.executable} -c 'from tdsep.cli.main import main; main()'"
    command = f"trap '' HUP; exec {program} {COMMAND} mix.wav -q"
    process = subprocess.Popen(["sh", "-c", command], cwd=tmp_path)
    time.sleep(0.6)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=20) == 0


def test_a_reader_of_stdout_that_stops(tmp_path, mix):
    program = [sys.executable, "-c", "from tdsep.cli.main import main; main()"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*program, COMMAND, str(mix), "--json", "-q", *QUICK], cwd=tmp_path,
                          stdout=writing, stderr=subprocess.PIPE, text=True)  # fmt: skip
    os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_a_stdout_that_cannot_be_written(tmp_path, mix, redirection):
    program = f"{sys.executable} -c 'from tdsep.cli.main import main; main()'"
    command = f"{program} {COMMAND} mix.wav --json -q --plots none {redirection}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
    assert (tmp_path / "separated" / "mix.gmm.json").exists()
    assert done.returncode == (1 if "full" in redirection else 0)


def test_odd_files(tdsep, real_data):
    """Every odd file: a result or one clear line, never a trace."""
    tried = sorted(p for p in (real_data / "F_odd").rglob("*") if p.is_file())
    assert tried
    for number, path in enumerate(tried):
        run = tdsep(COMMAND, path, "-o", f"out{number}", *QUICK)
        assert run.status in (0, 3, 4), path
        told, *more = run.err.splitlines()
        assert path.name in told
        assert all(line.startswith("  warning: ") for line in more), run.err
        if run.status:
            assert not Path(f"out{number}").exists()


def test_so_little_sound_that_the_number_is_a_guess(tdsep, rng):
    soundfile.write("short.wav", 0.1 * rng.standard_normal((9600, 2)), 16000)
    warning = "warning: 0.6 s are little to count talkers by: if it is wrong, give -n"
    assert warning in tdsep(COMMAND, "short.wav", *QUICK).err
    given = tdsep(COMMAND, "short.wav", *QUICK, "-n", "2", "-o", "given")
    assert given.status == 0
    assert warning not in given.err


def test_the_sample(tdsep):
    run = tdsep(COMMAND, SAMPLES / "two_talkers.wav", "--spacing", "0.04", *QUICK)
    assert run.status == 0
    assert "2 talkers" in run.err
