"""Pages: with the results, and afterwards."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import SAMPLES

QUICK = ("--method", "lecture", "-n", "2", "-q")


@pytest.fixture
def separated(tdsep, mix) -> Path:
    """A folder with one run's results, and no page."""
    assert tdsep("gmm-separate", mix, *QUICK).status == 0
    return Path("separated")


def files(folder) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_page_is_the_same_with_the_results_and_afterwards(tdsep, mix, separated):
    assert tdsep("gmm-separate", mix, *QUICK, "--report", "-o", "at-once").status == 0
    run = tdsep("report", separated)
    told = "separated/mix.gmm.json: gmm-separate on mix.wav -> mix.gmm.html\n"
    assert (run.status, run.err) == (0, told)
    assert files(separated) == files(Path("at-once"))


@pytest.mark.parametrize(
    "command",
    [
        ("gmm-separate", "data/two_talkers.wav", "--method", "lecture", "--plots", "none"),
        ("gmm-separate", "data/two_talkers.wav", "-n", "2", "--end", "3s"),
        ("nmf-vocal", "data/song.wav", "--intro", "4s", "--method", "nmf", "--iterations", "3"),
        ("nmf-vocal", "data/song.wav", "--intro", "4s", "--only", "vocals", "--iterations", "2"),
        ("nmf-remove", "data/song.wav", "--background", "4s", "--method", "cnmf", "--iterations",
         "2"),
        ("nmf-parts", "data/three_notes.wav", "-k", "3", "--iterations", "10"),
        ("nmf-rank", "data/counts.npz", "--to", "4", "--repeats", "1", "--iterations", "5"),
        ("nmf-topics", "data/letters.jsonl", "-k", "3"),
        ("nmf-joint", "data/shop_customer_good.csv", "data/shop_good_word.csv", "-k", "2",
         "--iterations", "5"),
        ("simulate", "data/two_talkers.truth1.flac", "data/two_talkers.truth2.flac"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_has_a_page_that_needs_nothing_else(tdsep, command):
    Path("data").symlink_to(SAMPLES)
    run = tdsep(*command, "--report", "-q", "-o", "out")
    assert run.status == 0, run.err
    (page,) = Path("out").glob("*.html")
    content = page.read_text()
    manifest = json.loads(page.with_suffix(".json").read_text())
    assert page.name in manifest["files"]
    assert manifest["sizes"][page.name] == page.stat().st_size
    for found in re.findall(r"""(?:src|href)=["'](.*?)["']""", content):
        assert found.startswith(("data:", "./"))
        assert found.startswith("data:") or (page.parent / found).exists()
    assert not re.search(r"https?:(?!//www.w3.org)|@import|url\(", content)
    tracks = content.count('class="sound"')
    expected = len(manifest.get("parts", ())) + (
        "parts" in manifest and manifest["options"].get("only") is None
    )
    assert tracks == expected
    assert str(Path.cwd()) not in content


def test_half_a_minute_of_stereo_is_under_3_mb(tdsep, rng):
    song, rate = soundfile.read(SAMPLES / "song.wav")
    long = np.tile(song, (3, 1))[: 30 * rate]
    loud = np.repeat(long, 3, axis=0) + 0.01 * rng.standard_normal((90 * rate, 2))
    soundfile.write("half.wav", 0.5 * loud, 3 * rate)  # 30 s of a rate three times as high
    quick = ("--method", "lecture", "--plots", "none", "-q")
    run = tdsep("gmm-separate", "half.wav", "-n", "6", "--report", *quick)
    assert run.status == 0, run.err
    # The sheet, which takes long to draw, would take 0.3 MB.
    assert Path("separated/half.gmm.html").stat().st_size < 2.7e6


def test_names_are_no_markup(tdsep, mix):
    name = "<img src=x onerror=alert(1)>&\"'{{ 7 * 7 }}\n.wav"
    Path(name).write_bytes(mix.read_bytes())
    assert tdsep("gmm-separate", name, *QUICK, "--report").status == 0
    (page,) = Path("separated").glob("*.html")
    content = page.read_text()
    assert "<img src=x" not in content
    assert "{{ 7 * 7 }}" in content


def test_a_name_that_is_no_text(tdsep, mix):
    name = b"caf\xe9.wav".decode("utf-8", "surrogateescape")
    try:
        Path(name).write_bytes(mix.read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    assert tdsep("gmm-separate", name, *QUICK, "--report").status == 0
    (page,) = Path("separated").glob("*.html")
    assert "caf%E9.talker1.wav" in page.read_text(encoding="utf-8")


def test_a_page_is_not_replaced_unasked(tdsep, separated):
    assert tdsep("report", separated, "-q").status == 0
    before = files(separated)
    again = tdsep("report", separated)
    assert (again.status, again.err) == (
        0, "separated/mix.gmm.json: skipped, its results exist\n",
    )  # fmt: skip
    page = separated / "mix.gmm.html"
    page.write_text("mine")
    refused = tdsep("report", separated)
    assert refused.status != 0
    assert refused.err.startswith("tdsep: separated/mix.gmm.html: is another page than the run's")
    assert page.read_text() == "mine"
    assert tdsep("report", separated, "--overwrite").status == 0
    assert files(separated) == before


def test_with_the_results_the_page_goes_and_comes(tdsep, mix):
    assert tdsep("gmm-separate", mix, *QUICK, "--report").status == 0
    page = Path("separated/mix.gmm.html")
    before = files(Path("separated"))
    assert tdsep("gmm-separate", mix, *QUICK, "--overwrite").status == 0
    assert not page.exists()
    # What was separated is not separated again for the page.
    part = Path("separated/mix.talker1.wav")
    times = part.stat().st_mtime_ns
    run = tdsep("gmm-separate", mix, *QUICK[:-1], "--report", "--skip-existing")
    assert (run.status, run.err) == (0, "mix.wav: skipped, its results exist\n".replace(
        "mix.wav", str(mix)))  # fmt: skip
    assert part.stat().st_mtime_ns == times
    assert files(Path("separated")) == before
    page.unlink()
    assert tdsep("gmm-separate", mix, *QUICK, "--skip-existing").status == 0
    assert not page.exists()
    assert part.stat().st_mtime_ns == times


@pytest.fixture
def batch(tdsep, mix) -> Path:
    """A folder of two recordings and a broken file."""
    Path("in").mkdir()
    for name in ("a", "b <c>"):
        Path(f"in/{name}.wav").write_bytes(mix.read_bytes())
    Path("in/broken.wav").write_bytes(b"RIFF")
    return Path("in")


def test_a_folder_of_runs_has_a_page_that_leads_to_theirs(tdsep, batch):
    quick = (*QUICK, "--plots", "none")
    assert tdsep("gmm-separate", batch, *quick, "--report", "-o", "at-once").status == 1
    assert tdsep("gmm-separate", batch, *quick).status == 1
    index = Path("separated/report.html")
    run = tdsep("report", "separated")
    assert run.status == 0, run.err
    assert run.err.splitlines()[-2:] == ["2 pages -> report.html", "2 done, 0 skipped, 0 failed"]
    content = index.read_text()
    assert re.findall('href="(.*?)"', content) == ["./a.gmm.html", "./b%20%3Cc%3E.gmm.html"]
    assert content.count("broken.wav") == 1
    assert Path("at-once/report.html").read_text() == content
    index.write_text("mine")
    refused = tdsep("report", "separated")
    assert "is another page than tdsep's" in refused.err
    assert index.read_text() == "mine"
    assert tdsep("report", "separated", "--overwrite", "-q").status == 0
    assert index.read_text() == content


def test_a_run_without_its_page_is_told_in_the_folders(tdsep, batch):
    tdsep("gmm-separate", batch, *QUICK, "--plots", "none", "--report")
    Path("separated/a.talker1.wav").unlink()
    run = tdsep("report", "separated", "--overwrite", "-q")
    assert run.status == 1
    content = Path("separated/report.html").read_text()
    assert "a.talker1.wav is gone: run the command again" in content
    assert "b%20%3Cc%3E.gmm.html" in content


def test_results_below_a_folder_of_their_own(tdsep, mix):
    run = tdsep("gmm-separate", mix, *QUICK, "--name", "{track}/{part}", "--report")
    assert run.status == 0, run.err
    content = Path("separated/mix/gmm.html").read_text()
    assert 'href="./talker1.wav"' in content
    assert tdsep("report", "separated/mix/gmm.json", "--overwrite").status == 0
    assert Path("separated/mix/gmm.html").read_text() == content


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda told: told["parts"].update(talker1="../mix.wav"), "is not as this tdsep wrote it"),
        (lambda told: told["parts"].update(talker1="/etc/passwd"), "is not as this tdsep wrote it"),
        (
            lambda told: (
                told["parts"].update(talker1="../mix.wav"),
                told["files"].insert(0, "../mix.wav"),
            ),
            "is not as this tdsep wrote it",
        ),
        (lambda told: told["separation"].clear(), "is not as this tdsep wrote it"),
        (lambda told: told.update(command="other"), "is not as this tdsep wrote it"),
        (lambda told: told.update(files=["x.json"]), "give it its name back"),
        (lambda told: told.clear(), "is no manifest"),
    ],
)
def test_a_manifest_that_was_tampered_with_is_one_line(tdsep, separated, change, line):
    path = separated / "mix.gmm.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    before = files(separated)
    run = tdsep("report", path)
    assert run.status == 3
    assert line in run.err
    assert len(run.err.splitlines()) == 1
    assert files(separated) == before


def test_what_is_missing_is_one_line(tdsep, separated):
    (separated / "mix.talker1.wav").unlink()
    run = tdsep("report", separated)
    assert run.status == 3
    assert len(run.err.splitlines()) == 1
    assert "mix.talker1.wav" in run.err
    assert tdsep("report", "nowhere").status == 3
    Path("empty").mkdir()
    assert "holds no manifest" in tdsep("report", "empty").err


def test_figures_elsewhere_are_no_hindrance(tdsep, mix):
    wanted = ("gmm-separate", mix, *QUICK, "--plots", "figures", "-o", "a/b", "--report")
    assert tdsep(*wanted).status == 0
    page = Path("a/b/mix.gmm.html")
    before = page.read_bytes()
    assert b'href="./../../figures/' in before
    assert tdsep("report", "a/b", "--overwrite").status == 0
    assert page.read_bytes() == before


def test_a_part_that_was_replaced_is_named(tdsep, separated):
    soundfile.write(separated / "mix.talker2.wav", np.zeros((100, 1)), 8000)
    run = tdsep("report", separated)
    assert run.status == 3
    assert run.err.startswith("tdsep: separated/mix.talker2.wav: is not of the rate, channels and")
