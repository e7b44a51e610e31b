"""The pages tell the truth: their examples run, every public name is there, every link leads on."""

import doctest
import re

import numpy as np
import pytest
from click.testing import CliRunner

import tdsep
import tdsep.nmf
from tdsep.cli.main import _COMMANDS, cli
from tdsep.gmm import MAX_CHANNELS
from tdsep.gmm.checks import SILENT
from tdsep.gmm.geometry import delay_of_angle, widest_spacing
from tdsep.gmm.separate import LEAST_SECONDS
from tdsep.vocal.passages import SHORTEST
from tests.conftest import ROOT

DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md", *DOCS]


def text_of(page):
    return page.read_text(encoding="utf-8")


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in DOCS if ">>> " in text_of(page)], ids=name_of)
def test_the_examples_run(monkeypatch, page):
    monkeypatch.chdir(ROOT)
    text = re.sub(r"^```.*$", "", text_of(page), flags=re.MULTILINE)  # lest it be expected output
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    results = doctest.DocTestRunner().run(examples)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("module", [tdsep, tdsep.nmf], ids=lambda module: module.__name__)
def test_every_public_name_has_its_place(module):
    code = " ".join(re.findall(r"`[^`]+`|```.*?```", text_of(ROOT / "docs" / "python.md"), re.S))
    for name in module.__all__:
        assert re.search(rf"(?<!\w){name}(?!\w)", code), name


def prose(page):
    """Return a page without its blocks of code, in which brackets are no links."""
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    """Names under which a page's headings can be linked to: as GitHub makes them."""
    found = []
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose(page)):
        target = "".join(target)
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there), target


@pytest.mark.parametrize("page", DOCS, ids=name_of)
def test_every_page_is_linked_from_the_first(page):
    assert f"({name_of(page)}" in text_of(ROOT / "README.md")


def test_what_a_spacing_means_follows_from_geometry():
    row = r"^\| ([\d.]+) cm \| ([\d.]+) (µs|ms) \| ([\d.]+) (Hz|kHz) \|"
    rows = re.findall(row, text_of(ROOT / "docs" / "recording.md"), re.MULTILINE)
    assert len(rows) >= 5
    units = {"µs": 1e-6, "ms": 1e-3, "Hz": 1.0, "kHz": 1e3}
    for spacing, delay, unit_of_delay, frequency, unit_of_frequency in rows:
        metres = float(spacing) / 100
        longest = float(delay_of_angle(90, metres))
        assert np.isclose(float(delay) * units[unit_of_delay], longest, rtol=0.03), spacing
        highest = float(frequency) * units[unit_of_frequency]
        assert np.isclose(widest_spacing(highest), metres, rtol=0.03), spacing


def test_what_recording_says_of_limits_is_so():
    """Whoever changes one of these changes docs/recording.md, too."""
    assert LEAST_SECONDS == {"wiener": 2.0, "demix": 4.0}
    assert SHORTEST == 0.5
    assert MAX_CHANNELS == 8
    assert SILENT == 10 ** (-80 / 20)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_have_the_options_they_are_shown_with(page):
    commands = "|".join(map(re.escape, _COMMANDS))
    for command, options in re.findall(rf"tdsep ({commands})(?![\w-])([^`\n#|&]*)", text_of(page)):
        printed = CliRunner().invoke(cli, [command, "--help"], terminal_width=96).output
        for option in re.findall(r"(?<=\s)--?[a-z][\w-]*", options):
            assert re.search(rf"(?<!\S){option}(?![\w-])", printed), f"{command} {option}"


def test_the_first_screen_says_what_the_tables_below_say():
    readme = text_of(ROOT / "README.md")
    first, rest = readme.split("## How good it is\n")
    tables = rest.split("## Limits\n")[0]
    summary = re.search(r"^\| SDR in dB .*?\n\n", first, re.MULTILINE | re.DOTALL)[0]
    figures = re.findall(r"(?<![\w.])-?\d+\.\d+", summary)
    assert len(figures) > 30
    for figure in figures:
        assert re.search(rf"(?<![\d.-]){re.escape(figure)}(?![\d.])", tables), figure
