"""README.md tells the truth: its examples print what it says, its reference is the real help."""

import doctest
import importlib
import re
import shlex
import sys

import pytest
from click.testing import CliRunner

from tdsep.cli.main import _COMMANDS, cli, main
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """The code block that follows a comment."""
    return re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", README, re.DOTALL)[1]


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_the_reference_is_the_help(monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "100")
    printed = CliRunner().invoke(cli, [name, "--help"], prog_name="tdsep", terminal_width=96)
    assert block(f"help: {name}") == printed.output


@pytest.mark.parametrize("mark", re.findall(r"<!-- (example.*?) -->", README))
def test_the_example_prints_what_it_says(monkeypatch, capsys, tmp_path, mark):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(ROOT / "data")
    for step in block(mark).removeprefix("$ tdsep ").split("\n$ tdsep "):
        command, _, printed = step.removesuffix("\n").partition("\n")
        monkeypatch.setattr(sys, "argv", ["tdsep", *shlex.split(command)])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        # a result, or what is said of one
        assert "".join(capsys.readouterr()).removesuffix("\n") == printed


def test_the_python_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(example, names)
    assert names["separation"].sources.shape == (2, 2, 160000)


@pytest.mark.parametrize(
    "module",
    [
        "tdsep.gmm.separate",
        "tdsep.nmf.distributed",
        "tdsep.nmf.divergences",
        "tdsep.nmf.factorize",
        "tdsep.nmf.joint",
        "tdsep.parts.separate",
        "tdsep.topics.find",
        "tdsep.vocal.separate",
    ],
)
def test_the_examples_in_docstrings_run(monkeypatch, module):
    monkeypatch.chdir(ROOT)
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0
