"""Who works on the files of a batch: this process, one file after another; or others, side by side.

Other processes are handed files through futures, whether they are on this machine
(`tdsep.batch.processes`) or on a cluster (`tdsep.batch.cluster`): one loop serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from tdsep.batch.reports import FileReport, Outcome
from tdsep.batch.work import Make, attempt
from tdsep.errors import TdsepError
from tdsep.stopping import wait_if_ending


class Watcher(Protocol):
    """Who is told what this process is at."""

    def begin(self, source: Path) -> None:
        """Hear that a file is begun."""

    def stage(self, name: str) -> None:
        """Hear of the stage of its job."""

    def share(self, done: float) -> None:
        """Hear what share of its method is done."""


class ThisProcess:
    """Works on one file after another."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def see(self, paths: Iterable[Path]) -> None:
        """Make sure that the workers see some files: this one does."""

    def call(self, task: Callable[..., Any], *arguments: Any) -> Any:
        """Call something once."""
        return task(*arguments)

    def reports(self, make: Make, sources: list[Path]) -> Iterator[FileReport]:
        """Do the job on each file; tell how each fared as it is done."""
        from tdsep.jobs.stages import heard_by

        watcher = self._watcher
        for source in sources:
            watcher.begin(source)
            with heard_by(watcher.stage):
                report = attempt(make, source, watcher.share)
            yield report


class OtherProcesses:
    """Works on several files at a time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the processes go."""

    def see(self, paths: Iterable[Path]) -> None:
        """Make sure that the workers see some files: on the same machine they do."""

    @property
    def room(self) -> int:
        """How many files may be in hand at a time."""
        raise NotImplementedError

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have one of the processes call something."""
        raise NotImplementedError

    def result(self, future: Future[Any], name: str) -> Any:
        """Return what came of a call.

        Parameters
        ----------
        future : Future
        name : str
            Of the file in hand, for the message.

        Raises
        ------
        TdsepError
            If the process is no more; and whatever the call raises.
        """
        raise NotImplementedError

    def call(self, task: Callable[..., Any], *arguments: Any) -> Any:
        """Call something once, in one of the processes, and wait for it."""
        return self.result(self.submit(task, *arguments), "a worker")

    def reports(self, make: Make, sources: list[Path]) -> Iterator[FileReport]:
        """Do the job on each file; tell how each fared as it is done, in whatever order."""
        waiting, in_hand = iter(sources), dict[Future[FileReport], Path]()
        while True:
            for source in islice(waiting, max(0, self.room - len(in_hand))):
                in_hand[self.submit(attempt, make, source)] = source
            if not in_hand:
                return
            for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                wait_if_ending()
                source = in_hand.pop(future)
                try:
                    report = self.result(future, str(source))
                except TdsepError as error:
                    report = FileReport(source, Outcome.FAILED, error=error)
                for following in islice(waiting, 1):  # before the caller's turn: it may be slow
                    in_hand[self.submit(attempt, make, following)] = following
                yield report
