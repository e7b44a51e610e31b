import tempfile

import numpy as np
import pytest
import soundfile

from tdsep.audio import SoundFormat, probe, write_parts
from tdsep.audio.tags import id3, of_part, tags_of
from tdsep.formats import FORMATS

TAGS = {
    "title": "Lied 絆é🎤",
    "artist": "Ärzte",
    "album": "Größe",
    "date": "2001-02-03",
    "genre": "Röck",
    "comment": "eins\nzwei 絆",
    "tracknumber": "7/12",
    "copyright": "© ich",
}
KINDS = [(form, subtype) for form, kind in FORMATS.items() for subtype in kind.subtypes]


def write(path, form: str, subtype: str, tags, frames: int = 5000) -> None:
    samples = 0.5 * np.sin(np.arange(frames) / 20)[None, None]
    with path.open("w+b") as file:
        sound = SoundFormat(16000, 1, frames, subtype, form, tags)
        write_parts([file], [samples], sound, names=["vocals"])


@pytest.mark.parametrize(("form", "subtype"), KINDS)
def test_tags_survive(tmp_path, form, subtype):
    path = tmp_path / f"a.{form}"
    write(path, form, subtype, TAGS)
    info = probe(path)
    assert info.tags == {**TAGS, "title": "Lied 絆é🎤 (vocals)"}
    assert info.frames == 5000


@pytest.mark.parametrize(("form", "subtype"), KINDS)
def test_other_programs_read_them(tmp_path, form, subtype):
    av = pytest.importorskip("av")
    path = tmp_path / f"a.{form}"
    write(path, form, subtype, TAGS)
    with av.open(str(path)) as container:
        found = tags_of({**container.streams[0].metadata, **container.metadata})
    assert found == {**TAGS, "title": "Lied 絆é🎤 (vocals)"}


def test_a_file_too_long_for_wav_has_them_too(tmp_path):
    with (tmp_path / "a.wav").open("w+b") as file:
        large = SoundFormat(8000, 1, 2**31, "PCM_16", tags=TAGS)
        write_parts([file], [np.full((1, 1, 100), 0.5)], large)
    assert probe(tmp_path / "a.wav").tags == TAGS


@pytest.mark.parametrize("form", FORMATS)
def test_long_tags_are_cut_and_displace_nothing(tmp_path, form):
    path = tmp_path / f"a.{form}"
    long = tags_of(dict.fromkeys(TAGS, "é" * 90000))
    assert set(long.values()) == {"é" * 500}
    write(path, form, FORMATS[form].subtypes[0], long)
    assert probe(path).tags.keys() == TAGS.keys()
    assert probe(path).frames == 5000


def test_without_tags_a_file_holds_none(tmp_path):
    for form, kind in FORMATS.items():
        write(tmp_path / f"a.{form}", form, kind.subtypes[0], {})
        assert probe(tmp_path / f"a.{form}").tags == {}
    assert b"LIST" not in (tmp_path / "a.wav").read_bytes()
    assert b"ID3" not in (tmp_path / "a.mp3").read_bytes()


def test_names_of_tags():
    assert tags_of({"TITLE": "a", "Track": "3", "encoder": "x", "album": ""}) == {
        "title": "a", "tracknumber": "3"
    }  # fmt: skip
    assert of_part({"artist": "a"}, "vocals") == {"artist": "a"}
    assert of_part({"title": "a"}, "") == {"title": "a"}


def test_the_sizes_of_an_id3_tag():
    """Seven bits a byte."""
    tag = id3({"title": "a" * 999})
    assert tag[6:10] == bytes((0, 0, 1010 >> 7, 1010 & 127))
    assert tag[10:20] == b"TIT2" + bytes((0, 0, 1000 >> 7, 1000 & 127)) + b"\0\0"
    assert len(tag) == 1020


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.caf", "a.w64"])
def test_tags_of_what_libsndfile_writes(tmp_path, name):
    with soundfile.SoundFile(tmp_path / name, "w", 16000, 1) as sound:
        if name != "a.w64":  # has none
            sound.title, sound.artist = "Song", "Band"
        sound.write(np.zeros(4000))
    expected = {} if name == "a.w64" else {"title": "Song", "artist": "Band"}
    assert probe(tmp_path / name).tags == expected


def test_a_tag_that_is_no_utf8(tmp_path):
    """Broken letters are told by a sign of their own and do no harm."""
    with tempfile.TemporaryFile() as file:
        sound = SoundFormat(8000, 1, 10, "PCM_16", tags={"title": "Lied ab"})
        write_parts([file], [np.zeros((1, 1, 10))], sound)
        file.seek(0)
        (tmp_path / "a.wav").write_bytes(file.read().replace(b"Lied ab", b"Lied \xe9b"))
    assert probe(tmp_path / "a.wav").tags == {"title": "Lied \ufffdb"}
