"""The bar on a terminal: the stages of a single file, or the files done of all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click

#: Steps of the bar of one file; those of its method, the rest are reading, drawing and writing.
_STEPS, _METHOD = 100, 90


class Bar:
    """What shows on a terminal while a batch is worked on.

    Parameters
    ----------
    sources : list of Path
        The files.
    shown : bool
        Nothing shows otherwise.
    """

    def __init__(self, sources: list[Path], shown: bool) -> None:
        self._sources, self._shown = sources, shown
        self._single, self._name = len(sources) == 1, ""
        self._stack = ExitStack()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._shown:
            length = _STEPS if self._single else len(self._sources)
            label = one_line(self._sources[0].name) if self._single else "files"
            self._bar = self._stack.enter_context(
                click.progressbar(
                    length=length, label=label, file=sys.stderr, show_pos=not self._single,
                    item_show_func=lambda item: item,
                )
            )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def begin(self, source: Path) -> None:
        """Show which file of several is worked on in this process."""
        self._name = one_line(source.name)

    def stage(self, name: str) -> None:
        """Show what is done with the file at hand."""
        if self._bar is not None:
            self._bar.current_item = name if self._single else f"{self._name}: {name}"
            self._bar.render_progress()

    def share(self, done: float) -> None:
        """Show how far the method is with the file at hand."""
        if self._bar is not None and self._single:
            self._bar.update(round(done * _METHOD) - self._bar.pos)

    @contextmanager
    def one_done(self) -> Iterator[None]:
        """Make room to tell how a file fared, and go on after that."""
        if self._bar is None:
            yield
        elif self._single:
            self._bar.update(_STEPS - self._bar.pos)
            self._stack.close()
            yield
        else:
            clear_line()
            yield
            self._bar.update(1)


def clear_line() -> None:
    """Take away what a bar has left on a terminal's line, and show the cursor, which it hides."""
    if sys.stderr and sys.stderr.isatty():
        click.echo("\r\033[K\033[?25h", nl=False, err=True)


def one_line(text: str) -> str:
    """Write out what would break a line or act on a terminal: a file's name may hold anything."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
