"""The sound in what libsndfile does not read, M4A, MP4, MKV, WebM, …, decoded by PyAV."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import soundfile

from tdsep.audio.info import AudioInfo
from tdsep.audio.tags import tags_of
from tdsep.errors import InputError, MissingDependencyError, OutputError
from tdsep.inputs import reason

#: How files begin that hold sound for FFmpeg: at which byte, and by what.
_BEGINNINGS = (
    (4, rb"ftyp|moov|mdat|wide|free|skip"),  # MP4, M4A, MOV
    (0, rb"\x1a\x45\xdf\xa3"),  # MKV, WebM
    (0, rb"\xff[\xf0\xf1\xf8\xf9]|ADIF"),  # AAC
    (0, rb"OggS"),  # Ogg, where libsndfile does not know what is in it
    (0, rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # WMA, WMV
    (0, rb"RIFF....AVI "),
    (0, rb"FLV\x01"),
    (0, rb"\x00\x00\x01\xba"),  # MPEG
    (0, rb"G.{187}G"),  # MPEG transport stream
    (0, rb"\x0b\x77"),  # AC-3
    (0, rb"wvpk|MAC |TTA1|#!AMR"),
)
#: Seconds that a track may begin late, be interrupted, or lack at its end unmentioned.
_SLACK = 0.1


def is_container(file: io.FileIO) -> bool:
    """Whether a file's first bytes are those of a kind that PyAV decodes."""
    file.seek(0)
    head = file.read(256)
    return any(re.compile(what, re.DOTALL).match(head, at) for at, what in _BEGINNINGS)


def decode(path: str | os.PathLike[str], file: io.FileIO, decoded: BinaryIO) -> AudioInfo:
    """Decode a file's sound into a sound file of float samples, block by block.

    Parameters
    ----------
    path : path
        For messages.
    file : FileIO
        What is decoded.
    decoded : file
        On a disk; gets a W64 file, which may be longer than the track at its end.

    Returns
    -------
    AudioInfo
        Of the track; the length is that without what the encoder put before and behind it, as far
        as the file tells.

    Raises
    ------
    MissingDependencyError
        If PyAV is not installed.
    InputError
        If there is no sound track, it is broken, or it changes its rate or channels on the way.
    OutputError
        If there is no room for what is decoded.
    """
    try:
        import av  # an extra
    except ImportError:
        raise MissingDependencyError(f"{path}: this kind of sound file", "PyAV", "av") from None
    file.seek(0)
    try:
        with av.open(file) as container:
            track = container.streams.best("audio")
            if track is None:
                raise InputError(f"{path}: holds no sound: choose another file")
            take = _Take(path, track)
            take.write(decoded, av.FFmpegError)
            tags = tags_of({**track.metadata, **container.metadata})
            return AudioInfo(
                take.rate, take.n_channels, take.frames, track.codec_context.name.upper(),
                take.cut_off, tags, tuple(take.notes(container)),
            )  # fmt: skip
    except av.FFmpegError as error:
        raise InputError(
            f"{path}: is broken, or no sound that FFmpeg can read ({reason(error)}): "
            "copy it anew, or convert it to WAV or FLAC"
        ) from None


class _Take:
    """One track on its way to samples, and what is seen of it on the way."""

    def __init__(self, path: str | os.PathLike[str], track: Any) -> None:
        self.rate = self.n_channels = self._written = 0
        self._path, self._track = path, track
        self._tick = float(track.time_base)
        self._first: float | None = None
        self._end = 0.0
        self._error: Exception | None = None

    def write(self, decoded: BinaryIO, ffmpeg_error: type[Exception]) -> None:
        """Decode all of it."""
        blocks = self._blocks(ffmpeg_error)
        first = next(blocks, None)
        if first is None:
            raise self._error or InputError(f"{self._path}: holds no samples: choose another file")
        try:
            with soundfile.SoundFile(
                decoded.fileno(), "w", self.rate, self.n_channels, "FLOAT", format="W64",
                closefd=False,
            ) as sound:  # fmt: skip
                for block in chain([first], blocks):
                    sound.write(block)
        except (soundfile.LibsndfileError, AssertionError) as error:  # the latter: cut short
            raise OutputError(
                f"{self._path}: cannot be decoded into {tempfile.gettempdir()} "
                f"({reason(error)}): free some space there, or name another folder by the "
                "variable TMPDIR"
            ) from None

    @property
    def frames(self) -> int:
        """Samples per channel, without those that fill up the encoder's last packet."""
        if self._first is None:
            return self._written
        # The last packet's duration tells it, exactly where time is counted in samples; in other
        # files of the kind the track's duration does, which may be rounded to a millisecond or two.
        exact = self._track.time_base * self.rate == 1
        length = self._length if exact else self._length + self._tick
        promised = self._promised
        if promised is not None and 0.002 < self._length - promised < _SLACK:
            length = promised
        return min(self._written, max(round(length * self.rate), 1))

    @property
    def cut_off(self) -> bool:
        """Whether the file ends before its header says, or in what cannot be decoded."""
        promised = self._promised
        return self._error is not None or (
            promised is not None and self._length < promised - _SLACK
        )

    def notes(self, container: Any) -> Iterator[str]:
        """Tell what whoever hears the result should know."""
        n_tracks = len(container.streams.audio)
        if n_tracks > 1:
            number = container.streams.audio.index(self._track) + 1
            yield f"there are {n_tracks} sound tracks: number {number} is taken"
        late = (self._first or 0.0) - (container.start_time or 0) * 1e-6
        if late > _SLACK:
            yield f"the sound begins {late:.2f} s after the film: times count from its beginning"
        missing = self._length - self._written / self.rate
        if missing > _SLACK:
            yield f"the sound is interrupted for {missing:.2f} s in all: the rest is joined"

    @property
    def _length(self) -> float:
        """Seconds from the first sample to the end of the last packet, as the file has it."""
        return self._end - (self._first or 0.0)

    @property
    def _promised(self) -> float | None:
        """Seconds that the track is long as the file's header says; None where it does not."""
        track, kind = self._track, self._track.container.format.name
        if kind.startswith("mov") and track.duration:
            return float(track.duration * track.time_base)
        end = re.fullmatch(r"(\d+):(\d+):(\d+\.\d+)", track.metadata.get("DURATION", ""))
        if kind.startswith("matroska") and end:
            hours, minutes, seconds = end.groups()
            return 3600 * int(hours) + 60 * int(minutes) + float(seconds) - (self._first or 0.0)
        return None

    def _blocks(self, ffmpeg_error: type[Exception]) -> Iterator[np.ndarray]:
        """Yield [samples, channels], float32, packet by packet."""
        packets = self._track.container.demux(self._track)
        while True:
            try:
                packet = next(packets, None)
                frames = [] if packet is None else packet.decode()
            except ffmpeg_error as error:
                self._error = self._error or error
                continue
            if packet is None:
                return
            for frame in frames:
                self._check(frame)
                yield _samples(frame)
            if frames and packet.pts is not None:
                if self._first is None:
                    self._first = frames[0].time or 0.0
                self._end = max(self._end, (packet.pts + packet.duration) * self._tick)

    def _check(self, frame: Any) -> None:
        """Take note of a frame, if it goes on as the others began."""
        where = f"at {self._written / self.rate:.3f} s" if self.rate else "at its beginning"
        if self._error:  # what cannot be decoded at the end is missing; this is within
            raise InputError(f"{self._path}: broken sound data {where}: copy it anew")
        rate, n_channels = frame.sample_rate, frame.layout.nb_channels
        if not self.rate:
            self.rate, self.n_channels = rate, n_channels
        if (rate, n_channels) != (self.rate, self.n_channels):
            raise InputError(
                f"{self._path}: changes {where} from {self.rate} Hz and {self.n_channels} "
                f"channels to {rate} Hz and {n_channels}: convert it to WAV"
            )
        self._written += frame.samples


def _samples(frame: Any) -> np.ndarray:
    """Return a frame as [samples, channels], float32; full scale is 1."""
    array = frame.to_ndarray()
    samples = array.T if frame.format.is_planar else array.reshape(frame.samples, -1)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if np.issubdtype(samples.dtype, np.integer):
        return samples.astype(np.float32) / np.float32(2.0 ** (8 * samples.dtype.itemsize - 1))
    return samples.astype(np.float32)
