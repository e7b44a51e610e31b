import json
from pathlib import Path

import pytest

from tdsep.batch import FileReport, Outcome
from tdsep.batch.record import NAME, Record, names_of
from tdsep.errors import InputError, OutputError


def record(tmp_path, *names):
    sources = [tmp_path / "in" / name for name in names]
    made = Record(tmp_path / "out", "job", {"seed": 3, "list": tmp_path / "words.txt"},
                  names_of(sources, []))  # fmt: skip
    return made, sources


def read(tmp_path):
    return json.loads((tmp_path / "out" / NAME).read_text())


def test_what_became_of_each_file(tmp_path):
    made, (a, b, c) = record(tmp_path, "a.wav", "b.wav", "c.wav")
    made.write()
    assert [file["outcome"] for file in read(tmp_path)["files"]] == ["unfinished"] * 3
    made.note(FileReport(b, Outcome.DONE, {"files": ["b.x.wav"]}, seconds=1.23456))
    made.note(FileReport(a, Outcome.FAILED, error=InputError(f"{a}: is empty")))
    made.note(FileReport(c, Outcome.SKIPPED, {"files": ["c.x.wav"]}))
    made.write()
    assert read(tmp_path)["files"] == [
        {"name": "a.wav", "outcome": "failed", "error": "a.wav: is empty", "seconds": 0.0},
        {"name": "b.wav", "outcome": "done", "files": ["b.x.wav"], "seconds": 1.235},
        {"name": "c.wav", "outcome": "skipped", "files": ["c.x.wav"], "seconds": 0.0},
    ]
    assert read(tmp_path)["options"] == {"seed": 3, "list": "words.txt"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == [NAME]


def test_it_names_no_folder_of_this_machine(tmp_path):
    made, (a,) = record(tmp_path, "a.wav")
    error = OutputError(f"{tmp_path / 'out' / 'a.x.wav'}: cannot be written")
    made.note(FileReport(a, Outcome.FAILED, error=error))
    made.write()
    text = (tmp_path / "out" / NAME).read_text()
    assert str(tmp_path) not in text
    assert "a.x.wav: cannot be written" in text


def test_it_is_refreshed_as_the_run_goes_on_but_costs_little(tmp_path, monkeypatch):
    made, sources = record(tmp_path, *(f"{n}.wav" for n in range(50)))
    writings = []
    write = made.write
    monkeypatch.setattr(made, "write", lambda: (writings.append(1), write()))
    for source in sources:
        made.note(FileReport(source, Outcome.DONE, {"files": []}))
    assert 1 <= len(writings) < 50


def test_names_below_a_folder():
    sources = [Path("in/x/a.wav"), Path("b.wav"), Path("/far/c.wav")]
    assert list(names_of(sources, [Path("in")]).values()) == ["x/a.wav", "b.wav", "c.wav"]


def test_the_last_run_replaces_the_record_and_nothing_else_by_its_name(tmp_path):
    record(tmp_path, "a.wav")[0].write()
    record(tmp_path, "b.wav")[0].write()
    assert [file["name"] for file in read(tmp_path)["files"]] == ["b.wav"]
    (tmp_path / "out" / NAME).write_text('{"mine": 1}')
    with pytest.raises(OutputError, match="is no record"):
        record(tmp_path, "c.wav")
