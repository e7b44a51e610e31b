import csv
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from tests.conftest import SAMPLES

QUICK = ("--plots", "none", "--iterations", "20", "--repeats", "1")


@pytest.fixture
def matrix(tdsep, rng) -> Path:
    """A matrix of three components, dense."""
    np.save("m.npy", rng.gamma(0.5, 1, (40, 3)) @ rng.gamma(0.5, 1, (3, 50)))
    return Path("m.npy")


def names() -> list[str]:
    return sorted(path.name for path in Path("separated").iterdir())


def test_writes_table_figure_and_manifest(tdsep):
    run = tdsep("nmf-rank", SAMPLES / "counts.npz", "--to", 7, "-v", "--json")
    assert run.status == 0, run.err
    assert "counts.npz: 4 components: the error on held-out entries" in run.err
    assert "80 by 120 entries; 1 to 7 components tried" in run.err
    assert names() == ["counts.nmf-rank.csv", "counts.nmf-rank.json", "counts.nmf-rank.png"]
    choice = json.loads(run.out)["choice"]
    rows = list(csv.reader(Path("separated/counts.nmf-rank.csv").read_text().splitlines()))
    assert rows[0] == ["components", "error", "held out 1", "held out 2", "held out 3"]
    table = np.array(rows[1:], float)
    np.testing.assert_array_equal(table[:, 0], choice["candidates"])
    np.testing.assert_allclose(table[:, 1], choice["errors"], rtol=1e-5)
    np.testing.assert_allclose(table[:, 2:], choice["held_out_errors"], rtol=1e-5)
    assert np.all(np.diff(table[:, 1]) < 0)  # what was learned from


def test_a_dense_matrix(tdsep, matrix):
    run = tdsep("nmf-rank", matrix, "--from", 2, "--to", 6, "--plots", "none")
    assert run.status == 0, run.err
    assert "m.npy: 3 components" in run.err


def test_a_sound(tdsep):
    run = tdsep("nmf-rank", SAMPLES / "three_notes.wav", "--end", "1s", "--from", 2, "--to", 4,
                "--step", 2, "--json", *QUICK)  # fmt: skip
    assert run.status == 0, run.err
    printed = json.loads(run.out)
    assert printed["choice"]["candidates"] == [2, 4]
    assert printed["matrix"]["shape"][0] == 513


def test_texts(tdsep):
    run = tdsep("nmf-rank", SAMPLES / "letters.jsonl", "--from", 4, "--to", 4, "--json", *QUICK)
    assert run.status == 0, run.err
    assert json.loads(run.out)["matrix"]["shape"][0] == 210


def test_results_within_the_folder_of_texts_are_no_texts(tdsep):
    Path("texts").mkdir()
    for number, words in enumerate(("rain and wind", "wind and rain", "bread and oven") * 4):
        Path(f"texts/{number}.txt").write_text(words)
    Path("texts/bad.bin").write_bytes(bytes(range(256)))
    line = ("nmf-rank", "texts", "-o", "texts/out", "--to", "2", "--skip-existing", *QUICK)
    first, again = tdsep(*line), tdsep(*line)
    assert "warning: " in first.err and "bad.bin" in first.err
    assert (again.status, "skipped" in again.err) == (0, True)
    among = tdsep("nmf-rank", "texts", "-o", "texts", *QUICK)
    assert among.status == 2
    assert "the results would lie in it" in among.err


def test_numbers_beyond_the_matrix_are_left_out(tdsep, matrix):
    run = tdsep("nmf-rank", matrix, "--from", 38, "--to", 99, "--json", *QUICK)
    assert json.loads(run.out)["choice"]["candidates"] == [38, 39, 40]
    run = tdsep("nmf-rank", matrix, "--from", 41, "--to", 50, "--overwrite", *QUICK)
    assert run.status == 2
    assert "m.npy: has 40 rows or columns: give a --from up to 40" in run.err


def test_existing_results(tdsep, matrix):
    assert tdsep("nmf-rank", matrix, "--to", 2, *QUICK).status == 0
    assert "exists already" in tdsep("nmf-rank", matrix, "--to", 2, *QUICK).err
    skipped = tdsep("nmf-rank", matrix, "--to", 2, "--skip-existing", *QUICK)
    assert (skipped.status, "skipped" in skipped.err) == (0, True)
    other = tdsep("nmf-rank", matrix, "--to", 3, "--skip-existing", *QUICK)
    assert "other options" in other.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "5", "--to", "3"), "--from 5 is more than --to 3"),
        (("--from", "0"), "not in the range"),
        (("--held-out", "1"), "not in the range"),
        (("--held-out", "0"), "not in the range"),
        (("--divergence", "cosine"), "no divergence"),
        (("--start", "1s"), "m.npy: is no sound"),
    ],
)
def test_bad_wishes_get_one_line(tdsep, matrix, options, words):
    run = tdsep("nmf-rank", matrix, *options)
    assert run.status == 2
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (np.zeros((4, 5)), 4, "nothing in it"),
        (-np.ones((4, 5)), 4, "negative"),
        (np.full((4, 5), np.nan), 4, "NaN"),
        (np.zeros((0, 5)), 4, "nothing in it"),
        (np.ones(4), 3, "1 dimensions"),
        (sp.csr_array(np.full((4, 5), 0.5)), 2, "counts"),
    ],
)
def test_bad_matrices_get_one_line(tdsep, content, status, words):
    if sp.issparse(content):
        sp.save_npz("bad.npz", content)
    else:
        np.savez("bad.npz", content)
    run = tdsep("nmf-rank", "bad.npz", *QUICK)
    assert run.status == status
    assert "bad.npz: " in run.err and words in run.err
    assert len(run.err.splitlines()) == 1


def test_what_is_neither_matrix_nor_sound(tdsep):
    Path("text.txt").write_text("no sound")
    run = tdsep("nmf-rank", "text.txt", *QUICK)
    assert run.status == 3
    assert "text.txt: is not a sound file" in run.err
