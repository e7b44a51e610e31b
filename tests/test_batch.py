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


def test_a_fault_of_our_own_is_not_hidden():
    def broken(source):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_files([Path("a")], broken, lambda report: None)
