"""Options' defaults from a file and from the environment."""

import json
from pathlib import Path

import click
import pytest

from tdsep.cli.main import cli

QUICK = ("--plots", "none", "--output", "mask", "-n", "2")


@pytest.fixture
def options(tdsep, mix):
    """Run gmm-separate and return the options that its manifest tells of."""

    def run(*arguments: object) -> dict:
        done = tdsep("gmm-separate", mix, "--json", "-q", "--overwrite", *QUICK, *arguments)
        assert done.status == 0, done.err
        return json.loads(done.out)["options"]

    return run


def test_the_command_line_the_environment_the_file_the_built_in(tdsep, mix, monkeypatch, tmp_path):
    """Each goes before the next."""
    Path("tdsep.toml").write_text('[gmm-separate]\nn-fft = 512\nmask = "binary"\ntalkers = 3\n')
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_TALKERS", "2")
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_MASK", "soft")
    monkeypatch.setenv("TDSEP_NMF_VOCAL_QUIET", "nonsense")  # is another command's
    run = tdsep("gmm-separate", mix, "--json", "-q", "--plots", "none", "--mask", "binary")
    assert run.status == 0, run.err
    chosen = json.loads(run.out)["options"]
    assert (chosen["mask"], chosen["talkers"], chosen["n_fft"]) == ("binary", 2, 512)
    assert chosen["method"] == "wrapped-phase"


def test_values_are_those_of_the_command_line(options):
    Path("tdsep.toml").write_text(
        'start = "250ms"\nseed = 7\nformat = "FLAC"\nno-tags = true\n'
        "[gmm-separate]\nspacing = 0.04\nend = 1.5\nchannels = '2,1'\n"
        "[nmf-remove]\nbackground = '3s'\n[nmf-joint]\nunlisted = 'missing'\n"
    )
    chosen = options()
    assert chosen["start"] == 0.25
    assert chosen["end"] == 1.5
    assert chosen["spacing"] == 0.04
    assert chosen["channels"] == [2, 1]
    assert (chosen["seed"], chosen["format"], chosen["no_tags"]) == (7, "flac", True)
    assert (options("--seed", 3, "--format", "wav")["seed"], options()["seed"]) == (3, 7)


def test_a_commands_own_table_goes_before_what_commands_share(options):
    Path("tdsep.toml").write_text("seed = 1\n[gmm-separate]\nseed = 2\n")
    assert options()["seed"] == 2


def test_the_project_file_and_which_file_counts(options, monkeypatch, tmp_path):
    project = (
        "[tool.other]\nx = 1\n[tool.tdsep]\nseed = 5\n[tool.tdsep.gmm-separate]\nn-fft = 512\n"
    )
    Path("pyproject.toml").write_text(project)
    assert (options()["seed"], options()["n_fft"]) == (5, 512)
    Path("tdsep.toml").write_text("seed = 6\n")
    assert (options()["seed"], options()["n_fft"]) == (6, None)
    Path("other.toml").write_text("seed = 7\n")
    monkeypatch.setenv("TDSEP_CONFIG", "other.toml")
    assert options()["seed"] == 7
    monkeypatch.setenv("TDSEP_CONFIG", "/dev/null")
    assert options()["seed"] == 0
    monkeypatch.setenv("TDSEP_CONFIG", "")
    assert options()["seed"] == 6


def test_the_file_can_be_named(tdsep, mix):
    Path("folder").mkdir()
    Path("folder/pyproject.toml").write_text("[tool.tdsep]\noutput-dir = 'there'\n")
    run = tdsep("--config", "folder/pyproject.toml", "gmm-separate", mix, *QUICK)
    assert run.status == 0, run.err
    assert Path("there/mix.gmm.json").exists()


def test_a_project_file_of_others_is_nothing_to_us(options):
    for content in ("", "[tool]\n", "tool = 3\n", "[tool.ruff]\nx = 1\n"):
        Path("pyproject.toml").write_text(content)
        assert options()["seed"] == 0


def test_a_required_option_may_come_from_the_file(tdsep, mix):
    Path("tdsep.toml").write_text('[nmf-remove]\nbackground = "1s"\nmethod = "nmf"\n')
    run = tdsep("nmf-remove", mix, "--plots", "none", "--iterations", 3)
    assert run.status == 0, run.err


def test_help_shows_the_defaults_that_count(tdsep):
    Path("tdsep.toml").write_text("seed = 77\n")
    assert "[default: 77; x>=0]" in " ".join(tdsep("nmf-parts", "--help").out.split())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("outputdir = 'x'", "outputdir: no command has such an option: did you mean 'output-dir'"),
        ("channels = '1,2'", "channels: gmm-separate alone has such an option: write it under"),
        ("[gmm-seperate]", "[gmm-seperate]: no such command: did you mean 'gmm-separate'?"),
        ("[gmm-separate]\nspacin = 1", "[gmm-separate] spacin: no such option: did you mean 'spa"),
        ("[nmf-vocal]\noutput_dir = 'a'", "[nmf-vocal] output_dir: no such option: did you mean"),
        ("[nmf-vocal]\nhelp = true", "[nmf-vocal] help: no such option"),
        ("[nmf-vocal]\nfiles = 'a.wav'", "[nmf-vocal] files: no such option"),
        ("[gmm-separate]\nspacing = 'wide'", "[gmm-separate] spacing: 'wide': give a positive"),
        ("[gmm-separate]\nspacing = true", "spacing: True will not do: write it as on the command"),
        ("[gmm-separate]\nchannels = [1, 3]", "channels: [1, 3] will not do"),
        ("[gmm-separate.spacing]\nx = 1", "spacing: {'x': 1} will not do"),
        ("[nmf-vocal]\nbases = 1.5", "bases: '1.5' is not a valid integer"),
        ("output-dir = 5", "output-dir (for gmm-separate): 5 will not do"),
        ("method = 'lecture'", "method (for nmf-remove): 'lecture' is not one of"),
        ("quiet = 'yes'", "quiet (for gmm-separate): 'yes' is neither true nor false"),
        ("quiet = 1", "1 is neither true nor false"),
        ("start = 1979-05-27", "will not do"),
        ("nonsense", "is no TOML"),
        ("x = '\udcff'", "is no TOML"),
    ],
)
def test_bad_files_get_one_line(tdsep, content, words):
    Path("tdsep.toml").write_bytes(content.encode(errors="surrogateescape"))
    run = tdsep("nmf-parts", "no.wav")
    assert run.status == 2
    assert run.err.startswith("tdsep: tdsep.toml: ")
    assert words in run.err
    assert len(run.err.splitlines()) == 1


def test_a_file_that_is_not_there(tdsep, monkeypatch):
    run = tdsep("--config", "no.toml", "nmf-parts", "no.wav")
    assert (run.status, "'no.toml' does not exist" in run.err) == (2, True)
    monkeypatch.setenv("TDSEP_CONFIG", "none.toml")
    run = tdsep("nmf-parts", "no.wav")
    assert (run.status, "'none.toml' does not exist" in run.err) == (2, True)


def test_variables_are_called_as_the_options_are(options, monkeypatch):
    Path("tdsep.toml").write_text("no-tags = true\n")
    assert options()["no_tags"] is True
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_NO_TAGS", "0")
    assert options()["no_tags"] is False
    group = click.Context(cli)
    for command, wanted in (("nmf-remove", "BACKGROUND"), ("nmf-rank", "FROM"),
                            ("nmf-vocal", "JSON")):  # fmt: skip
        known = {option.envvar for option in cli.get_command(group, command).params}
        assert f"TDSEP_{command}_{wanted}".replace("-", "_").upper() in known


def test_a_bad_value_in_the_environment_is_wrong_use(tdsep, monkeypatch):
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_SPACING", "-1")
    run = tdsep("gmm-separate", "no.wav")
    assert (run.status, "TDSEP_GMM_SEPARATE_SPACING: " in run.err) == (2, True)
    assert len(run.err.splitlines()) == 1


def test_a_misspelt_variable_of_the_command_called(tdsep, mix, monkeypatch):
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_SPACNG", "0.04")
    monkeypatch.setenv("TDSEP_NMF_VOCAL_NONSENSE", "1")  # is another command's
    run = tdsep("gmm-separate", mix)
    assert run.status == 2
    assert "SPACNG: gmm-separate has no such option: did you mean 'TDSEP_GMM_SEPARATE_SP" in run.err
    assert run.err.count("\n") == 1
