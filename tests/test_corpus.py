import json
import os
import sys

import pytest

from tdsep.corpus import read_corpus, read_words, split_by_command
from tdsep.errors import InputError, ParameterError


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_folder_of_labelled_folders(tmp_path):
    write(tmp_path, {"b/2.txt": "two", "b/10.txt": "ten", "a/deep/1": "one", "a/.hidden": "no",
                     ".git/x": "no"})  # fmt: skip
    corpus = read_corpus(tmp_path)
    assert corpus.names == ("a/deep/1", "b/10.txt", "b/2.txt")
    assert corpus.texts == ("one", "ten", "two")
    assert corpus.labels == ("a", "b", "b")
    assert corpus.remarks == ()


@pytest.mark.parametrize(
    ("files", "labels"),
    [
        (("x", "y"), (None, None)),
        (("only/x", "only/y"), (None, None)),
        (("only/a/x", "only/b/y"), ("a", "b")),
        (("README", "a/x", "b/y"), (None, "a", "b")),
        (("a/b/c/x", "a/b/d/e/y"), ("c", "d")),
    ],
)
def test_where_labels_come_from(tmp_path, files, labels):
    write(tmp_path, dict.fromkeys(files, "text"))
    assert read_corpus(tmp_path).labels == labels


@pytest.mark.parametrize(
    ("content", "text", "remark"),
    [
        ("naïve 猫".encode(), "naïve 猫", None),
        ("\ufeffnaïve".encode(), "naïve", None),
        ("naïve 猫".encode("utf-16"), "naïve 猫", None),
        ("naïve “café”".encode("cp1252"), "naïve “café”", "not UTF-8"),
        ("naïve".encode() + b" \xff end", "naïve  end", "damaged"),
        ("naïve".encode("utf-16") + b"x", "naïve", "damaged"),
        (b"", "", None),
    ],
)
def test_bytes_to_text(tmp_path, content, text, remark):
    write(tmp_path, {"file": content})
    corpus = read_corpus(tmp_path)
    assert corpus.texts == (text,)
    assert [said.startswith("file: ") and remark in said for said in corpus.remarks] == (
        [True] if remark else []
    )


def test_what_is_no_text_is_left_out_and_said(tmp_path):
    write(tmp_path, {"a": "text", "b": b"\x89PNG\0\0", "c": b"\0", "d/e": "more"})
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    corpus = read_corpus(tmp_path)
    assert corpus.names == ("a", "d/e")
    said = " | ".join(corpus.remarks)
    for words in ("b and 1 more: no text", "link: a link to a folder", "lost: cannot be read",
                  "pipe: no regular file"):  # fmt: skip
        assert words in said


def test_names_that_are_no_unicode(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9")).write_text("text")
    (name,) = read_corpus(tmp_path).names
    assert name.startswith("caf") and name.encode()


def test_json_lines(tmp_path):
    lines = [
        '"plain"',
        '{"text": "first", "id": "x", "label": "a"}',
        "",
        '{"text": "second", "id": 7, "label": 3, "more": []}',
        '{"text": "third", "id": null, "label": ["no"]}\r',
        '{"text": "\\ud800 half"}',
    ]
    write(tmp_path, {"docs.jsonl": "\ufeff" + "\n".join(lines)})
    corpus = read_corpus(tmp_path / "docs.jsonl")
    assert corpus.names == ("1", "x", "7", "5", "6")
    assert corpus.texts[:4] == ("plain", "first", "second", "third")
    assert corpus.texts[4].encode().endswith(b" half")
    assert corpus.labels == (None, "a", "3", None, None)
    assert corpus.remarks == ()


def test_lines_that_are_no_documents(tmp_path):
    bad = ["{", "[1]", "17", '{"id": "x"}', '{"text": 5}', "[" * 100000, "9" * 5000]
    write(tmp_path, {"docs.jsonl": "\n".join(['"good"', *bad])})
    corpus = read_corpus(tmp_path / "docs.jsonl")
    assert corpus.texts == ("good",)
    (said,) = corpus.remarks
    assert said.startswith("line 2 and 6 more: neither a JSON string")


def test_json_lines_of_latin_1(tmp_path):
    write(tmp_path, {"docs.jsonl": b'"caf\xe9"\n"ok"'})
    corpus = read_corpus(tmp_path / "docs.jsonl")
    assert corpus.texts == ("café", "ok")
    assert corpus.remarks[0].startswith("line 1: not UTF-8")


def test_what_is_no_corpus(tmp_path):
    write(tmp_path, {"empty.jsonl": "", "bad.jsonl": "nothing\n[]", "x.txt": "text", "dir/.h": "x",
                     "binary/b": b"\0"})  # fmt: skip
    for name, words in {
        "empty.jsonl": "is empty",
        "bad.jsonl": "no line is a JSON string",
        "x.txt": "is no corpus",
        "dir": "holds no text",
        "binary": "holds no text .b: no text but binary",
        "missing": "no such file",
        "missing.jsonl": "no such file",
    }.items():
        with pytest.raises(InputError, match=words) as caught:
            read_corpus(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))


def test_lists_of_words(tmp_path):
    write(tmp_path, {"words": "red\r\n\n blue \n猫\n\n", "binary": b"\0"})
    assert read_words(tmp_path / "words") == ("red", "", "blue", "猫")
    with pytest.raises(InputError, match="is no text"):
        read_words(tmp_path / "binary")


def python(program: str) -> str:
    return f"{sys.executable} -c {json.dumps(program)}"


def test_a_program_that_parts_words():
    spaced = python("import sys; [print(*line.rstrip()) for line in sys.stdin]")
    texts = ["猫が\n\n 犬と", "", "魚"]
    assert split_by_command(texts, spaced) == ("猫 が\n  犬 と", "", "魚")
    assert split_by_command(["", " \n"], spaced) == ("", "")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program-here", "cannot be run"),
        ("'", "cannot be run"),
        ("", "no program is named"),
        (python("import sys; sys.stderr.write('x\\nwoe'); sys.exit(3)"), "status 3 .woe"),
        (python("print('one')"), "made 1 lines of 2"),
        (python("pass"), "made 0 lines of 2"),
    ],
)
def test_a_program_that_does_not(command, words):
    with pytest.raises(ParameterError, match=words):
        split_by_command(["a\nb"], command)
