"""Tables with names: what is read, how they are aligned, and what is refused in one line."""

import re

import numpy as np
import pytest
import scipy.sparse as sp

from tdsep.errors import InputError, ParameterError
from tdsep.tables import join, join_tables, read_modes, read_table

WIDE = "user/good,apple,bread,nut\nAnn,1,,2.5\nBob,0,3e1,\n"
LONG = "user,good,count\nAnn,apple,1\nBob,bread,30\nAnn,bread,\nAnn,nut,2.5\nBob,apple,0\n"


@pytest.fixture
def table(tmp_path):
    """Write a table and read it."""

    def read(text, name="t.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_table(path)

    return read


def cells(read):
    """By names: values, and None where a cell is empty."""
    rows, columns = read.names
    found = {
        (rows[i], columns[j]): float(value)
        for (i, j), value in zip(read.places.T, read.values, strict=True)
    }
    return found | {(rows[i], columns[j]): None for i, j in read.empty.T}


def test_a_wide_table(table):
    read = table(WIDE)
    assert read.modes == ("user", "good")
    assert read.names == (("Ann", "Bob"), ("apple", "bread", "nut"))
    assert read.lists_all
    assert cells(read) == {
        ("Ann", "apple"): 1, ("Ann", "bread"): None, ("Ann", "nut"): 2.5,
        ("Bob", "apple"): 0, ("Bob", "bread"): 30, ("Bob", "nut"): None,
    }  # fmt: skip


def test_a_long_table(table):
    read = table(LONG)
    assert read.modes == ("user", "good")
    assert not read.lists_all
    assert cells(read) == {
        ("Ann", "apple"): 1, ("Bob", "bread"): 30, ("Ann", "bread"): None, ("Ann", "nut"): 2.5,
        ("Bob", "apple"): 0,
    }  # fmt: skip


@pytest.mark.parametrize("text", [WIDE, LONG])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n", "\n , ,\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_programs_write_tables_in_many_ways(table, text, delimiter, line_end, encoding):
    if line_end == "\n , ,\n":
        line_end = line_end.replace(",", delimiter)
    plain = table(text)
    other = table(text.replace(",", delimiter).replace("\n", line_end), "u.csv", encoding)
    assert (other.modes, other.names, cells(other)) == (plain.modes, plain.names, cells(plain))


def test_names_are_compared_as_they_are_read(table):
    decomposed, composed = "cafe\u0301", "caf\xe9"
    read = table(f'"user / good", {decomposed} ,"a, ""b"""\n  Zoë ,1,2\n結,3,\n')
    assert read.modes == ("user", "good")
    assert read.names == (("Zoë", "結"), (composed, 'a, "b"'))


def test_the_modes_alone(tmp_path):
    (tmp_path / "t.csv").write_text("user/good;a,b;c\nnonsense\n")
    assert read_modes(tmp_path / "t.csv") == ("user", "good")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n \n", "names no modes"),
        ("apple,bread\nAnn,1\n", "names no modes: the header must be"),
        (",apple,bread\nAnn,1,2\n", "names no modes"),
        ("/good,apple\nAnn,1\n", "names no modes"),
        ("user/,apple\nAnn,1\n", "names no modes"),
        ("user/good/word,apple\nAnn,1\n", "names no modes"),
        ("user/good\nAnn\n", "names no modes"),
        ("user,good,count,time\nAnn,apple,1,2\n", "names no modes"),
        ("1,2,3\n4,5,6\n", "begins with numbers"),
        ("Ann,apple,3\nBob,bread,2\n", "begins with numbers"),
        ("user/user,a\nAnn,1\n", "are both 'user'"),
        ("user/good,apple,,nut\nAnn,1,2,3\n", "column 3 has no name"),
        ("user/good,apple,apple\nAnn,1,2\n", "two columns are called 'apple'"),
        ("user/good,apple\nAnn,1\nAnn,2\n", "line 3: there is a row 'Ann' already"),
        ("user/good,apple\nAnn,1\n,2\n", "line 3: has no name"),
        ("user,good,n\nAnn,,2\n", "line 2: has no name"),
        ("user/good,apple\nAnn,1,2\n", "line 2: has 3 cells and the header 2"),
        ("user,good,n\nAnn,apple\n", "line 2: has 2 cells and the header 3"),
        ("user,good,n\nA,b,1\n\nA,b,2\n", "line 4: 'A' and 'b' stand here again"),
        ("user/good,apple\nAnn,-1\n", "line 2: '-1' is no number from 0 up"),
        ("user/good;apple\nAnn;1,5\n", "line 2: '1,5' is no number"),
        ("user/good,apple\nAnn,nan\n", "'nan' is no number"),
        ("user/good,apple\nAnn,NA\n", "leave missing cells empty"),
        ("user/good,apple\nAnn,inf\n", "'inf' is no number"),
        ("user/good,apple\nAnn,1_0\n", "'1_0' is no number"),
        ("user/good,apple\nAnn,1e99\n", "'1e99' is no number"),
        ("user/good,apple\nAnn,0\n", "no value above 0"),
        ("user/good,apple\n", "no value above 0"),
        ('user/good,apple\n"Ann,1\n', "cannot be read"),
        ("user/good,apple\nAnn,1\nZoë,2\n".encode("latin-1"), "line 3 is not in UTF-8"),
        ("user/good,apple\nAnn,1\n".encode("utf-16"), "is no text"),
        (b"PK\x03\x04\0\0", "is no text"),
    ],
)
def test_what_cannot_be_read(table, text, words):
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        table(text)
    message = str(caught.value)
    assert "t.csv: " in message
    assert "\n" not in message


def test_no_such_table(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder: give the tables in it"):
        read_table(tmp_path)


def joined(table, *texts, unlisted=("zero",)):
    return join_tables([table(text, f"{i}.csv") for i, text in enumerate(texts)], unlisted)


def test_tables_are_aligned_by_names(table):
    found = joined(table, WIDE, "good/word,x,y\nnut,1,2\nplum,3,4\napple,5,6\n")
    assert found.names == {
        "user": ("Ann", "Bob"), "good": ("apple", "bread", "nut", "plum"), "word": ("x", "y")
    }  # fmt: skip
    np.testing.assert_array_equal(
        np.where(found.known["user", "good"], found.matrices["user", "good"], -1),
        [[1, -1, 2.5, -1], [0, 30, -1, -1]],
    )
    np.testing.assert_array_equal(
        np.where(found.known["good", "word"], found.matrices["good", "word"], -1),
        [[5, 6], [-1, -1], [1, 2], [3, 4]],
    )
    assert found.n_known(("user", "good")) == 4
    assert found.n_known(("good", "word")) == 6


def test_the_order_of_lines_does_not_matter(table):
    words = "good/word,x,y\nnut,1,2\nbread,3,4\napple,5,6\n"
    header, *lines = words.splitlines()
    one, other = (
        joined(table, WIDE, "\n".join((header, *order))) for order in (lines, lines[::-1])
    )
    assert one.names == other.names
    for pair, matrix in one.matrices.items():
        np.testing.assert_array_equal(other.matrices[pair], matrix)
    assert set(one.known) == {("user", "good")}
    assert one.n_known(("good", "word")) == 6


@pytest.mark.parametrize(
    ("unlisted", "expected"),
    [
        ("zero", [[1, -1, 2.5, -1], [0, 30, 0, -1]]),
        ("missing", [[1, -1, 2.5, -1], [0, 30, -1, -1]]),
    ],
)
def test_what_a_long_table_does_not_list(table, unlisted, expected):
    """Plum is named by the other table only, so that it is missing in any case."""
    more = "good/word,x\nplum,1\nnut,2\n"
    for rule in ((unlisted,), (unlisted, "zero")):
        found = joined(table, LONG, more, unlisted=rule)
        order = [found.names["good"].index(name) for name in ("apple", "bread", "nut", "plum")]
        seen = np.where(found.known["user", "good"], found.matrices["user", "good"], -1)
        np.testing.assert_array_equal(seen[:, order], expected)


def test_a_rule_for_each_table(table):
    more = "good,word,n\napple,x,1\nbread,y,2\n"
    found = joined(table, LONG, more, unlisted=("missing", "zero"))
    assert found.n_known(("good", "word")) == 4
    assert found.n_known(("user", "good")) == 4
    with pytest.raises(ParameterError, match=r"2 tables, and there are 3"):
        joined(table, LONG, more, "user/town,t\nAnn,1\n", unlisted=("missing", "zero"))


def test_large_tables_stay_sparse(table, monkeypatch):
    more = "good,word,n\napple,x,1\nbread,y,2\nnut,x,3\nnut,z,0\n"
    whole = joined(table, WIDE, more)
    monkeypatch.setattr(join, "MOST_CELLS", 8)
    found = joined(table, WIDE, more)
    assert sp.issparse(found.matrices["good", "word"])
    assert ("good", "word") not in found.known
    np.testing.assert_array_equal(
        found.matrices["good", "word"].toarray(), whole.matrices["good", "word"]
    )
    listed = joined(table, WIDE, more, unlisted=("missing",))
    assert sp.issparse(listed.known["good", "word"])
    assert listed.n_known(("good", "word")) == 4
    with pytest.raises(InputError, match=r"1\.csv: is too large, 3 x 3"):
        joined(table, WIDE, "good,word,n\napple,x,1\nbread,y,2\nnut,z,\n")
    monkeypatch.setattr(join, "MOST_CELLS", 5)
    with pytest.raises(InputError, match=r"0\.csv: has 2 x 3 cells to be predicted"):
        joined(table, WIDE, more)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((WIDE, LONG), "1.csv: is of user and good, as is"),
        ((WIDE, "good/user,Ann\nnut,1\n"), "1.csv: is of good and user, as is"),
        ((WIDE, "goods/word,x\nnut,1\n"), "1.csv: is of goods and word, which no table"),
        ((WIDE, "Good/word,x\nnut,1\n"), "1.csv: calls 'Good' what another table calls 'good'"),
        ((WIDE, "good/word,x\nNut,1\n"), "names no good that another table does"),
    ],
)
def test_what_cannot_be_joined(table, texts, words):
    with pytest.raises(InputError, match=re.escape(words)):
        joined(table, *texts)


def test_tables_hang_together_through_others(table):
    found = joined(table, WIDE, "word/letter,a\nx,1\n", "good/word,x\nnut,1\n")
    assert list(found.matrices) == [("user", "good"), ("word", "letter"), ("good", "word")]
