"""Commands over many files: what they take, say and leave, in one process or in several."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tdsep.audio import read_audio
from tests.cli.commands import COMMANDS, CONTENTS
from tests.conftest import SAMPLES, encode_wav

PROGRAM = [sys.executable, "-c", "from tdsep.cli.main import main; main()"]
QUICK = ("--method", "lecture", "--plots", "none")


@pytest.fixture
def folder(tmp_path, mixture_bytes):
    """Three mixtures in a folder, one below it, and what is no sound."""
    for name in ("a.wav", "b c.wav", "ü.wav", "below/a.wav"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mixture_bytes)
    (tmp_path / "in" / "notes.txt").write_text("not this one")
    return tmp_path / "in"


def contents(folder):
    """All bytes of the results; the record tells of seconds."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name != "tdsep-batch.json"
    }


def others_of(group):
    """Processes of a group that are there yet; they have a second to be gone."""
    end = time.monotonic() + 1
    while True:
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                state, _, its_group, *_ = (place / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # gone meanwhile
                continue
            if int(its_group) == group and state != "Z":
                found.append((place / "cmdline").read_bytes())
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def record(folder):
    return json.loads((Path(folder) / "tdsep-batch.json").read_text())


def test_a_folder_is_the_sounds_in_it(tdsep, folder):
    run = tdsep("gmm-separate", "in", *QUICK)
    assert run.status == 0, run.err
    assert [line.split(":")[0] for line in run.err.splitlines()[:3]] == [
        "in/a.wav", "in/b c.wav", "in/ü.wav"
    ]  # fmt: skip
    assert run.err.splitlines()[3] == "3 done, 0 skipped, 0 failed"
    assert {file["name"] for file in record("separated")["files"]} == {"a.wav", "b c.wav", "ü.wav"}
    assert record("separated")["files"][0]["files"] == [
        "a.talker1.wav", "a.talker2.wav", "a.gmm.json"
    ]  # fmt: skip


def test_below_it_the_results_keep_the_sub_folders(tdsep, folder):
    run = tdsep("gmm-separate", "in", "--recursive", "--name", "{part} of {track}", *QUICK)
    assert run.status == 0, run.err
    assert Path("separated/talker1 of a.wav").is_file()
    assert Path("separated/below/talker1 of a.wav").is_file()
    assert "below/a.wav" in {file["name"] for file in record("separated")["files"]}


def test_results_among_the_inputs_are_no_inputs(tdsep, folder):
    for status in ("4 done, 0 skipped", "0 done, 4 skipped"):
        run = tdsep("gmm-separate", "in", "-o", "in", "--recursive", "--skip-existing", *QUICK)
        assert run.status == 0, run.err
        assert f"{status}, 0 failed" in run.err
    run = tdsep("nmf-parts", "in", "-o", "parts", "-k", "1", "--plots", "none")
    assert "3 done, 0 skipped, 0 failed" in run.err


def test_an_empty_folder_is_one_line(tdsep, tmp_path):
    (tmp_path / "empty").mkdir()
    run = tdsep("gmm-separate", "empty", *QUICK)
    assert (run.status, len(run.err.splitlines())) == (3, 1)
    assert "empty: holds no sound files" in run.err


@pytest.mark.parametrize("between", ["\n", "\0"])
def test_a_list_on_stdin(tdsep, folder, monkeypatch, between):
    names = between.join(["in/a.wav", "in/below"])

    class Stdin:
        buffer = io.BytesIO(names.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    run = tdsep("gmm-separate", "-", "in/ü.wav", "--name", "{track}-{part}", *QUICK)
    assert run.status == 2  # two of one name
    assert "would both write" in run.err
    Stdin.buffer.seek(0)
    Path("in/a.wav").rename("in/b.wav")
    monkeypatch.setattr(Stdin, "buffer", io.BytesIO(names.replace("in/a", "in/b").encode()))
    run = tdsep("gmm-separate", "-", "in/ü.wav", *QUICK)
    assert "3 done, 0 skipped, 0 failed" in run.err


def test_an_empty_list_is_one_line(tdsep, monkeypatch):
    class Stdin:
        buffer = io.BytesIO()

    monkeypatch.setattr(sys, "stdin", Stdin)
    run = tdsep("gmm-separate", "-")
    assert (run.status, run.err) == (3, "tdsep: stdin: lists no files: give one a line\n")


def test_commands_that_take_folders_otherwise_go_on_so(tdsep, tmp_path):
    (tmp_path / "texts").mkdir()
    for name, words in zip(
        "abcd", ("apple pear", "apple plum", "rain plum", "rain pear"), strict=True
    ):
        (tmp_path / "texts" / f"{name}.txt").write_text(words)
    run = tdsep("nmf-rank", "texts", "--to", 2, "--plots", "none", "--repeats", 1)
    assert run.status == 0, run.err
    assert "--recursive" not in tdsep("nmf-rank", "--help").out


@pytest.mark.parametrize(
    ("command", "options"),
    [
        *((command, options) for command, (_, options) in COMMANDS.items()),
        ("gmm-separate", ("--plots", "none", "-n", 2)),
        ("nmf-vocal", ("--intro", "1s", "--method", "cnmf", "--iterations", 2, "--plots", "none")),
        ("nmf-vocal", ("--intro", "1s", "--iterations", 2, "--plots", "none")),
    ],
)
def test_neither_another_run_nor_the_number_of_processes_changes_a_byte(
    tdsep, tmp_path, command, options
):
    ending = COMMANDS[command][0]
    for name in ("a", "b c"):
        Path(f"{name}{ending}").write_bytes(CONTENTS[ending])
    alone = command in ("nmf-joint", "simulate")  # which make one result of all
    inputs = ["a" + ending, SAMPLES / "shop_good_word.csv" if ending == ".csv" else "b c" + ending]
    for number, jobs in enumerate((1, 1) if alone else (1, 1, 2)):
        processes = () if alone else ("-j", jobs)
        run = tdsep(command, *inputs, "-o", f"out{number}", *processes, *options, "--seed", 3)
        assert run.status == 0, run.err
        assert contents(f"out{number}") == contents("out0")
    assert len(contents("out0")) >= 3


def test_the_number_of_threads_changes_no_byte(tmp_path):
    """The textbook's convolutive model is one large product, which BLAS may share out."""
    song, info = read_audio(SAMPLES / "song.wav", 0, 6)
    (tmp_path / "song.wav").write_bytes(encode_wav(song, info.rate, "PCM_16"))
    options = ("--intro", "3s", "--method", "cnmf", "--iterations", "2", "--plots", "none")
    for n in "12":
        subprocess.run(
            [*PROGRAM, "nmf-vocal", "song.wav", *options, "-o", n], cwd=tmp_path, check=True,
            env=os.environ | {"OPENBLAS_NUM_THREADS": n, "OMP_NUM_THREADS": n}, capture_output=True,
        )  # fmt: skip
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_several_processes_resume_to_the_same_bytes(tdsep, folder):
    (folder / "z.wav").write_bytes(b"no sound")
    whole = tdsep("gmm-separate", "in", "-j", 2, "-o", "whole", *QUICK)
    assert whole.status == 1
    assert whole.err.splitlines()[-2] == "3 done, 0 skipped, 1 failed"
    assert whole.err.splitlines()[-1].startswith("  failed: in/z.wav: is not a sound file")
    shutil.copytree("whole", "cut")
    Path("cut/a.talker2.wav").unlink()
    Path("cut/ü.talker1.wav").write_bytes(b"half")
    again = tdsep("gmm-separate", "in", "-j", "auto", "-o", "cut", "--skip-existing", "--json",
                  *QUICK)  # fmt: skip
    assert "2 done, 1 skipped, 1 failed" in again.err
    assert contents("cut") == contents("whole")
    printed = {document["input"]["name"]: document for document in
               map(json.loads, again.out.splitlines())}  # fmt: skip
    assert sorted(printed) == ["a.wav", "b c.wav", "ü.wav"]  # the skipped one's, too
    assert printed["b c.wav"] == json.loads(Path("cut/b c.gmm.json").read_text())
    outcomes = {file["name"]: file["outcome"] for file in record("cut")["files"]}
    assert outcomes == {"a.wav": "done", "b c.wav": "skipped", "z.wav": "failed", "ü.wav": "done"}
    failed = next(file for file in record("cut")["files"] if file["outcome"] == "failed")
    assert failed["error"].startswith("z.wav: is not a sound file")


def test_wrong_use_is_found_out_before_any_work(tdsep, folder):
    for options, words in (
        (("--name", "{x}"), "the name template"),
        (("--overwrite", "--skip-existing"), "exclude each other"),
        (("-j", "0"), "give 1 to"),
        (("-j", "many"), "or auto"),
    ):
        run = tdsep("gmm-separate", "in", "-j", 2, *options)
        assert (run.status, len(run.err.splitlines())) == (2, 1)
        assert words in run.err
    assert not Path("separated").exists()
    Path("separated").mkdir()
    Path("separated/a.gmm.json").write_text("mine")
    run = tdsep("gmm-separate", "in", "-j", 2)
    assert (run.status, len(run.err.splitlines())) == (1, 1)
    assert "exists already" in run.err


def test_a_killed_overwriting_leaves_no_old_file_for_a_new_one(tdsep, mix, monkeypatch):
    """Results of other options may be of the same size: none may pass for one of these."""
    assert tdsep("gmm-separate", "mix.wav", *QUICK).status == 0
    assert tdsep("gmm-separate", "mix.wav", "-o", "new", "--mask", "binary", *QUICK).status == 0

    def killed(self, first):
        for _, temporary, final in self._staged:
            if final == first:
                temporary.replace(final)  # the manifest, and no more
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr("tdsep.outputs.OutputFiles.commit", killed)
        run = tdsep("gmm-separate", "mix.wav", "--mask", "binary", "--overwrite", *QUICK)
        assert run.status == 9
    run = tdsep("gmm-separate", "mix.wav", "--mask", "binary", "--skip-existing", *QUICK)
    assert run.status == 0, run.err
    assert contents("separated") == contents("new")


def test_the_parent_of_several_processes_loads_little(tmp_path, folder):
    program = (
        "import sys\nfrom tdsep.cli.main import main\n"
        f"sys.argv[1:] = ['gmm-separate', 'in', '-j', '2', '-q', *{QUICK!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = ('scipy', 'librosa', 'numba', 'sklearn', 'matplotlib', 'soundfile')\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("LOADED []\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_leaves_whole_files_and_nobody(tmp_path, folder, jobs, number):
    for n in range(12):
        shutil.copy(folder / "a.wav", folder / f"more{n}.wav")
    running = subprocess.Popen(
        [*PROGRAM, "gmm-separate", "in", "-j", str(jobs), *QUICK], cwd=tmp_path,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # run by nohup, they are ignored
    )  # fmt: skip
    end = time.monotonic() + 60
    while not (tmp_path / "separated" / "a.gmm.json").exists() and time.monotonic() < end:
        time.sleep(0.02)
    began = time.monotonic()
    os.killpg(running.pid, number)  # as a terminal does
    _, err = running.communicate(timeout=20)  # until nobody holds the pipe any more
    assert time.monotonic() - began < 2
    assert running.returncode == 128 + number
    assert err.splitlines()[-1] == "tdsep: interrupted; unfinished files were removed"
    assert "Traceback" not in err
    assert not others_of(running.pid)
    written = list((tmp_path / "separated").iterdir())
    assert not [path for path in written if path.name.startswith(".tdsep-")]
    for path in written:
        if path.suffix == ".wav":
            read_audio(path)
    done = [file for file in record(tmp_path / "separated")["files"] if file["outcome"] == "done"]
    for file in done:
        assert all((tmp_path / "separated" / name).is_file() for name in file["files"])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killed_it_takes_its_workers_along_and_is_resumed(tmp_path, folder):
    for n in range(10):
        shutil.copy(folder / "a.wav", folder / f"more{n}.wav")
    arguments = [*PROGRAM, "gmm-separate", "in", "-j", "2", *QUICK, "--skip-existing"]
    running = subprocess.Popen(arguments, cwd=tmp_path, start_new_session=True,
                               stderr=subprocess.PIPE)  # fmt: skip
    end = time.monotonic() + 60
    while not (tmp_path / "separated" / "a.gmm.json").exists() and time.monotonic() < end:
        time.sleep(0.02)
    running.kill()
    running.communicate(timeout=10)
    assert not others_of(running.pid)
    for path in (tmp_path / "separated").glob("*.wav"):
        read_audio(path)
    subprocess.run(arguments, cwd=tmp_path, check=True, capture_output=True)
    subprocess.run([*arguments, "-o", "whole"], cwd=tmp_path, check=True, capture_output=True)
    assert contents(tmp_path / "separated") == contents(tmp_path / "whole")
    assert not list((tmp_path / "separated").glob(".*"))


def test_a_folder_without_sounds_stops_no_other_file(tdsep, mix, tmp_path):
    (tmp_path / "x.wav").mkdir()
    run = tdsep("gmm-separate", mix, "x.wav", "--output", "mask", "-n", "2", "--plots", "none")
    assert run.status == 1
    assert "1 done, 0 skipped, 1 failed" in run.err
    assert run.err.count("x.wav: is a folder") == 2  # as it fails, and in the summary
