import io
import sys
from pathlib import Path

from tdsep.cli.bar import Bar, clear_line, one_line


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self):
        return True


def test_the_stages_of_a_single_file_have_names(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)  # here: between the phases pytest sets its own
    with Bar([Path("in/so\nng.wav")], shown=True) as bar:
        bar.begin(Path("in/so\nng.wav"))
        bar.stage("reading")
        bar.stage("separating")
        bar.share(0.5)
        bar.share(1.0)
        bar.stage("drawing")
        with bar.one_done():
            terminal.write("REPORT\n")
    shown = terminal.getvalue()
    assert "so\\nng.wav" in shown
    places = [shown.index(word) for word in ("reading", "separating", "drawing", "100%", "REPORT")]
    assert places == sorted(places)
    assert "45%" in shown  # the method is nine tenths of the way


def test_of_several_files_it_counts_those_done(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)  # here: between the phases pytest sets its own
    sources = [Path(name) for name in ("a", "b", "c")]
    with Bar(sources, shown=True) as bar:
        for source in sources:
            bar.begin(source)
            bar.stage("reading")
            bar.share(0.5)
            with bar.one_done():
                terminal.write(f"REPORT {source}\n")
    shown = terminal.getvalue()
    places = [shown.index(word) for word in ("0/3", "a: reading", "REPORT a", "1/3", "REPORT c",
                                             "3/3")]  # fmt: skip
    assert places == sorted(places)
    assert "\r\033[K\033[?25hREPORT a\n" in shown  # a report has its line to itself


def test_elsewhere_it_says_nothing(capsys):
    with Bar([Path("a")], shown=False) as bar:
        bar.begin(Path("a"))
        bar.stage("reading")
        bar.share(1.0)
        with bar.one_done():
            clear_line()
    assert capsys.readouterr() == ("", "")


def test_one_line():
    assert one_line("a\x1b[2J\nü") == "a\\x1b[2J\\nü"
