"""Arrays that grow with a recording, kept on a disk where they are large."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile, gettempdir
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tdsep.errors import OutputError

#: Bytes that are held in memory.
_HELD = 1 << 25


class StoredFrames:
    """An array [rows, frame], zero at first: in memory while it is small, else in a nameless file.

    Frames are written and read by slices of them: ``stored[:, 100:200]``; all rows at a time. For
    any other index, as for `numpy.asarray`, the whole is made an array. Threads may share it.

    Parameters
    ----------
    n_rows, n_frames : int
    dtype : dtype
    """

    def __init__(self, n_rows: int, n_frames: int, dtype: DTypeLike) -> None:
        self.shape, self.dtype = (n_rows, n_frames), np.dtype(dtype)
        self._file = SpooledTemporaryFile(_HELD)  # noqa: SIM115 (closed with the last reference)
        self._turn = Lock()  # a file has one place where it is read or written

    def __del__(self) -> None:
        self._file.close()

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return some frames, [rows, frame]."""
        match key:
            case slice(start=None, stop=None, step=None), slice():
                pass
            case _:
                return np.asarray(self)[key]
        first, stop, step = key[1].indices(self.shape[1])
        if step == 1:
            return self._read(first, max(0, stop - first))
        found = [self._read(frame, 1) for frame in range(first, stop, step)]
        return np.concatenate(found, axis=1) if found else self._read(0, 0)

    def __setitem__(self, key: tuple[Any, slice], values: np.ndarray) -> None:
        """Write successive frames, [rows, frame].

        Raises
        ------
        OutputError
            If the disk is full.
        """
        first, stop, _ = key[1].indices(self.shape[1])
        # A frame's rows lie side by side, so that successive frames are one piece of the file.
        frames = np.empty((stop - first, self.shape[0]), self.dtype)
        frames[:] = np.asarray(values).T
        try:
            with self._turn:
                self._file.seek(first * self._frame_size)
                self._file.write(frames.data)
        except OSError as error:
            raise OutputError(
                f"{gettempdir()}: {error.strerror}: free some space or set TMPDIR to another"
            ) from None

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        """Return all frames."""
        return self[:, :].astype(self.dtype if dtype is None else dtype, copy=False)

    @property
    def _frame_size(self) -> int:
        return self.shape[0] * self.dtype.itemsize

    def _read(self, first: int, count: int) -> np.ndarray:
        with self._turn:
            self._file.seek(first * self._frame_size)
            found = self._file.read(count * self._frame_size)
        frames = np.zeros((count, self.shape[0]), self.dtype)  # nothing was written at the end yet
        frames.ravel().view(np.uint8)[: len(found)] = np.frombuffer(found, np.uint8)
        return frames.T
