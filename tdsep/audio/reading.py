"""Sound files to arrays: whole, or read as they are asked for."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from threading import Lock
from typing import Any, BinaryIO, Literal

import numpy as np
import soundfile

from tdsep.audio.containers import decode, is_container
from tdsep.audio.info import AudioInfo
from tdsep.audio.tags import tags_of
from tdsep.errors import InputError, ParameterError
from tdsep.inputs import open_regular, reason

#: Samples read at a time to find where a broken file breaks.
_PIECE = 1 << 12
#: File types whose headers may promise samples that are not there; of others the file's size tells.
_COMPRESSED = frozenset({"FLAC", "OGG", "MP3"})
#: What libsndfile says of broken samples; and where a decoder has lost its place in a file, less
#: than nothing is left to be read, of which NumPy makes no array.
_BROKEN = (soundfile.LibsndfileError, RuntimeError, ValueError)
#: Samples that a decoder needs before it gives the same as from the beginning.
_LEAD = {"OGG": 1 << 13, "MP3": 1 << 13}


def probe(path: str | os.PathLike[str]) -> AudioInfo:
    """Read a sound file's header.

    Raises
    ------
    InputError
        If the file is missing, unreadable, or no sound file.
    """
    with _opened(path) as (_, info):
        return info


class SoundReader:
    """Samples of a sound file, read when they are asked for.

    Indexed like an array, by a slice of samples: ``sound[..., 1000:2000]``.

    Attributes
    ----------
    info : AudioInfo
        Of the whole file.
    shape : (int, int)
        Channels and samples of the part that is read.
    dtype : dtype
        float32, or float64 of a file of doubles. Full scale is 1.
    """

    def __init__(
        self, path: str | os.PathLike[str], sound: Any, info: AudioInfo, first: int, last: int
    ) -> None:
        self.info = info
        self.dtype = np.dtype("float64" if info.subtype == "DOUBLE" else "float32")
        self._path, self._sound, self._first, self._last = path, sound, first, last
        self._channels: tuple[int, ...] | None = None
        self._turn = Lock()

    @property
    def shape(self) -> tuple[int, int]:
        """Channels and samples."""
        n_channels = self.info.channels if self._channels is None else len(self._channels)
        return n_channels, self._last - self._first

    def of_channels(self, channels: Sequence[int]) -> SoundReader:
        """Return the same samples of some channels, counted from 0."""
        chosen = copy(self)
        chosen._channels = tuple(channels)
        return chosen

    def __getitem__(self, key: Any) -> np.ndarray:
        """Read samples, [channels, samples].

        Raises
        ------
        InputError
            If they are broken, or no numbers.
        """
        _, samples = key
        start, stop, _ = samples.indices(self.shape[1])
        found = self._read(self._first + start, max(0, stop - start))
        return found if self._channels is None else found[list(self._channels)]

    def _read(self, first: int, count: int) -> np.ndarray:
        with self._turn:  # a file has one place where it is read
            try:
                if self._sound.tell() != first:  # some formats cannot be wound
                    lead = min(first, _LEAD.get(self._sound.format, 0))
                    self._sound.seek(first - lead)
                    self._sound.read(lead)
                samples = self._sound.read(count, dtype=self.dtype.name, always_2d=True).T
            except _BROKEN as error:
                raise InputError(
                    f"{self._path}: broken sound data ({reason(error)}): copy it anew"
                ) from None
        if samples.shape[1] < count:
            raise InputError(
                f"{self._path}: broken sound data at "
                f"{(first + samples.shape[1]) / self.info.rate:.3f} s: copy it anew"
            )
        finite = np.isfinite(samples)
        if not finite.all():
            where = first + int(np.argmin(finite.all(axis=0)))
            raise InputError(
                f"{self._path}: holds samples that are not numbers (NaN or infinite), the first "
                f"at {where / self.info.rate:.3f} s: export it again, or cut them out"
            )
        return np.ascontiguousarray(samples)


@contextmanager
def open_sound(
    path: str | os.PathLike[str], start: float = 0.0, end: float | None = None
) -> Iterator[SoundReader]:
    """Open a sound file, or a part of it, to be read in pieces.

    Parameters
    ----------
    path : path
    start, end : float
        The part to read, in seconds; to the file's end by default.

    Yields
    ------
    SoundReader

    Raises
    ------
    InputError
        If the file is missing, unreadable, no sound file, empty or broken.
    ParameterError
        If `start` and `end` leave nothing to read.
    """
    with _opened(path) as (sound, info):
        if info.frames == 0:
            raise InputError(f"{path}: holds no samples: record it again or choose another file")
        first = round(start * info.rate)
        last = info.frames if end is None else min(round(end * info.rate), info.frames)
        if first >= info.frames:
            raise ParameterError(
                f"{path}: the start, {start:g} s, is not before the file's end, "
                f"{info.frames / info.rate:.3f} s: choose an earlier one"
            )
        if last <= first:
            raise ParameterError(
                f"{path}: the end, {end:g} s, is not after the start, {start:g} s: "
                "choose a later one"
            )
        yield SoundReader(path, sound, info, first, last)


def read_audio(
    path: str | os.PathLike[str], start: float = 0.0, end: float | None = None
) -> tuple[np.ndarray, AudioInfo]:
    """Read a sound file, or a part of it, whole.

    Returns
    -------
    samples : ndarray [channels, samples], float32 (float64 from a file of doubles)
        Full scale is 1.
    info : AudioInfo
        Of the whole file.

    Raises
    ------
    InputError, ParameterError
        As by `open_sound`.
    """
    with open_sound(path, start, end) as sound:
        return sound[..., :], sound.info


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Any, AudioInfo]]:
    """Open a sound file through a file descriptor, so that any file name will do."""
    with open_regular(path, "sound file") as file:
        cut_off = _is_cut_off(file)
        try:
            sound = _sound_file(path, file)
        except InputError:
            if not is_container(file):
                raise
            with _decoded(path, file) as found:
                yield found
            return
        frames, tags = sound.frames, tags_of(sound.copy_metadata())
        if _lacks_its_end(sound):
            cut_off = True
            with _sound_file(path, file) as again:
                frames = _counted(again)
            sound = _sound_file(path, file)
        with sound:
            yield (
                sound,
                AudioInfo(sound.samplerate, sound.channels, frames, sound.subtype, cut_off, tags),
            )


@contextmanager
def _decoded(path: str | os.PathLike[str], file: io.FileIO) -> Iterator[tuple[Any, AudioInfo]]:
    """Decode what libsndfile does not read into a nameless file on a disk, and open that."""
    with tempfile.TemporaryFile(buffering=0) as samples:
        info = decode(path, file, samples)
        with _sound_file(path, samples) as sound:
            yield sound, info


def _sound_file(path: str | os.PathLike[str], file: BinaryIO | io.FileIO) -> Any:
    file.seek(0)
    try:
        return soundfile.SoundFile(file.fileno(), closefd=False)
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        raise InputError(
            f"{path}: is not a sound file that can be read ({reason(error)}): choose another, copy "
            "it anew, or convert it to WAV or FLAC"
        ) from None


def _lacks_its_end(sound: Any) -> bool:
    """Whether a compressed file's header promises samples that are not there."""
    if sound.format not in _COMPRESSED or not sound.frames or not sound.seekable():
        return False
    try:
        sound.seek(sound.frames - 1)
        return len(sound.read(1)) == 0
    except _BROKEN:
        return True


def _counted(sound: Any) -> int:
    """Count the samples per channel that can be read."""
    found = 0
    try:
        while count := len(sound.read(_PIECE, dtype="float32")):
            found += count
    except _BROKEN:
        pass
    return found


def _is_cut_off(file: io.FileIO) -> bool:
    """Whether a WAV or AIFF file is shorter than its header says; libsndfile takes it as it is."""
    head = file.read(8)
    file.seek(0)
    order: dict[bytes, Literal["little", "big"]] = {b"RIFF": "little", b"FORM": "big"}
    if head[:4] not in order:
        return False
    promised = int.from_bytes(head[4:], order[head[:4]])
    # What writes to a pipe cannot know the length: it leaves 0 or the largest number there.
    return promised < 2**31 - 1 and os.fstat(file.fileno()).st_size < promised + 8
