"""The command line that a manifest tells is the one that was given."""

import json
import shlex
from pathlib import Path

import click
import pytest

from tdsep.cli.command_line import arguments
from tdsep.cli.main import cli
from tests.conftest import SAMPLES

GIVEN = [
    ["gmm-separate"],
    ["gmm-separate", "-n", "3", "--spacing", "0.04", "--channels", "1-3", "--no-tags"],
    ["gmm-separate", "--start", "1:30", "--end", "500ms", "--format", "FLAC", "--seed", "7"],
    ["gmm-separate", "--talkers", "auto", "--n-fft", "1024", "--start", "0.00001"],
    ["nmf-vocal", "--intro", "10s", "-k", "12", "--only", "vocals", "--high-pass", "90.5"],
    ["nmf-vocal", "--intro", "5s-12s,1:10-1:20.25", "--divergence", "0.5"],
    ["nmf-remove", "--background", "auto", "--method", "cnmf", "--width", "3"],
    ["nmf-parts", "-k", "5", "--divergence", "itakura-saito", "--hop-length", "256"],
    ["nmf-rank", "--from", "2", "--to", "9", "--held-out", "0.2"],
    ["nmf-topics", "-k", "4", "--max-df", "100%", "--min-df", "1", "--tokenizer", "cat -A"],
    ["nmf-topics", "--token-pattern", r"\S+", "--weighting", "counts"],
    ["nmf-joint", "--prior", "0", "--unlisted", "zero,missing", "--hold-out", "0"],
    ["nmf-joint", "--prior", "auto"],
    ["simulate", "--angles", "-40,30", "--rt60", "0", "--snr", "-10"],
]


def parsed(words):
    command = cli.get_command(click.Context(cli), words[0])
    return command.make_context(words[0], [*words[1:], "file"])


@pytest.mark.parametrize("given", GIVEN, ids=" ".join)
def test_what_is_written_is_read_as_what_was_given(given):
    first = parsed(given)
    written = arguments(first, ())
    again = parsed([given[0], *written])
    assert again.params == first.params


def test_what_changes_nothing_is_left_out():
    context = parsed(["gmm-separate", "-q", "--seed", "3"])
    assert arguments(context, {"quiet"}) == ("--seed", "3")


def test_a_file_is_named_without_its_folder(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("a\n")
    assert arguments(parsed(["nmf-topics", "--vocabulary", str(words)]), ()) == (
        "--vocabulary", "words.txt",
    )  # fmt: skip


def test_the_manifest_tells_it(tdsep, mix, monkeypatch):
    Path("tdsep.toml").write_text("[gmm-separate]\nmethod = 'lecture'\n")
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_N_FFT", "512")
    Path("-a b.wav").write_bytes(mix.read_bytes())
    run = tdsep("gmm-separate", "--plots", "none", "-q", "-n", "2", "-o", "out", "--", "-a b.wav")
    assert run.status == 0, run.err
    told = json.loads(Path("out/-a b.gmm.json").read_text())["command_line"]
    assert shlex.split(told) == [
        "tdsep", "gmm-separate", "--talkers", "2", "--method", "lecture", "--n-fft", "512",
        "--", "-a b.wav",
    ]  # fmt: skip
    for setting in ("tdsep.toml",):
        Path(setting).unlink()
    monkeypatch.delenv("TDSEP_GMM_SEPARATE_N_FFT")
    again = tdsep(*shlex.split(told)[1:-2], "--plots", "none", "-o", "again", "--", "-a b.wav")
    assert again.status == 0, again.err
    for path in Path("out").iterdir():
        assert path.read_bytes() == (Path("again") / path.name).read_bytes()


def test_several_inputs_are_all_named(tdsep):
    tables = sorted(SAMPLES.glob("shop_*.csv"))
    run = tdsep("nmf-joint", *tables, "-k", "2", "--iterations", "5", "--plots", "none", "-q")
    assert run.status == 0, run.err
    told = json.loads(next(Path("separated").glob("*.nmf-joint.json")).read_text())
    assert told["command_line"].split()[-3:] == [table.name for table in tables]
