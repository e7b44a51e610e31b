"""Places and names that make trouble: one clear line, and nothing half-written."""

import os
import resource
import subprocess
from contextlib import contextmanager
from pathlib import Path

import joblib  # noqa: F401  (it tries at its first import what there is room for)
import pytest

from tests.cli.commands import COMMANDS, prepared, written

#: Commands whose sheets are drawn: that of gmm-separate with such names is drawn elsewhere.
SHEETS = ("nmf-rank", "nmf-vocal")

every_command = pytest.mark.parametrize("command", COMMANDS)


@every_command
def test_folders_that_cannot_be(tdsep, command):
    Path("loop").symlink_to("loop")
    Path("file").touch()
    line = prepared(command)
    before = written()
    for folder in (
        "loop", "loop/below", "file/below", "x" * 300, "/".join(["x" * 200] * 25),
        "/proc/tdsep",  # where not even root can make a folder
    ):  # fmt: skip
        run = tdsep(line[0], "-o", folder, *line[1:])
        assert run.status == 1, run.err
        assert run.err.count("\n") == 1
        assert folder.split("/")[-1][:9] in run.err or "loop" in run.err or "file" in run.err
        assert "choose " in run.err
        assert written() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@every_command
def test_a_folder_that_is_read_only(tdsep, command):
    line = prepared(command)
    Path("kept").mkdir(mode=0o500)
    run = tdsep(line[0], "-o", "kept/below", *line[1:])
    assert (run.status, run.err.count("\n")) == (1, 1)
    assert "kept: may not be written to" in run.err


@contextmanager
def files_of_at_most(size):
    """A limit on the size of files stands in for a full disk: the system refuses to write on."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@every_command
def test_files_that_find_no_room(tdsep, command):
    """The first of them, and those after it: some sizes are enough for tables, others for none."""
    line = prepared(command, "-o", "new/out")
    before, statuses = written(), []
    for size in (0, 150, 1000, 20000):
        with files_of_at_most(size):
            run = tdsep(*line)
        statuses.append(run.status)
        if run.status == 0:
            break
        assert run.err.count("\n") == 1
        assert "new/out" in run.err
        assert "free some space" in run.err
        assert written() == before
        assert not Path("new").exists()
    assert statuses[0] == 1


@pytest.fixture
def full_disk(tmp_path):
    """A disk with 16 kB of room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True
    )
    if done.returncode:
        pytest.skip("a disk of its own may not be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("command", ["gmm-separate", "nmf-joint", "simulate"])
def test_a_full_disk(tdsep, full_disk, command):
    run = tdsep(*prepared(command, "-o", full_disk / "out"))
    assert (run.status, run.err.count("\n")) == (1, 1), run.err
    assert "free some space" in run.err
    assert list(full_disk.iterdir()) == []


@every_command
def test_a_name_of_everything_that_makes_trouble(tdsep, command):
    """Also in the title of the sheet, and in what is printed."""
    stem = os.fsdecode(b"-{track}{part} %s\n$x^$\x1b[31m\xff")
    line = prepared(command, "--json", stem=stem)
    if command in SHEETS:
        line.remove("--plots")
        line.remove("none")
    run = tdsep(*line)
    assert run.status == 0, run.err
    assert all(told.isprintable() for told in run.err.splitlines())
    folder = Path("simulated" if command == "simulate" else "separated")
    assert len(written(folder)) >= 3
    assert all(stem in name or command == "simulate" for name in written(folder))


@every_command
def test_a_name_that_leaves_no_room_for_the_parts(tdsep, command):
    ending = COMMANDS[command][0]
    line = prepared(command, stem="x" * (255 - len(ending)))
    before = written()
    run = tdsep(*line)
    if command == "simulate":  # whose truth has the talkers' own names
        assert run.status == 0
        return
    assert (run.status, run.err.count("\n")) == (1, 1)
    assert "the name is too long" in run.err
    assert written() == before


@every_command
def test_results_stay_in_their_folder(tdsep, tmp_path, monkeypatch, command):
    """Wherever the input lies, and if its name is that of the folder above."""
    prepared(command)
    prepared(command, stem="..")
    Path("here").mkdir()
    monkeypatch.chdir("here")
    before = written(tmp_path)
    line = [f"../{word}" if str(word).startswith("in.") else word for word in prepared(command)]
    Path(str(line[line.index("--") + 1])[3:]).unlink()
    assert tdsep(*line).status == 0
    new = set(written(tmp_path)) - set(before)
    assert new and all(name.startswith("here/s") for name in new)
    if command == "simulate":  # which has no names to choose
        return
    line = prepared(command, "--name", "{track}/{part}", "-o", "out", stem="..")
    run = tdsep(*line)
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "leads out of the output folder" in run.err
    assert not Path("out").exists()


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "/".join(["x" * 200] * 25) + ".wav"])
@pytest.mark.parametrize("command", [*COMMANDS, "info", "evaluate"])
def test_an_input_whose_name_cannot_be(tdsep, command, name):
    Path("there.wav").touch()
    options = {"nmf-joint": ["there.wav"], "evaluate": ["-r", "there.wav"]}.get(command, [])
    run = tdsep(
        command, *options, *(["--background", "1s"] if command == "nmf-remove" else []), name
    )
    assert (run.err.count("\n"), run.out) == (1, "")
    assert run.status in (1, 3)
    assert "a fault" not in run.err and "stdout" not in run.err
    assert written() == ["there.wav"]


@every_command
def test_no_manifest_tells_where_it_was_made(tdsep, tmp_path, command):
    """Nor does a batch's record: inputs, results, figures and lists of words by absolute paths."""
    command, *line = prepared(command, "-o", tmp_path / "out")
    line[line.index("--") + 1] = tmp_path / line[line.index("--") + 1]
    if command == "nmf-rank":  # whose only figure is quick to draw
        line[line.index("none")] = tmp_path / "figures"
    if command == "nmf-topics":
        (tmp_path / "words").write_text("the\n")
        line[:0] = ["--stop-words", tmp_path / "words"]
    assert tdsep(command, *line).status == 0
    assert "skipped" in tdsep(command, "--skip-existing", *line).err
    several = command not in ("simulate", "nmf-joint")
    if several:
        assert tdsep(command, "--skip-existing", *line, tmp_path / "missing.wav").status == 1
    manifests = [name for name in written() if name.endswith(".json")]
    assert len(manifests) == 1 + several
    for name in manifests:
        assert str(tmp_path) not in Path(name).read_text()
