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
    assert (run.status, run.err) == (0, "separated/mix.gmm.json: -> mix.gmm.html\n")
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
    run = tdsep("report", separated)
    assert run.status != 0
    assert run.err.startswith("tdsep: separated/mix.gmm.html: exists already")
    assert tdsep("report", separated, "--skip-existing").err.endswith("its results exist\n")
    assert tdsep("report", separated, "--overwrite").status == 0
    assert files(separated) == before


def test_with_the_results_the_page_goes_and_comes(tdsep, mix):
    assert tdsep("gmm-separate", mix, *QUICK, "--report").status == 0
    page = Path("separated/mix.gmm.html")
    assert tdsep("gmm-separate", mix, *QUICK, "--overwrite").status == 0
    assert not page.exists()
    assert tdsep("gmm-separate", mix, *QUICK, "--report", "--skip-existing").status == 0
    assert page.exists()


def test_a_folder_of_runs_has_a_page_that_leads_to_theirs(tdsep, mix):
    Path("in").mkdir()
    for name in ("a", "b <c>"):
        Path(f"in/{name}.wav").write_bytes(mix.read_bytes())
    Path("in/broken.wav").write_bytes(b"RIFF")
    assert tdsep("gmm-separate", "in", *QUICK, "--plots", "none").status == 1
    run = tdsep("report", "separated")
    assert run.status == 0, run.err
    content = Path("separated/report.html").read_text()
    links = re.findall('href="(.*?)"', content)
    assert links == ["./a.gmm.html", "./b%20%3Cc%3E.gmm.html"]
    assert "broken.wav" in content
    assert tdsep("report", "separated").status != 0
    assert tdsep("report", "separated", "--skip-existing").status == 0
    Path("separated/report.html").write_text("mine")
    for choice in ((), ("--skip-existing",)):
        refused = tdsep("report", "separated", *choice)
        assert "choose --overwrite, or move it" in refused.err
        assert Path("separated/report.html").read_text() == "mine"


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
        (lambda told: told["parts"].update(talker1="../mix.wav"), "KeyError"),
        (lambda told: told["files"].insert(0, "../mix.wav"), "outside its folder"),
        (lambda told: told["files"].insert(0, "/etc/passwd"), "outside its folder"),
        (lambda told: told["separation"].clear(), "is not as this tdsep writes it"),
        (lambda told: told.update(command="other"), "is not as this tdsep writes it"),
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
