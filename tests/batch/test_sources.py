import io
import json
import os
from pathlib import Path

import pytest

from tdsep.batch.sources import listed, sounds_in
from tdsep.errors import InputError
from tdsep.outputs import OutputNames
from tdsep.report.manifest import to_json


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder, recursive=False):
    return [str(path.relative_to(folder)) for path in sounds_in(folder, recursive)]


def test_the_sounds_of_a_folder_sorted(tmp_path):
    make(tmp_path, "b.WAV", "a.flac", "ü ñ.ogg", "notes.txt", ".hidden.wav", "sub/c.wav",
         ".trash/d.wav", "[x]*.wav")  # fmt: skip
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "link.wav").symlink_to(tmp_path / "sub" / "c.wav")
    (tmp_path / "dead.wav").symlink_to("nowhere")  # is told of, for a recording is missing
    flat = ["[x]*.wav", "a.flac", "b.WAV", "dead.wav", "link.wav", "ü ñ.ogg"]
    assert found(tmp_path) == flat
    assert found(tmp_path, recursive=True) == sorted([*flat, "sub/c.wav"])


def test_results_of_earlier_runs_are_no_inputs_unless_wanted(tmp_path):
    names = ["sub/x.voice.wav", "sub/[odd]*.wav", "sub/x.job.png", "sub/x.job.json"]
    make(tmp_path, "x.wav", "sub/x.wav", *names)
    document = to_json({"tdsep": "0", "files": names})
    (tmp_path / "sub" / "x.job.json").write_text(document)
    assert found(tmp_path, recursive=True) == ["sub/x.wav", "x.wav"]
    assert found(tmp_path / "sub") == ["x.wav"]
    wanted = [path.name for path in sounds_in(tmp_path / "sub", results=True)]
    assert wanted == ["[odd]*.wav", "x.voice.wav", "x.wav"]
    (tmp_path / "sub" / "x.wav").unlink()
    with pytest.raises(InputError, match="nothing but results"):
        sounds_in(tmp_path / "sub")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{\n  "tdsep": 1}', '{\n  "tdsep": 1, "files": 3}',
     '{\n  "tdsep": 1, "files": [1]}', '{\n  "tdsep": 1, "files": ["a.wav"]}', "\0"],
)  # fmt: skip
def test_other_documents_tell_nothing(tmp_path, text):
    make(tmp_path, "a.wav")
    (tmp_path / "x.json").write_text(text)
    assert found(tmp_path) == ["a.wav"]


def test_a_folder_without_sounds(tmp_path):
    make(tmp_path, "notes.txt", "sub/a.wav")
    with pytest.raises(InputError, match="holds no sound files"):
        sounds_in(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_folder_that_may_not_be_read(tmp_path):
    make(tmp_path, "a.wav")
    tmp_path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        sounds_in(tmp_path)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a.wav\nb c.wav\n\n", ["a.wav", "b c.wav"]),
        (b"a.wav\r\nb.wav", ["a.wav", "b.wav"]),
        (b"a\nb.wav\0 c.wav\0", ["a\nb.wav", " c.wav"]),
        ("ü.wav\n".encode(), ["ü.wav"]),
    ],
)
def test_a_list(content, names):
    assert [str(path) for path in listed(io.BytesIO(content))] == names


def test_names_that_are_no_text():
    (path,) = listed(io.BytesIO(b"\xff.wav\n"))
    assert os.fsencode(path) == b"\xff.wav"


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_list(content):
    with pytest.raises(InputError, match="stdin: lists no files"):
        listed(io.BytesIO(content))


@pytest.mark.parametrize(
    ("root", "source", "expected"),
    [
        ("in", "in/a.wav", "out/a.p.wav"),
        ("in", "in/x/y/a.wav", "out/x/y/a.p.wav"),
        ("in", "else/a.wav", "out/a.p.wav"),
        ("in", "in/../../a.wav", "out/a.p.wav"),
        (".", "x/a.wav", "out/x/a.p.wav"),
        ("..", "../x/a.wav", "out/x/a.p.wav"),
    ],
)
def test_results_keep_sub_folders(root, source, expected):
    names = OutputNames("out", roots=[Path(root)])
    assert str(names.path(source, "p", ".wav")) == expected
    assert str(names.elsewhere("figures").path(source, "p", ".wav")) == expected.replace(
        "out", "figures"
    )


def test_a_manifest_is_known_by_its_beginning():
    assert to_json({"tdsep": "1", "files": []}).startswith('{\n  "tdsep": ')
    assert json.loads(to_json({"tdsep": "1"}))
