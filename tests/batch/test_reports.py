from pathlib import Path

import pytest

from tdsep.batch import BatchReport, ExitStatus, Outcome
from tdsep.batch.workers import ThisProcess
from tests.batch.jobs import NamedJob


class Silent:
    """Watches nothing."""

    def begin(self, source):
        pass

    stage = share = begin


def reports(names):
    sources = [Path(name) for name in names.split()]
    return sources, list(ThisProcess(Silent()).reports(NamedJob, sources))


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
    sources, seen = reports(names)
    batch = BatchReport()
    for report in seen:
        batch.add(report)
    assert batch.exit_status == status
    assert [report.source for report in seen] == sources
    assert sum(batch.count(outcome) for outcome in Outcome) == len(sources)
    assert all(report.manifest is None for report in batch.files)


def test_a_fault_of_our_own_is_told_and_the_others_are_done():
    _, seen = reports("a broken c")
    assert [file.outcome for file in seen] == [Outcome.DONE, Outcome.FAILED, Outcome.DONE]
    assert "broken: ZeroDivisionError: by zero" in str(seen[1].error)
    assert seen[1].trace.startswith("Traceback")
    assert seen[0].trace is None


def test_too_little_memory_is_told():
    _, (report,) = reports("large")
    assert "does not fit in memory" in str(report.error)


def test_what_is_skipped_has_the_manifest_of_before():
    _, (report,) = reports("old")
    assert report.outcome is Outcome.SKIPPED
    assert report.manifest == {"name": "old", "when": "before"}
