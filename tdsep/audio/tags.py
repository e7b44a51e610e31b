"""Tags: what a sound file says of its title, its artist, … and how that is written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The tags that are carried over, by libsndfile's names, with their frames in an ID3 tag.
_FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "date": "TDRC",
    "genre": "TCON",
    "comment": "COMM",
    "tracknumber": "TRCK",
    "copyright": "TCOP",
}
#: What FFmpeg calls them, where it differs.
_FFMPEG = {"track": "tracknumber"}
#: Bytes of a tag: where all are longer than some 1,500, WAV's header has no room for any.
_MOST_BYTES = 1000


def tags_of(entries: Mapping[str, str]) -> dict[str, str]:
    """Choose the tags that are carried over; names in any case, libsndfile's or FFmpeg's."""
    named = {_FFMPEG.get(name.lower(), name.lower()): text for name, text in entries.items()}
    return {name: _cut(named[name]) for name in _FRAMES if named.get(name)}


def of_part(tags: Mapping[str, str], part: str) -> dict[str, str]:
    """Complete the title by what a file holds of the song, if that has a name: "Song (vocals)"."""
    complete = dict(tags)
    if part and "title" in tags:
        complete["title"] = f"{tags['title']} ({part})"
    return complete


def set_tags(sound: Any, tags: Mapping[str, str]) -> None:
    """Write tags into a sound file that libsndfile has just begun, of any kind but MP3."""
    for name, text in tags.items():
        setattr(sound, name, text)


def id3(tags: Mapping[str, str]) -> bytes:
    """Encode tags for the beginning of an MP3 file (ID3v2.4); nothing where there are none.

    libsndfile's own are of no use there: it writes UTF-8 and calls it Latin-1.
    """
    if not tags:
        return b""
    frames = b"".join(_frame(_FRAMES[name], text) for name, text in tags.items())
    return b"ID3\4\0\0" + _size(frames) + frames


def _frame(name: str, text: str) -> bytes:
    of_a_comment = b"XXX\0" if name == "COMM" else b""  # its language and what it is about: unknown
    content = b"\3" + of_a_comment + text.encode()  # 3 stands for UTF-8
    return name.encode() + _size(content) + b"\0\0" + content


def _size(content: bytes) -> bytes:
    """Encode a length with seven bits a byte."""
    return bytes(len(content) >> shift & 127 for shift in (21, 14, 7, 0))


def _cut(text: str) -> str:
    """Shorten a tag that is too long, between two characters."""
    return text.encode(errors="replace")[:_MOST_BYTES].decode(errors="ignore")
