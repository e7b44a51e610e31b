import click
import pytest

from tdsep.cli.types import (
    Angles,
    Channels,
    Count,
    DivergenceKind,
    DocumentLimit,
    Duration,
    Passages,
    Positive,
    StopWords,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1:30", 90), ("500ms", 0.5), ("90", 90), ("1.5", 1.5), (".5s", 0.5),
     ("2m", 120), ("1:02:03.5", 3723.5), (" 3 s ", 3), ("0", 0), ("1h", 3600), ("0:05", 5)],
)  # fmt: skip
def test_durations(text, seconds):
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize(
    "text", ["", "ten", "10 parsecs", "-1", "1:2:3:4", "1:99", "1e3", "nan", "inf", "s"]
)
def test_impossible_durations(text):
    with pytest.raises(click.BadParameter, match="is no time"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize(("text", "number"), [("auto", None), ("AUTO", None), ("1", 1), ("6", 6)])
def test_counts(text, number):
    assert Count(6).convert(text, None, None) == number


@pytest.mark.parametrize("text", ["0", "7", "-1", "two", "2.0", ""])
def test_impossible_counts(text):
    with pytest.raises(click.BadParameter, match="1 to 6"):
        Count(6).convert(text, None, None)


def test_channels():
    assert Channels(8).convert("1,3", None, None) == (1, 3)
    assert Channels(8).convert(" 4 , 2 ", None, None) == (4, 2)
    assert Channels(8).convert("1-4", None, None) == (1, 2, 3, 4)
    assert Channels(8).convert("6, 1 - 3", None, None) == (6, 1, 2, 3)


@pytest.mark.parametrize("text", ["1", "1,1", "0,1", "1-9", "3-1", "2,1-3", "a,b", "1;2", ""])
def test_impossible_channels(text):
    with pytest.raises(click.BadParameter, match="2 to 8 different channels"):
        Channels(8).convert(text, None, None)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "4cm"])
def test_impossible_numbers(text):
    with pytest.raises(click.BadParameter, match="positive number of metres"):
        Positive("METRES").convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "passages"),
    [("10s", ((0, 10),)), ("1:10", ((0, 70),)), ("3-5", ((3, 5),)), ("3s - 500ms,", None),
     ("0-3s,1:10-1:20", ((0, 3), (70, 80))), ("auto", None), (" 2s-4s , 6s-8s ", ((2, 4), (6, 8)))],
)  # fmt: skip
def test_passages(text, passages):
    if passages is None and text != "auto":
        with pytest.raises(click.BadParameter):
            Passages().convert(text, None, None)
    else:
        assert Passages().convert(text, None, None) == passages


@pytest.mark.parametrize("text", ["", "ten", "-3s", "3-", "0-3,5", "5,6", "1-2-3", "10 parsecs"])
def test_impossible_passages(text):
    with pytest.raises(click.BadParameter, match="names no passages"):
        Passages().convert(text, None, None)


def test_divergences():
    assert DivergenceKind().convert("Itakura-Saito", None, None) == "itakura-saito"
    assert DivergenceKind().convert("0.5", None, None) == 0.5
    for text in ("", "cosine", "nan", "-2", "3"):
        with pytest.raises(click.BadParameter, match="is no divergence"):
            DivergenceKind().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("1", 1), ("20", 20), ("0.5", 0.5), (".05", 0.05), ("5%", 0.05), ("100%", 1.0), ("1.0", 1.0),
     (" 2 ", 2), ("0.1%", 0.001)],
)  # fmt: skip
def test_limits_of_documents(text, limit):
    found = DocumentLimit().convert(text, None, None)
    assert (found, type(found)) == (pytest.approx(limit), type(limit))


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "0%", "101%", "half", "", "nan", "1e9", "5 %%"])
def test_impossible_limits_of_documents(text):
    with pytest.raises(click.BadParameter, match="give a number of documents"):
        DocumentLimit().convert(text, None, None)


def test_stop_words(tmp_path):
    (tmp_path / "words").touch()
    for value in ("none", "english"):
        assert StopWords().convert(value, None, None) == value
    assert StopWords().convert(str(tmp_path / "words"), None, None) == tmp_path / "words"
    with pytest.raises(click.BadParameter, match="neither none, english"):
        StopWords().convert("german", None, None)


@pytest.mark.parametrize(
    ("text", "angles"), [("-40,30", (-40, 30)), ("0", (0,)), (" 90 , -90.0", (90, -90))]
)
def test_angles(text, angles):
    assert Angles().convert(text, None, None) == angles


@pytest.mark.parametrize("text", ["", "left", "1,,2", "91", "-90.5", "nan", "inf", "1;2"])
def test_impossible_angles(text):
    with pytest.raises(click.BadParameter, match="from -90 to 90"):
        Angles().convert(text, None, None)
