import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from PIL import Image

from tests.conftest import ROOT, SAMPLES

LETTERS = SAMPLES / "letters.jsonl"
QUICK = ("--plots", "none")


def names(folder: str = "separated") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def table(name: str) -> list[dict[str, str]]:
    text = Path("separated", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def news(tdsep) -> Path:
    """The letters as a folder of labelled folders, in the folder the command runs in."""
    for line in LETTERS.read_text().splitlines():
        letter = json.loads(line)
        path = Path("news") / letter["label"] / f"{letter['id']}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(letter["text"])
    return Path("news")


def test_writes_both_tables_the_sheet_and_the_manifest(tdsep, news):
    run = tdsep("nmf-topics", news, "-k", 6, "-v")
    assert run.status == 0, run.err
    assert run.out == ""
    summary, *topics = run.err.splitlines()
    assert summary.startswith("news: 6 topics of 210 documents and ")
    assert "against 6 labels -> news.topics.csv, news.documents.csv" in summary
    assert [line.split(",")[0] for line in topics] == [f"  topic {n}" for n in range(1, 7)]
    assert names() == [
        "news.documents.csv", "news.nmf-topics.json", "news.nmf-topics.png", "news.topics.csv"
    ]  # fmt: skip
    image = Image.open("separated/news.nmf-topics.png")
    assert image.width >= 1200
    assert len(image.convert("RGB").getcolors(maxcolors=1 << 24)) > 100


def test_the_tables(tdsep, news):
    assert tdsep("nmf-topics", news, "-k", 6, "--top-words", 4, *QUICK).status == 0
    words = table("news.topics.csv")
    assert list(words[0]) == ["topic", "rank", "word", "weight", "lift"]
    assert [(row["topic"], row["rank"]) for row in words] == [
        (str(topic), str(rank)) for topic in range(1, 7) for rank in range(1, 5)
    ]
    documents = table("news.documents.csv")
    assert len(documents) == 210
    for row in documents:
        shares = [float(row[f"topic{number}"]) for number in range(1, 7)]
        assert sum(shares) == pytest.approx(1, abs=1e-4)
        assert int(row["cluster"]) == 1 + int(np.argmax(shares))
        assert row["document"].startswith(row["label"] + "/")
    assert len({(row["label"], row["cluster"]) for row in documents}) == 6


def test_the_manifest(tdsep):
    run = tdsep("nmf-topics", LETTERS, "-k", 6, "--json", "-q", "--seed", 3, "--min-df", "1%",
                "--max-df", 100, "--weighting", "counts", *QUICK)  # fmt: skip
    assert run.err == ""
    printed = json.loads(run.out)
    assert printed == json.loads(Path("separated/letters.nmf-topics.json").read_text())
    assert printed["seed"] == 3
    assert (printed["options"]["min_df"], printed["options"]["max_df"]) == (0.01, 100)
    found = printed["topics"]
    assert found["documents"] == 210
    assert [len(words) for words in found["top_words"]] == [10] * 6
    assert sum(found["cluster_sizes"]) == 210
    assert np.all(np.diff(found["divergence"]) <= 0)
    compared = found["agreement"]
    assert compared["documents"] == np.sum(compared["confusion"]) == 210
    assert compared["nmi"] > 0.9
    assert printed["input"]["name"] == "letters.jsonl"


def test_a_matrix_of_counts(tdsep):
    rng = np.random.default_rng(0)
    chances = np.kron(np.eye(2), np.ones((1, 5))) * 2 + 0.1
    counts = sp.csr_array(rng.poisson(chances[np.arange(30) % 2]))
    sp.save_npz("counts.npz", counts)
    run = tdsep("nmf-topics", "counts.npz", "-k", 2, "--max-df", "100%", *QUICK)
    assert run.status == 0, run.err
    assert "warning: the words are numbered" in run.err
    clusters = [row["cluster"] for row in table("counts.documents.csv")]
    assert list(table("counts.documents.csv")[0]) == ["document", "cluster", "topic1", "topic2"]
    assert len({*clusters[::2]}) == len({*clusters[1::2]}) == 1
    Path("words.txt").write_text("\n".join("abcdefghij"))
    run = tdsep("nmf-topics", "counts.npz", "-k", 2, "--max-df", "100%", "--vocabulary",
                "words.txt", "--stop-words", "none", "--overwrite", *QUICK)  # fmt: skip
    assert "warning" not in run.err
    assert {row["word"] for row in table("counts.topics.csv")} == {*"abcdefghij"}


def test_japanese(tdsep):
    sentences = ["猫は魚が好き", "犬は魚を食べる", "電車は駅に止まる", "駅で電車を待つ"] * 4
    lines = [json.dumps(" ".join(sentence)) for sentence in sentences]
    Path("parted.jsonl").write_text("\n".join(lines))
    run = tdsep("nmf-topics", "parted.jsonl", "-k", 2, "--token-pattern", r"\S+")
    assert run.status == 0, run.err
    assert "電" in {row["word"] for row in table("parted.topics.csv")}
    Path("whole.jsonl").write_text("\n".join(map(json.dumps, sentences)))
    parting = "import sys; [print(*line.rstrip()) for line in sys.stdin]"
    run = tdsep("nmf-topics", "whole.jsonl", "-k", 2, "--tokenizer",
                f"{sys.executable} -c '{parting}'", *QUICK)  # fmt: skip
    assert run.status == 0, run.err
    assert table("whole.topics.csv") == table("parted.topics.csv")


def test_a_corpus_with_everything_wrong(tdsep, news):
    (news / "garden" / "empty.txt").write_bytes(b"")
    (news / "garden" / "strange.txt").write_bytes(b"zyx wvu")
    (news / "garden" / "latin.txt").write_bytes("café roses and weeds, roses".encode("latin-1"))
    (news / "garden" / "photo.jpg").write_bytes(b"\xff\xd8\0\0")
    (news / "choir" / "$x_{1}$ 折り紙\n.txt").write_text("melody and singers, melody")
    run = tdsep("nmf-topics", news, "-k", 6)
    assert run.status == 0, run.err
    for words in (
        "garden/latin.txt: not UTF-8", "garden/photo.jpg: no text but binary",
        "2 of 214 documents hold no word that counts",
    ):  # fmt: skip
        assert f"warning: {words}" in run.err
    rows = {row["document"]: row for row in table("news.documents.csv")}
    assert rows["garden/empty.txt"]["cluster"] == rows["garden/strange.txt"]["topic1"] == ""
    manifest = json.loads(Path("separated/news.nmf-topics.json").read_text())
    assert manifest["topics"]["agreement"]["documents"] == 212


def test_nothing_is_overwritten_unasked(tdsep, news):
    options = ("nmf-topics", news, "-k", 6, "--plots", "figures")
    assert tdsep(*options).status == 0
    assert len(names("figures")) == 5
    assert "exists already" in tdsep(*options).err
    skipped = tdsep(*options, "--skip-existing")
    assert (skipped.status, "skipped" in skipped.err) == (0, True)
    assert "other options" in tdsep(*options, "--seed", 1, "--skip-existing").err
    (news / "garden" / "new.txt").write_text("roses and slugs")
    assert "another input" in tdsep(*options, "--skip-existing").err
    assert tdsep(*options, "--overwrite").status == 0


def test_lists_of_words_belong_to_the_input(tdsep):
    Path("stop.txt").write_text("recipe\n")
    options = ("nmf-topics", LETTERS, "-k", 6, "--stop-words", "stop.txt", *QUICK)
    assert tdsep(*options).status == 0
    assert "recipe" not in {row["word"] for row in table("letters.topics.csv")}
    assert "skipped" in tdsep(*options, "--skip-existing").err
    Path("stop.txt").write_text("rails\n")
    assert "other options" in tdsep(*options, "--skip-existing").err


def test_the_folder_one_stands_in_has_a_name(tdsep, news, monkeypatch):
    monkeypatch.chdir(news)
    run = tdsep("nmf-topics", ".", "-k", 3, "-o", "../separated", *QUICK)
    assert run.status == 0, run.err
    assert "news.topics.csv" in names("../separated")


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("-k", "0"), 2, "0 is not in the range"),
        (("-k", "211"), 2, "211 topics of 210 documents that hold"),
        (("--min-df", "0"), 2, "give a number of documents (5), or a share"),
        (("--min-df", "1.5"), 2, "give a number of documents (5), or a share"),
        (("--max-df", "-3%"), 2, "give a number of documents (5), or a share"),
        (("--min-df", "300"), 2, "no word is in at least 300"),
        (("--min-df", "60%"), 2, "at least 60 % and at most 50 % of the 210 documents"),
        (("--stop-words", "klingon"), 2, "neither none, english, nor a file of words"),
        (("--token-pattern", "("), 2, "is no regular expression"),
        (("--token-pattern", ""), 2, "finds words in nothing"),
        (("--token-pattern", "q{9}"), 4, "no word is found by the token pattern"),
        (("--tokenizer", "no-such-program"), 2, "cannot be run"),
        (("--vocabulary", LETTERS), 2, "holds no counts"),
        (("--vocabulary", "missing"), 2, "does not exist"),
        (("--weighting", "magic"), 2, "'magic' is not one of"),
        (("--top-words", "0"), 2, "0 is not in the range"),
    ],
)
def test_bad_wishes_get_one_line_and_leave_nothing(tdsep, options, status, words):
    run = tdsep("nmf-topics", LETTERS, *options)
    assert run.status == status
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


def test_bad_corpora_get_one_line(tdsep):
    Path("text.txt").write_text("text")
    Path("empty").mkdir()
    Path("bad.jsonl").write_text("woe")
    Path("bad.npz").write_bytes(b"woe")
    np.save("negative.npy", -np.eye(3))
    for name, status, words in (
        ("missing", 3, "no such file"),
        ("text.txt", 3, "is no corpus"),
        ("empty", 3, "holds no text"),
        ("bad.jsonl", 3, "no line is a JSON string"),
        ("bad.npz", 3, "is no matrix"),
        ("negative.npy", 4, "negative or not finite"),
    ):
        run = tdsep("nmf-topics", name, "-k", 2)
        assert run.status == status, run.err
        assert words in run.err
        assert len(run.err.splitlines()) == 1
    run = tdsep("nmf-topics", "negative.npy", "--tokenizer", "cat")
    assert "--tokenizer and --token-pattern are for texts" in run.err


def test_ctrl_c_leaves_nothing(tmp_path, tmp_path_factory):
    begun = tmp_path_factory.mktemp("begun") / "begun"
    program = (  # whoever runs the tests may ignore the signal
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from tdsep.cli.main import main; main()"
    )
    sleep = f'import pathlib, time; pathlib.Path("{begun}").touch(); time.sleep(60)'
    waiting = f"{sys.executable} -c '{sleep}'"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "nmf-topics", LETTERS, "--tokenizer", waiting],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in said and "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_a_cluster_finds_the_same(tdsep, client, monkeypatch):
    for name, fewer in (("_STARTS", 2), ("TRIAL", 3), ("_ITERATIONS", 12)):
        monkeypatch.setattr(f"tdsep.topics.find.{name}", fewer)
    address = client.scheduler.address.removeprefix("tcp://")
    assert tdsep("nmf-topics", LETTERS, "-k", 6, *QUICK).status == 0
    ours = json.loads(Path("separated/letters.nmf-topics.json").read_text())
    words, documents = table("letters.topics.csv"), table("letters.documents.csv")
    run = tdsep("nmf-topics", LETTERS, "-k", 6, "--dask", address, "--overwrite", *QUICK)
    assert run.status == 0, run.err
    theirs = json.loads(Path("separated/letters.nmf-topics.json").read_text())
    assert theirs["options"] == ours["options"]
    np.testing.assert_allclose(
        theirs["topics"]["divergence"], ours["topics"]["divergence"], rtol=1e-5
    )
    for one, other in ((words, "letters.topics.csv"), (documents, "letters.documents.csv")):
        for line, same in zip(one, table(other), strict=True):
            for key, cell in line.items():
                try:
                    assert float(same[key]) == pytest.approx(float(cell), rel=1e-4, abs=1e-5)
                except ValueError:
                    assert same[key] == cell


def test_no_cluster_gets_one_line(tdsep):
    start = time.monotonic()
    run = tdsep("nmf-topics", LETTERS, "--dask", "127.0.0.1:9")
    assert time.monotonic() - start < 20
    assert run.status == 1
    assert "no Dask scheduler answers at '127.0.0.1:9'" in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("separated").exists()


def test_a_cluster_without_its_package_says_how_to_get_it(tdsep, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    run = tdsep("nmf-topics", LETTERS, "--dask", "127.0.0.1:9")
    assert run.status == 1
    assert "pip install 'tdsep[dask]'" in run.err
    assert len(run.err.splitlines()) == 1
