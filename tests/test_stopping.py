"""Ending on a signal: at once, cleaned up, with the status that tells of it."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tdsep.stopping import cleaning, ended_by_signals, wait_if_ending

PREPARED = """
import os, signal, sys, time
from tdsep.stopping import *
from contextlib import ExitStack
stack = ExitStack()
stack.enter_context(ended_by_signals(lambda number: print('farewell', number, flush=True)))
stack.enter_context(cleaning(lambda: print('first in', flush=True)))
stack.enter_context(cleaning(lambda: print('last in', flush=True)))
"""


def run(program, number=None):
    process = subprocess.Popen(
        [sys.executable, "-c", PREPARED + textwrap.dedent(program)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: [signal.signal(n, signal.SIG_DFL) for n in (1, 2, 15)],
    )  # fmt: skip
    if number is not None:
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        process.send_signal(number)
    out, err = process.communicate(timeout=20)
    if number is not None:
        assert time.monotonic() - began < 2
    return process.returncode, out.split("\n")[:-1], err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "work",
    [
        "time.sleep(60)",
        "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass",
        # a call that neither returns nor lets Python see a signal
        "import ctypes\nwhile ctypes.CDLL(None).sleep(60):\n    pass",
    ],
    ids=["sleep", "swallow", "library"],
)
def test_it_ends_whatever_is_under_way(number, work):
    status, out, err = run("print('ready', flush=True)\n" + work, number)
    assert (status, err) == (128 + number, "")
    assert out == ["last in", "first in", f"farewell {int(number)}"]


def test_a_cleaner_that_fails_or_hangs_keeps_nobody():
    program = """
    stack.enter_context(cleaning(lambda: time.sleep(60)))
    stack.enter_context(cleaning(lambda: 1 / 0))
    print('ready', flush=True)
    time.sleep(60)
    """
    assert run(program, signal.SIGINT)[0] == 130


def test_who_ignores_a_signal_goes_on_ignoring_it():
    program = """
    stack.close()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with ended_by_signals(lambda number: None):
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(0.2)
    print('through')
    """
    assert run(program) == (0, ["through"], "")


def test_signals_are_given_back():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for _ in range(3):
        with ended_by_signals(lambda number: None), cleaning(lambda: None):
            wait_if_ending()
    assert {number: signal.getsignal(number) for number in before} == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_ends_with_its_parent(how):
    program = f"""
    stack.close()
    child = os.fork()
    if child == 0:
        end_with_parent()
        with cleaning(lambda: print('cleaned', flush=True)):
            print('child', flush=True)
            time.sleep(60)
    time.sleep(0.5)
    {"os.kill(os.getpid(), 9)" if how == signal.SIGKILL else "os.kill(child, 15)"}
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    _, out, _ = run(program)
    assert out == (["child", "cleaned"] if how == signal.SIGKILL else ["child", "cleaned", "143"])
