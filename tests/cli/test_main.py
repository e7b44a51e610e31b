import subprocess
import sys

import tdsep as package


def test_version(tdsep):
    run = tdsep("--version")
    assert run.status == 0
    assert run.out == f"tdsep, version {package.__version__}\n"


def test_help_lists_the_commands(tdsep):
    run = tdsep("--help")
    assert run.status == 0
    assert "gmm-separate" in run.out


def test_no_command(tdsep):
    assert tdsep().status == 2


def test_a_misspelt_command_is_guessed(tdsep):
    run = tdsep("gmm-seperate", "x.wav")
    assert run.status == 2
    assert "gmm-separate" in run.err.splitlines()[-1]


def test_shell_completion():
    program = "from tdsep.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True,
        env={"_TDSEP_COMPLETE": "bash_complete", "COMP_WORDS": "tdsep gmm-separate --spa",
             "COMP_CWORD": "2"},
    )  # fmt: skip
    assert "--spacing" in done.stdout
