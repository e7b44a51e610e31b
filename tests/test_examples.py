"""The gallery: every script runs and draws, and the page says what the scripts say."""

import runpy

import pytest
from matplotlib.figure import Figure

from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted((EXAMPLES / "lecture").glob("[0-9]*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_script_draws_its_figure(monkeypatch, tmp_path, script):
    monkeypatch.chdir(tmp_path)
    figure = runpy.run_path(str(script))["figure"]
    assert isinstance(figure, Figure)
    assert all(axes.has_data() for axes in figure.axes)
    assert not list(tmp_path.iterdir())
    assert (EXAMPLES / "pictures" / f"{script.stem}.png").is_file()


def test_the_page_says_what_the_scripts_say():
    made = runpy.run_path(str(EXAMPLES / "make_pictures.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"]()
