"""What is optional is optional: without it all commands work but those that say what to install."""

import json
import subprocess
import sys

import pytest

from tdsep.cli.main import _COMMANDS
from tests.conftest import ROOT, SAMPLES

#: Modules that only extras install.
EXTRAS = ("av", "dask", "distributed", "fast_bss_eval", "pyroomacoustics")
MIX, SONG = SAMPLES / "two_talkers.wav", SAMPLES / "song.wav"
TRUTH = [SAMPLES / f"two_talkers.truth{number}.flac" for number in (1, 2)]
SHOP = [SAMPLES / f"shop_{name}.csv" for name in ("customer_good", "good_word")]
NMF = ("--method", "nmf", "--iterations", 2)
#: Command lines that need none.
WORK = {
    "info": (MIX,),
    "gmm-separate": (MIX, "--method", "lecture"),
    "nmf-joint": (*SHOP, "--iterations", 5, "--prior", 1),
    "nmf-parts": (SAMPLES / "drums.wav", "-k", 2, "--iterations", 5),
    "nmf-rank": (SAMPLES / "counts.npz", "--to", 3, "--repeats", 1),
    "nmf-remove": (SONG, "--background", "4s", *NMF, "--plots", "none"),
    "nmf-topics": (SAMPLES / "letters.jsonl", "-k", 3),
    "nmf-vocal": (SONG, "--intro", "4s", *NMF, "--plots", "none"),
    "report": ("separated",),
}
#: Command lines that need one, and the extra that installs it.
WANT = {
    "simulate": (TRUTH, "rooms"),
    "evaluate": (("-r", TRUTH[0], TRUTH[0]), "evaluate"),
    "info": (("film.mp4",), "av"),
    "gmm-separate": ((MIX, "--dask", "tcp://localhost:1"), "dask"),
    "nmf-topics": ((SAMPLES / "letters.jsonl", "--dask", "tcp://localhost:1"), "dask"),
}
PROGRAM = """
import contextlib, io, json, sys

sys.modules |= dict.fromkeys(json.loads(sys.argv[1]))  # whoever imports these gets an ImportError
from tdsep.cli.main import main

for line in json.loads(sys.argv[2]):
    sys.argv, said = ["tdsep", *line], io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    print(json.dumps([status, said.getvalue()]))
"""


@pytest.fixture
def bare(tmp_path):
    """Run command lines in a process that lacks the extras: status and stderr of each."""
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))

    def run(lines):
        texts = [[str(word) for word in line] for line in lines]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, json.dumps(EXTRAS), json.dumps(texts)],
            capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_without_the_extras_the_commands_work(bare):
    assert set(WORK) | set(WANT) == set(_COMMANDS)
    for line, (status, said) in zip(WORK.items(), bare([n, *w] for n, w in WORK.items()),
                                    strict=True):  # fmt: skip
        assert status == 0, (line, said)


def test_a_command_that_needs_one_says_which(bare):
    answers = bare([name, *words] for name, (words, _) in WANT.items())
    for (name, (_, extra)), (status, said) in zip(WANT.items(), answers, strict=True):
        assert status == 1, (name, said)
        assert said.startswith("tdsep: ")
        assert said.count("\n") == 1
        assert f"pip install 'tdsep[{extra}]'" in said
