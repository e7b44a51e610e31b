from pathlib import Path

import pytest

from tdsep.batch import ExitStatus, Outcome, run_files
from tdsep.errors import InputError, OutputError, ParameterError, UnsuitableInputError


def job(source):
    errors = {"missing": InputError, "mono": UnsuitableInputError, "full": OutputError,
              "wrong": ParameterError}  # fmt: skip
    if source.name in errors:
        raise errors[source.name](source.name)
    return None if source.name == "old" else {"name": source.name}


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("good", ExitStatus.OK),
        ("good old", ExitStatus.OK),
        ("missing", ExitStatus.UNREADABLE),
        ("missing missing", ExitStatus.UNREADABLE),
        ("mono mono", ExitStatus.UNSUITABLE),
        ("mono missing", ExitStatus.SOME_FAILED),
        ("missing good", ExitStatus.SOME_FAILED),
        ("mono old", ExitStatus.SOME_FAILED),
        ("full", ExitStatus.SOME_FAILED),
        ("wrong wrong", ExitStatus.USAGE),
    ],
)
def test_exit_status(names, status):
    sources = [Path(name) for name in names.split()]
    seen = []
    batch = run_files(sources, job, seen.append)
    assert batch.exit_status == status
    assert [report.source for report in seen] == sources
    assert sum(batch.count(outcome) for outcome in Outcome) == len(sources)


def test_a_fault_of_our_own_is_told_and_the_others_are_done():
    def broken(source):
        if source.name == "b":
            raise ZeroDivisionError("by zero")
        return {}

    batch = run_files([Path("a"), Path("b"), Path("c")], broken, lambda report: None)
    assert [file.outcome for file in batch.files] == [Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    assert "b: ZeroDivisionError: by zero" in str(batch.files[1].error)
    assert isinstance(batch.files[1].error.__cause__, ZeroDivisionError)
    assert batch.exit_status == ExitStatus.SOME_FAILED


def test_too_little_memory_is_told():
    def large(source):
        raise MemoryError

    batch = run_files([Path("a")], large, lambda report: None)
    assert "does not fit in memory" in str(batch.files[0].error)
