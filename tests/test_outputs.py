import os
import resource
import subprocess
import sys

import pytest

from tdsep import outputs
from tdsep.errors import OutputError, ParameterError
from tdsep.outputs import (
    OutputFiles,
    OutputNames,
    check_name,
    check_writable,
    clear_unfinished,
    first_existing,
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{track}.{part}", "a.b.talker1.wav"),
        ("{track}/{part}", "a.b/talker1.wav"),
        ("{part} of {track}", "talker1 of a.b.wav"),
        ("{part}", "talker1.wav"),
    ],
)
def test_names(tmp_path, template, expected):
    names = OutputNames(tmp_path, template)
    assert names.path("somewhere/a.b.wav", "talker1", ".wav") == tmp_path / expected


def test_braces_in_the_track_are_no_fields(tmp_path):
    names = OutputNames(tmp_path, "{track}.{part}")
    assert names.path("{part}{x}.wav", "p", ".wav") == tmp_path / "{part}{x}.p.wav"


@pytest.mark.parametrize(
    "template",
    ["{track}", "", "{part}{", "{part}}", "{part}{0}", "{part.x}", "{}", "{part!r}", "../{part}",
     "/tmp/{part}", "a/../../{part}", "{part}/.."],
)  # fmt: skip
def test_impossible_templates(tmp_path, template):
    with pytest.raises(ParameterError, match="template"):
        OutputNames(tmp_path, template)


@pytest.mark.parametrize("template", ["{track}/{part}", "a/{track}/{part}"])
def test_a_source_whose_name_leads_out_of_the_folder(tmp_path, template):
    names = OutputNames(tmp_path, template)
    assert names.path("..b.wav", "p", ".wav").is_relative_to(tmp_path)
    with pytest.raises(ParameterError, match=r"\.\.\.wav: .*leads out"):
        names.path("somewhere/...wav", "p", ".wav")


def test_a_link_that_the_user_has_put_into_the_folder_is_followed(tmp_path):
    """It is how results are had on another disk; who can put it there can write there, too."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "song").symlink_to(tmp_path / "disk")
    with OutputFiles() as files:
        files.add(
            OutputNames(tmp_path / "out", "{track}/{part}").path("song.wav", "p", ".wav"), b""
        )
        files.commit()
    assert names(tmp_path / "disk") == ["p.wav"]


def test_files_appear_only_at_the_commit(tmp_path):
    folder = tmp_path / "new" / "deep"
    with OutputFiles() as files:
        files.add(folder / "a", b"1")
        files.add(folder / "b", memoryview(b"2"))
        assert not (folder / "a").exists()
        files.commit()
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]
    assert (folder / "b").read_bytes() == b"2"
    assert (folder / "a").stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(error), OutputFiles() as files:
        files.add(tmp_path / "new" / "a", b"1")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_until_the_commit(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ValueError), OutputFiles() as files:
        files.add(tmp_path / "a", b"new")
        raise ValueError
    assert (tmp_path / "a").read_bytes() == b"old"


def test_no_room_left_on_the_disk(tmp_path):
    """A limit on the size of files stands in for a full disk: the system refuses to write on."""
    program = (
        "import resource, sys, pathlib\n"
        "from tdsep.outputs import OutputFiles\n"
        "from tdsep.errors import OutputError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (1000, {resource.RLIM_INFINITY}))\n"
        "try:\n"
        "    with OutputFiles() as files:\n"
        "        files.add(pathlib.Path(sys.argv[1]) / 'a', b'1' * 10)\n"
        "        files.add(pathlib.Path(sys.argv[1]) / 'b', b'1' * 5000)\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], capture_output=True, text=True
    )
    assert "cannot be written" in done.stdout, done.stderr
    assert "free some space" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="may not be written"):
        check_writable(tmp_path / "new", "-o")


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="is a file"):
            check_writable(folder, "-o")
    with pytest.raises(OutputError), OutputFiles() as files:
        files.add(tmp_path / "file" / "a", b"1")


@pytest.mark.parametrize("target", ["loop", "nowhere"])
def test_a_link_that_leads_nowhere(tmp_path, target):
    (tmp_path / "loop").symlink_to(tmp_path / target)
    with pytest.raises(OutputError, match="leads nowhere"):
        check_writable(tmp_path / "loop" / "below", "-o")
    with pytest.raises(OutputError), OutputFiles() as files:
        files.add(tmp_path / "loop" / "a", b"1")


def test_a_name_that_is_too_long(tmp_path):
    check_name(tmp_path / ("x" * 255))
    with pytest.raises(OutputError, match="--name"):
        check_name(tmp_path / ("é" * 130))
    with pytest.raises(OutputError, match="--output-dir"):
        check_name(tmp_path / ("x" * 256) / "a")
    with pytest.raises(OutputError, match="--output-dir"):
        check_name(tmp_path.joinpath(*["x" * 200] * 25, "a"))
    with pytest.raises(OutputError, match="cannot be written"), OutputFiles() as files:
        files.add(tmp_path / ("x" * 300), b"1")
        files.commit()
    assert list(tmp_path.iterdir()) == []


def test_first_existing(tmp_path):
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "c").symlink_to("nowhere")
    assert first_existing([tmp_path / "a", tmp_path / "b"]) == tmp_path / "b"
    assert first_existing([tmp_path / "c"]) == tmp_path / "c"
    assert first_existing([tmp_path / "a"]) is None


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_leaves_is_cleared_and_nothing_else(tmp_path):
    program = (
        "import os, pathlib, sys\n"
        "from tdsep.outputs import OutputFiles\n"
        "with OutputFiles() as files:\n"
        "    files.add(pathlib.Path(sys.argv[1]) / 'a', b'1' * 10)\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    (tmp_path / ".tdsep-mine").write_text("stays")
    assert len(names(tmp_path)) == 3
    clear_unfinished([tmp_path, tmp_path / "nowhere"])
    assert len(names(tmp_path)) == 3  # both are at work
    writers[0].kill()
    writers[0].wait()
    clear_unfinished([tmp_path])
    assert len(names(tmp_path)) == 2
    writers[1].communicate()
    assert names(tmp_path) == [".tdsep-mine"]


def test_a_file_cleared_before_it_had_its_lock_is_made_anew(tmp_path, monkeypatch):
    """Between the making of a file and its lock another process may take it for unfinished."""
    lock, made = outputs.fcntl.flock, []

    def late(file, how):
        made.append(file)
        if len(made) == 1:
            next(tmp_path.glob(".tdsep-*")).unlink()
        lock(file, how)

    monkeypatch.setattr(outputs.fcntl, "flock", late)
    with OutputFiles() as files:
        files.add(tmp_path / "a", b"1")
        files.commit()
    assert len(made) == 2
    assert names(tmp_path) == ["a"]


def test_without_locks_files_are_written_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "fcntl", None)
    with OutputFiles() as files:
        files.add(tmp_path / "a", b"1")
        files.commit()
    clear_unfinished([tmp_path])
    assert names(tmp_path) == ["a"]
