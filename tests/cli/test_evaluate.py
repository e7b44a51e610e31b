import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tdsep.evaluate import evaluate
from tdsep.jobs import evaluation
from tests.conftest import encode_wav, voice_like

RATE = 16000
SECONDS = 4
_NAMES = {"sdr", "sir", "sar", "si_sdr"}


def write(name, sound, rate=RATE, subtype="DOUBLE"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(encode_wav(np.atleast_2d(sound), rate, subtype))
    return name


@pytest.fixture
def parts(tdsep, rng):
    """References s1.wav and s2.wav, estimates e1.wav and e2.wav in the other order, mix.wav."""
    references = np.array([voice_like(rng, SECONDS * RATE) for _ in range(2)])
    references += 1e-4 * rng.standard_normal(references.shape)  # no band is empty, as with 16 bits
    leaked = references[::-1] + 0.2 * references + 0.01 * rng.standard_normal(references.shape)
    for number, (reference, estimate) in enumerate(zip(references, leaked, strict=True), 1):
        write(f"s{number}.wav", reference)
        write(f"e{number}.wav", estimate)
    write("mix.wav", references.sum(axis=0))
    return references, leaked


TRUTH = ("--reference", "s1.wav", "--reference", "s2.wav")


def scores(run):
    assert run.status == 0, run.err
    return json.loads(run.out)["scores"]


def test_the_table(tdsep, parts):
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--mixture", "mix.wav")
    assert (run.status, run.err) == (0, "")
    head, *rows, mean = run.out.splitlines()
    assert head.split() == ["reference", "estimate", "SDR", "SIR", "SAR", "SI-SDR", "SDRi", "SIRi",
                            "SI-SDRi"]  # fmt: skip
    assert [row.split()[:2] for row in rows] == [["s1.wav", "e2.wav"], ["s2.wav", "e1.wav"]]
    expected = evaluate(*parts)
    assert [float(row.split()[2]) for row in rows] == pytest.approx(expected.sdr, abs=0.051)
    assert float(mean.split()[1]) == pytest.approx(expected.sdr.mean(), abs=0.051)
    assert {len(line) for line in run.out.splitlines()} == {len(head)}
    assert sorted(path.name for path in Path().iterdir()) == [
        "e1.wav", "e2.wav", "mix.wav", "s1.wav", "s2.wav"
    ]  # fmt: skip


def test_json_and_improvement(tdsep, parts):
    references, _ = parts
    found = scores(tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--format", "json",
                         "--mixture", "mix.wav"))  # fmt: skip
    expected = evaluate(*parts)
    before = evaluate(references, np.tile(references.sum(axis=0), (2, 1)))
    for name in _NAMES:
        assert [each[name] for each in found] == pytest.approx(getattr(expected, name), abs=1e-6)
    for name in _NAMES - {"sar"}:
        gained = getattr(expected, name) - getattr(before, name)
        assert [each[f"{name}_improvement"] for each in found] == pytest.approx(gained, abs=1e-6)


def test_the_order_of_files_does_not_matter(tdsep, parts):
    here = scores(tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--format", "json"))
    there = scores(tdsep("evaluate", *TRUTH, "e2.wav", "e1.wav", "--format", "json"))
    assert [each["estimate"] for each in here] == [each["estimate"] for each in there]
    assert [each["sdr"] for each in here] == pytest.approx([each["sdr"] for each in there])


def test_perfect_estimates(tdsep, parts):
    for each in scores(tdsep("evaluate", *TRUTH, "s2.wav", "s1.wav", "--format", "json")):
        assert each["reference"] == each["estimate"]
        assert min(each[name] for name in _NAMES) > 100


def test_each_window_is_scored_as_a_file_of_its_own(tdsep, parts):
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--format", "json", "--window", "1.3s")
    document = json.loads(run.out)
    assert document["windows"] == [[0, 1.3], [1.3, 2.6], [2.6, 4]]  # the rest goes to the last
    for number, (start, end) in enumerate(document["windows"]):
        window = slice(round(start * RATE), round(end * RATE))
        expected = evaluate(*(sounds[:, window] for sounds in parts))
        for name in _NAMES:
            values = [each["windows"][name][number] for each in document["scores"]]
            assert values == pytest.approx(getattr(expected, name), abs=1e-6)
    for each in document["scores"]:
        assert each["sdr"] == np.median(each["windows"]["sdr"])
    table = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--window", "1.3s").out
    assert table.endswith("medians of 3 windows\n")
    lines = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--format", "csv", "--window", "1.3").out
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [row["start"] for row in rows] == ["0.0", "1.3", "2.6"] * 2
    assert [float(row["sdr"]) for row in rows[:3]] == pytest.approx(
        document["scores"][0]["windows"]["sdr"], abs=1e-4
    )


def test_silent_windows_are_left_out(tdsep, parts):
    references, _ = parts
    references[0, : 2 * RATE] = 0
    write("s1.wav", references[0])
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--window", "1s", "--format", "json")
    document = json.loads(run.out)
    assert document["windows"] == [[2, 3], [3, 4]]
    assert document["left_out"] == [[0, 1], [1, 2]]
    assert run.err == "note: 2 of 4 windows are left out: a file is silent there\n"


def test_what_is_long_is_scored_in_windows(tdsep, parts, monkeypatch):
    monkeypatch.setattr(evaluation, "_MOST_AT_ONCE", SECONDS * RATE)
    monkeypatch.setattr(evaluation, "_WINDOW", 1.0)
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav")
    assert "medians of 4 windows" in run.out
    assert "see --window" in run.err


def test_folders_with_results_of_tdsep_and_the_mixture(tdsep, parts):
    for folder, kind in (("truth", "s"), ("found", "e")):
        for number in (1, 2):
            write(f"{folder}/mix.part{number}.wav", soundfile.read(f"{kind}{number}.wav")[0])
    Path("found/mix.job.json").write_text(
        '{\n  "tdsep": "0", "files": ["mix.part1.wav", "mix.part2.wav", "mix.job.json"]}',
        encoding="utf-8",
    )
    mixture = write("truth/mix.wav", soundfile.read("mix.wav")[0])
    run = tdsep("evaluate", "-r", "truth", "found", "--mixture", mixture)
    assert run.status == 0, run.err
    assert [row.split()[1] for row in run.out.splitlines()[1:3]] == [
        "mix.part2.wav", "mix.part1.wav"
    ]  # fmt: skip


def test_channels(tdsep, parts):
    references, estimates = parts
    for number in (1, 2):
        write(f"s{number}.wav", [0 * references[number - 1], references[number - 1]])
        write(f"e{number}.wav", [estimates[number - 1], estimates[number - 1]])
    found = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--channel", 2, "--format", "json")
    assert found.err == "note: channel 2 of each file is scored\n"
    assert [each["sdr"] for each in scores(found)] == pytest.approx(evaluate(*parts).sdr)
    silent = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav")
    assert silent.status == 4
    assert "s1.wav: is silent in channel 1" in silent.err


def test_a_few_samples_more(tdsep, parts):
    _, estimates = parts
    write("e1.wav", np.append(estimates[0], np.ones(100)))
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav", "--format", "json")
    assert [each["sdr"] for each in scores(run)] == pytest.approx(evaluate(*parts).sdr)
    assert "100 samples shorter than e1.wav" in run.err


def test_one_part(tdsep, parts):
    run = tdsep("evaluate", "-r", "s1.wav", "e2.wav")
    assert "SIR tells nothing" in run.err
    assert len(run.out.splitlines()) == 2


def test_formats_of_files_set_by_default_are_no_formats_of_scores(tdsep, parts):
    Path("tdsep.toml").write_text('format = "flac"\n[evaluate]\nwindow = "1s"\n', encoding="utf-8")
    assert "medians of 4 windows" in tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav").out
    Path("tdsep.toml").write_text('[evaluate]\nreference = "s1.wav"\nformat = "csv"\n',
                                  encoding="utf-8")  # fmt: skip
    run = tdsep("evaluate", "e2.wav")
    assert run.out.startswith("reference,estimate,start,end,sdr,sir,sar,si_sdr\ns1.wav,e2.wav,0.0,")


WRONG = {
    "no estimate": (["-r", "s1.wav"], 2, "Missing argument"),
    "no reference": (["e1.wav"], 2, "Missing option '-r'"),
    "too few estimates": ([*TRUTH, "e1.wav"], 2, "2 references (s1.wav, s2.wav) and 1 estimate"),
    "too many": (["-r", "s1.wav", "e1.wav", "e2.wav"], 2, "give one estimate for each reference"),
    "an estimate twice": ([*TRUTH, "e1.wav", "./e1.wav"], 2, "e1.wav: is given twice"),
    "a reference twice": (["-r", "s1.wav", "-r", "s1.wav", "e1.wav", "e2.wav"], 2, "given twice"),
    "the same sound": (["-r", "s1.wav", "-r", "copy.wav", "e1.wav", "e2.wav"], 2, "the same sound"),
    "no such file": ([*TRUTH, "e1.wav", "e3.wav"], 3, "e3.wav: no such file: check its name"),
    "no such mixture": ([*TRUTH, "e1.wav", "e2.wav", "--mixture", "m.wav"], 3, "m.wav: no such"),
    "no sound": (["-r", "text.wav", "e1.wav"], 3, "text.wav: is not a sound file"),
    "an empty file": (["-r", "none.wav", "e1.wav"], 3, "none.wav: is empty"),
    "an empty folder": (["-r", "folder", "e1.wav"], 3, "folder: holds no sound files"),
    "another rate": ([*TRUTH, "e1.wav", "rate.wav"], 4, "rate.wav: has 8000 Hz, but s1.wav 16000"),
    "another length": (["-r", "s1.wav", "short.wav"], 4, "s1.wav: lasts 4.000 s, but short.wav 3"),
    "a mixture of another length": (["-r", "s1.wav", "e1.wav", "--mixture", "short.wav"], 4,
                                    "give files of the same passage"),
    "a silent reference": (["-r", "silent.wav", "e1.wav"], 4, "silent.wav: is silent"),
    "a silent estimate": (["-r", "s1.wav", "silent.wav"], 4, "silent.wav: is silent"),
    "too short": (["-r", "brief.wav", "brief.wav"], 4, "too short to be scored"),
    "a short window": ([*TRUTH, "e1.wav", "e2.wav", "--window", "1ms"], 2, "give 0.26 s or more"),
    "no window": ([*TRUTH, "e1.wav", "e2.wav", "--window", "long"], 2, "is no time"),
    "no such channel": ([*TRUTH, "e1.wav", "e2.wav", "--channel", "2"], 4, "no channel 2"),
    "another format": ([*TRUTH, "e1.wav", "e2.wav", "--format", "xml"], 2, "'xml' is not one of"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_one_clear_line(tdsep, parts, name):
    references, _ = parts
    write("copy.wav", -0.5 * references[0])
    write("rate.wav", references[0], rate=8000)
    write("short.wav", references[0, : 3 * RATE])
    write("brief.wav", references[0, :100])
    write("silent.wav", 0 * references[0])
    Path("text.wav").write_text("no sound", encoding="utf-8")
    Path("none.wav").touch()
    Path("folder").mkdir()
    arguments, status, words = WRONG[name]
    run = tdsep("evaluate", *arguments)
    assert run.status == status, run.err
    assert run.out == ""
    assert len(run.err.splitlines()) == 1
    assert run.err.startswith("tdsep: ")
    assert words in run.err


def test_without_the_extra(tdsep, parts, monkeypatch):
    monkeypatch.setitem(sys.modules, "fast_bss_eval.numpy.metrics", None)
    run = tdsep("evaluate", *TRUTH, "e1.wav", "e2.wav")
    assert run.status == 1
    assert run.err == (
        "tdsep: scoring needs fast-bss-eval: install it with pip install 'tdsep[evaluate]'\n"
    )


def test_a_reference_that_is_missing_is_named(tdsep, mix):
    run = tdsep("evaluate", "-r", "nowhere.wav", mix, mix)
    assert run.status != 0
    run = tdsep("evaluate", "-r", "nowhere.wav", mix, "other.wav")
    assert run.status == 3
    assert "nowhere.wav: no such file" in run.err
