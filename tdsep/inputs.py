"""Opening what a user names: errors that say what is wrong with the place, not with its content."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

from tdsep.errors import InputError

#: What the names of sound files end in, where a folder of them is given.
SOUND_ENDINGS = frozenset(
    {".wav", ".wave", ".w64", ".rf64", ".caf", ".aif", ".aiff", ".aifc", ".au"}
    | {".flac", ".ogg", ".oga", ".opus", ".mp3"}
)


def open_regular(path: str | os.PathLike[str], kind: str) -> io.FileIO:
    """Open a file that is neither a folder, a device, a pipe (opening one would wait) nor empty.

    Parameters
    ----------
    path : path
    kind : str
        What it should be, for the messages: ``"sound file"``.

    Returns
    -------
    FileIO
        Unbuffered: a library that reads from its descriptor begins where Python stands.

    Raises
    ------
    InputError
        If there is no such file, it may not be read, or it is none with content.
    """
    try:
        status = Path(path).stat()
        if stat.S_ISREG(status.st_mode) and status.st_size > 0:
            return Path(path).open("rb", buffering=0)
    except (OSError, ValueError) as error:
        raise open_error(path, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder: give the {kind}s in it")
    if stat.S_ISREG(status.st_mode):
        raise InputError(f"{path}: is empty: copy or make it again")
    raise InputError(f"{path}: is not a regular file: give a {kind}")


def is_folder(path: Path) -> bool:
    """Whether there is a folder; none where the system does not even look: the name is too long."""
    return stat.S_ISDIR(_mode(path))


def is_regular(path: Path) -> bool:
    """Whether there is a regular file; none where the system does not even look."""
    return stat.S_ISREG(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def open_error(path: object, error: OSError | ValueError) -> InputError:
    """Say why a file or folder cannot be opened."""
    match getattr(error, "errno", None):
        case errno.ENOENT | errno.ENOTDIR:
            return InputError(f"{path}: no such file: check its name")
        case errno.EACCES | errno.EPERM:
            return InputError(f"{path}: may not be read: check its permissions")
        case _:
            return InputError(f"{path}: cannot be opened ({reason(error)}): check its name")


def reason(error: Exception) -> str:
    """Return a library's or the system's own words, without a file's handle or a final stop."""
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).rstrip(".") or type(error).__name__
