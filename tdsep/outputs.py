"""Result files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath
from types import TracebackType
from typing import BinaryIO, Self

from tdsep.errors import OutputError, ParameterError
from tdsep.stopping import cleaning

try:
    import fcntl
except ImportError:  # not on every system: what a killed run leaves unfinished stays there
    fcntl = None  # type: ignore[assignment]

#: ``{track}`` is the input's name without its ending; ``{part}`` is what the file holds.
DEFAULT_TEMPLATE = "{track}.{part}"
#: Bytes of the longest name, and of the longest path, that systems take.
_LONGEST_NAME, _LONGEST_PATH = 255, 4095
#: Names of files that are being written.
_PREFIX, _SUFFIX = ".tdsep-", ".part"


class OutputNames:
    """Where the results of one input go.

    Parameters
    ----------
    directory : path
        Folder of all results.
    template : str
        File name without its ending, with the fields ``{track}`` and ``{part}``; it may name
        folders within `directory`.
    roots : sequence of path
        Folders of inputs, whose sub-folders are kept below `directory`.

    Raises
    ------
    ParameterError
        If the template lacks ``{part}``, has other fields, or leads out of `directory`.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        template: str = DEFAULT_TEMPLATE,
        roots: Iterable[Path] = (),
    ) -> None:
        self.directory = Path(directory)
        self.template = template
        self.roots = tuple(roots)
        fields = re.findall(r"\{[^{}]*\}?|\}", template)
        unknown = [field for field in fields if field not in ("{track}", "{part}")]
        if unknown or "{part}" not in fields:
            raise ParameterError(
                f"the name template {template!r} "
                + (f"has {unknown[0]!r} in it" if unknown else "lacks {part}")
                + ": write {track} for the input's name and {part} for what the file holds"
            )
        if _leads_out(template) or not PurePath(template).name:
            raise ParameterError(
                f"the name template {template!r} leads out of the output folder: "
                "choose the folder itself with --output-dir"
            )

    def path(self, source: str | os.PathLike[str], part: str, suffix: str) -> Path:
        """File for one part of the results from `source`.

        Raises
        ------
        ParameterError
            If the source's name in the template leads out of the folder: that of `...wav` is `..`.
        """
        fields = {"{track}": Path(source).stem, "{part}": part}
        name = re.sub(r"\{track\}|\{part\}", lambda field: fields[field.group()], self.template)
        if _leads_out(name):
            raise ParameterError(
                f"{source}: its results would be named {name!r}, which leads out of the output "
                "folder: rename it, or choose another --name"
            )
        return self.directory / self._below(Path(source)) / (name + suffix)

    def elsewhere(self, directory: str | os.PathLike[str]) -> OutputNames:
        """Return the same names in another folder."""
        return OutputNames(directory, self.template, self.roots)

    def _below(self, source: Path) -> Path:
        """Sub-folder of the input in the folder it was found in."""
        for root in self.roots:
            if source.is_relative_to(root) and ".." not in source.relative_to(root).parts:
                return source.relative_to(root).parent
        return Path()


class OutputFiles:
    """A set of result files, written under temporary names and renamed together at the end.

    Use as a context manager: on an error, at the end of the process by a signal, or without
    `commit`, nothing is left behind. What a process leaves that is killed is told by its lock,
    which died with it: see `clear_unfinished`.
    """

    #: Held while a file is made or gets its name, and for good at the end of the process.
    _making = threading.RLock()

    def __init__(self) -> None:
        self._staged: list[tuple[BinaryIO, Path, Path]] = []
        self._made: list[Path] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(cleaning(self._abandon))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack:
            self._discard()

    @contextmanager
    def create(self, path: Path) -> Iterator[BinaryIO]:
        """Open one file to be written, under a temporary name beside its final one.

        Raises
        ------
        OutputError
            If it cannot be written: no permission, disk full, …
        """
        try:
            with self._making:
                self._make_folder(path.parent)
                file, temporary = _locked_file(path.parent)
                self._staged.append((file, temporary, path))
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o666 & ~_umask())
            if fcntl is None:  # no lock to keep, and what is open cannot be renamed everywhere
                file.close()
        except OSError as error:
            raise _write_error(path, error) from None

    def add(self, path: Path, content: bytes | memoryview) -> None:
        """Write one file whole; see `create`."""
        with self.create(path) as file:
            file.write(content)

    def drop(self, path: Path) -> None:
        """Give up a file that was created."""
        for staged in [staged for staged in self._staged if staged[2] == path]:
            staged[0].close()
            staged[1].unlink()
            self._staged.remove(staged)

    def sizes(self) -> dict[Path, int]:
        """Bytes of each file so far, by its final name."""
        return {final: temporary.stat().st_size for _, temporary, final in self._staged}

    def lying(self) -> dict[Path, Path]:
        """Where each file lies until it gets its final name, by that."""
        return {final: temporary for _, temporary, final in self._staged}

    def commit(self, first: Path | None = None) -> None:
        """Give all files their final names: `first` first, the others in the order they came."""
        self._staged.sort(key=lambda staged: staged[2] != first)
        while self._staged:
            file, temporary, final = self._staged[0]
            try:
                with self._making:
                    temporary.replace(final)
                    self._staged.pop(0)
            except OSError as error:
                raise _write_error(final, error) from None
            file.close()

    def _make_folder(self, folder: Path) -> None:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(exist_ok=True)
            self._made.append(place)

    def _discard(self) -> None:
        for file, temporary, _ in self._staged:
            with suppress(OSError):  # a full disk refuses what is still to be written
                file.close()
            temporary.unlink(missing_ok=True)
        for folder in reversed(self._made):
            try:
                folder.rmdir()
            except OSError:  # holds files by now: it stays
                break

    def _abandon(self) -> None:
        """Discard for good: whoever writes writes no more."""
        self._making.acquire()
        self._discard()


def clear_unfinished(folders: Iterable[Path]) -> None:
    """Remove what processes that were killed have left unfinished in some folders."""
    if fcntl is None:
        return
    for folder in folders:
        for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            # Another's file, or one that a living process has locked, stays.
            with suppress(OSError), path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _locked_file(folder: Path) -> tuple[BinaryIO, Path]:
    """Make a file with a temporary name, locked as long as it is open."""
    while True:
        handle, name = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=_SUFFIX)
        file = os.fdopen(handle, "w+b")
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # taken for unfinished before it had its lock
                file.close()
                continue
            except OSError:  # a file system without locks
                return file, Path(name)
        if fcntl is None or os.fstat(handle).st_nlink:
            return file, Path(name)
        file.close()


def check_writable(directory: Path, option: str) -> None:
    """Find out before any work whether files can be made in a folder that may not exist yet.

    Parameters
    ----------
    directory : Path
    option : str
        The option that chose it, for the message.

    Raises
    ------
    OutputError
        If they cannot.
    """
    place = next(p for p in (directory, *directory.absolute().parents) if os.path.lexists(p))
    if not place.exists():
        problem = "is a link that leads nowhere"
    elif not place.is_dir():
        problem = "is a file, not a folder"
    elif not os.access(place, os.W_OK | os.X_OK):
        problem = "may not be written to"
    else:
        return
    raise OutputError(f"{place}: {problem}: choose another {option}")


def check_name(path: Path) -> None:
    """Find out before any work whether a file's name, and those of its folders, are short enough.

    Raises
    ------
    OutputError
        If it is not.
    """
    if (
        max(len(os.fsencode(part)) for part in path.parts) > _LONGEST_NAME
        or len(os.fsencode(path.absolute())) > _LONGEST_PATH
    ):
        raise OutputError(
            f"{path}: the name is too long: choose a shorter one with --name or --output-dir"
        )


def _leads_out(name: str) -> bool:
    """Whether a name that may name folders, too, is of something outside the folder it is in."""
    inside = PurePath(name)
    return inside.is_absolute() or ".." in inside.parts


def first_existing(paths: Iterable[Path]) -> Path | None:
    """Return the first of some paths that exists already."""
    return next((path for path in paths if os.path.lexists(path)), None)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _write_error(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    cure = "free some space or choose another folder" if full else "choose another folder"
    return OutputError(f"{path}: cannot be written ({reason}): {cure}")
