"""examples/batch.sh: what it does with a folder, what it says, and its exit status."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, SAMPLES

BASH = shutil.which("bash")
SCRIPT = ROOT / "examples" / "batch.sh"
TDSEP = "from tdsep.cli.main import main; main()"
ODD_NAMES = ["with space.wav", "-dash.WAV", "new\nline.flac", "$HOME `id` *?.wav", "ünï.ogg"]
#: Stands for tdsep where only the script is tested: does a file at once, unless its name begins
#: with "bad", "killed" or "slow", and skips what it has done.
STUB = """\
#!{bash}
[ "$1" = "${{TDSEP_COMMAND-gmm-separate}}" ] || exit 2
while [ $# -gt 0 ]; do
    case $1 in
        --output-dir) output=$2 ;;
        --wrong) echo "tdsep: No such option" >&2; exit 2 ;;
        --) file=$2 ;;
    esac
    shift
done
name=${{file##*/}}
[ -f "$file" ] || exit 3
case $name in
    bad*) echo "tdsep: $name: will not do" >&2; exit 4 ;;
    killed*) kill -9 $$ ;;
    slow*) trap 'exit 143' TERM; touch "$output/started"; while :; do sleep 0.05; done ;;
esac
[ ! -f "$output/$name.json" ] || exit 0
echo "{{}}" | tee "$output/$name.json"
"""

pytestmark = pytest.mark.skipif(BASH is None, reason="batch.sh needs bash")


def executable(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to put recordings in, beside a stub of tdsep that is first on the PATH."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    executable(tmp_path / "bin" / "tdsep", STUB.format(bash=BASH))
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def with_tdsep(tmp_path, folder):
    """The same with the tdsep under test."""
    python = shlex.quote(sys.executable)
    executable(
        tmp_path / "bin" / "tdsep", f'#!{BASH}\nexec {python} -c {shlex.quote(TDSEP)} "$@"\n'
    )
    return folder


def batch(*arguments, status=0):
    """Run the script; return the lines it says."""
    done = subprocess.run([BASH, SCRIPT, *arguments], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_a_broken_file_stops_no_other_and_the_rest_is_resumed(with_tdsep, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    for name in ("a.wav", "c d.wav"):
        shutil.copy(SAMPLES / "two_talkers.wav", with_tdsep / name)
    (with_tdsep / "b.wav").write_text("no sound")
    options = ("--", "--output", "mask", "--plots", "none")
    said = batch("in", "out", *options, status=1)
    assert [line for line in said if line.startswith("[")] == [
        "[1/3] done: in/a.wav",
        "[2/3] failed with status 3: in/b.wav",
        "[3/3] done: in/c\\ d.wav",
    ]
    assert any("in/b.wav: is not a sound file" in line for line in said)
    assert said[-3:] == ["2 done, 0 skipped, 1 failed", "  failed: in/b.wav", "Log: out/batch.log"]
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"a.talker2.wav", "a.gmm.json", "c d.talker1.wav", "batch.log"} < written

    (with_tdsep / "b.wav").unlink()
    (tmp_path / "out" / "a.talker1.wav").unlink()  # unfinished
    again = batch("in", "out", *options)
    assert again[-2] == "1 done, 1 skipped, 0 failed"
    log = (tmp_path / "out" / "batch.log").read_text().splitlines()
    assert log == [line for line in said + again if not line.startswith("Log: ")]


def test_options_that_tdsep_refuses_are_wrong_use(with_tdsep, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    (with_tdsep / "a.wav").touch()
    said = batch("in", "out", "--", "--talkers", "99", status=2)
    assert "99" in said[0] and "--help" in said[0]
    assert not (tmp_path / "out").exists()


def test_odd_names_are_names(folder, tmp_path):
    for name in ODD_NAMES:
        (folder / name).touch()
    (folder / "notes.txt").touch()
    (folder / "folder.wav").mkdir()
    assert batch("in", "out")[-2] == "5 done, 0 skipped, 0 failed"
    done = {path.name for path in (tmp_path / "out").iterdir()}
    assert done == {"batch.log", *(f"{name}.json" for name in ODD_NAMES)}
    assert batch("in", "out")[-2] == "0 done, 5 skipped, 0 failed"


@pytest.mark.parametrize("name", ["one two", "-dash", "new\nline"])
def test_so_are_those_of_folders(folder, tmp_path, name):
    (folder / "a.wav").touch()
    folder.rename(tmp_path / name)
    batch(f"./{name}", f"./{name}.out")
    assert (tmp_path / f"{name}.out" / "a.wav.json").is_file()


def test_a_process_that_is_killed_stops_no_other(folder):
    for name in ("bad.wav", "killed.wav", "z.wav"):
        (folder / name).touch()
    said = batch("in", "out", status=1)
    assert "[2/3] failed with status 137: in/killed.wav" in said
    assert said[-4] == "1 done, 0 skipped, 2 failed"


def test_an_empty_folder_is_done(folder):
    said = batch("in")
    assert said[0].endswith("recordings in in: 0")
    assert said[1:] == ["0 done, 0 skipped, 0 failed", "Log: separated/batch.log"]


def test_overwrite_takes_the_place_of_skip_existing(folder, tmp_path):
    (folder / "a.wav").touch()
    echo = f'#!{BASH}\n[ -f "${{!#}}" ] || exit 3\necho "$*" >&2\n'
    executable(tmp_path / "bin" / "tdsep", echo)
    rest = "--output-dir out --no-progress --json -- in/a.wav"
    assert f"    gmm-separate --skip-existing {rest}" not in batch("in", "out")  # skipped: no JSON
    executable(tmp_path / "bin" / "tdsep", f"{echo}echo {{}}\n")
    assert f"    gmm-separate --skip-existing {rest}" in batch("in", "out")
    said = batch("in", "out", "--", "--overwrite", "-n", "2")
    assert f"    gmm-separate --overwrite -n 2 --overwrite {rest}" in said


def test_the_command_is_a_variable(folder, monkeypatch):
    monkeypatch.setenv("TDSEP_COMMAND", "nmf-vocal")
    (folder / "a.wav").touch()
    said = batch("in", "out")
    assert "tdsep nmf-vocal, recordings in in: 1" in said[0]
    assert said[1] == "[1/1] done: in/a.wav"


@pytest.mark.parametrize(
    "arguments",
    [(), ("in", "out", "more"), ("nowhere",), ("bin/tdsep",), ("in", "in"), ("--skip", "in"),
     ("in", "out", "--", "--wrong"), ("",)],
)  # fmt: skip
def test_wrong_use(folder, tmp_path, arguments):
    (folder / "a.wav").touch()
    assert len(batch(*arguments, status=2)) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "in"}


def test_without_tdsep_it_says_so(folder, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    assert "no tdsep" in batch("in", status=2)[0]


def test_an_output_that_cannot_be_made(folder, tmp_path):
    (folder / "a.wav").touch()
    (tmp_path / "file").touch()
    batch("in", "file/out", status=1)


def test_help_is_the_text_at_its_top(folder):
    shown = subprocess.run([BASH, SCRIPT, "--help"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("Separates every recording of a folder")
    assert "Exit status:" in shown.stdout and "set -u" not in shown.stdout


@pytest.mark.parametrize(
    "number",
    [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in dir(signal)],
)
def test_stopped_it_ends_tdsep_and_says_what_is_left(folder, tmp_path, number):
    for name in ("a.wav", "bad.wav", "slow.wav", "z.wav"):
        (folder / name).touch()
    running = subprocess.Popen(
        [BASH, SCRIPT, "in", "out"], stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # run by nohup, they are ignored
    )  # fmt: skip
    end = time.monotonic() + 20
    while not (tmp_path / "out" / "started").exists() and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(running.pid, number)  # the script alone: it has to tell tdsep
    _, said = running.communicate(timeout=20)  # until nobody holds the pipe any more
    assert running.returncode == 128 + number
    assert said.splitlines()[-4:] == [
        "interrupted",
        "1 done, 0 skipped, 1 failed, 2 not reached",
        "  failed: in/bad.wav",
        "Log: out/batch.log",
    ]
    assert not (tmp_path / "out" / "z.wav.json").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)  # nothing of it runs on
