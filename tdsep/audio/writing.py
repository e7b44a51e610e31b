"""Arrays to sound files: the parts of a mixture, block by block, so that they add up to it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import soundfile

from tdsep.audio.ogg import forget_serial
from tdsep.audio.tags import id3, of_part, set_tags
from tdsep.errors import OutputError
from tdsep.formats import LOSSY
from tdsep.inputs import reason

#: Samples read back at a time.
_BLOCK = 1 << 18
#: Bits of the integer formats.
_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
#: The largest sample that each format holds; the smallest is -1. Floats have no such limit.
#: Of the lossy ones it is that of 16 bits, to which they are mostly decoded.
_FULL_SCALE = {subtype: 1 - 2.0 ** (1 - bits) for subtype, bits in _BITS.items()} | {
    "ULAW": 32124 / 32768,
    "ALAW": 32256 / 32768,
    **dict.fromkeys(LOSSY, 1 - 2.0**-15),
}
#: Bytes of a sample, and the largest file whose header can tell its length.
_BYTES = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8,
          "ULAW": 1, "ALAW": 1}  # fmt: skip
_MOST_BYTES = 2**32 - 2**20
#: Samples written at a time: of more at once Vorbis makes an array on the stack, and ends there.
_PIECE = 1 << 14
#: Bytes in which a WAV file's header is, but for what comes after the samples.
_HEAD = 256


@dataclass(frozen=True)
class SoundFormat:
    """How sound is written.

    Attributes
    ----------
    rate : int
        In Hz.
    channels : int
    frames : int
        Samples per channel.
    subtype : str
        Sample format, in libsndfile's name.
    format : str
        Kind of file, and the ending of its name: a key of `tdsep.formats.FORMATS`.
    tags : mapping
        Of the mixture; see `AudioInfo`.
    """

    rate: int
    channels: int
    frames: int
    subtype: str
    format: str = "wav"
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def container(self) -> str:
        """Type of file in libsndfile's name: RF64 where WAV's headers cannot tell the length."""
        if self.format != "wav":
            return self.format.upper()
        size = self.frames * self.channels * _BYTES[self.subtype]
        return "WAV" if size <= _MOST_BYTES else "RF64"

    @property
    def remarks(self) -> list[str]:
        """What whoever uses the files should know of them."""
        if self.container != "RF64":
            return []
        return [
            "the files are longer than WAV's headers can tell, so they are RF64, which not every "
            "program reads: --format flac is an alternative"
        ]


def write_parts(
    files: Sequence[BinaryIO],
    blocks: Iterable[np.ndarray],
    sound: SoundFormat,
    gain: float = 1.0,
    names: Sequence[str] = (),
) -> tuple[float, float]:
    """Write the parts of a mixture, a file each.

    In the integer formats what rounding takes from one part the next one gets, so that the files
    add up to the rounded sum of the parts. Samples beyond full scale are clipped by these: choose
    a gain that keeps them within. Lossy formats give back as many samples, which add up roughly.

    Parameters
    ----------
    files : sequence of file
        Open for writing, on a disk; what they hold is replaced.
    blocks : iterable of ndarray [parts, channels, samples]
        One after another.
    sound : SoundFormat
    gain : float
        Of all parts.
    names : sequence of str, optional
        What the parts are called: this completes the titles among their tags.

    Returns
    -------
    lowest, highest : float
        Of the samples before the gain.

    Raises
    ------
    OutputError
        If a file cannot be written: disk full, …
    """
    lowest = highest = 0.0
    try:
        with ExitStack() as stack:
            sounds = [
                stack.enter_context(_opened(file, sound, of_part(sound.tags, name)))
                for file, name in zip(files, names or [""] * len(files), strict=True)
            ]
            for block in blocks:
                lowest = min(lowest, float(block.min()))
                highest = max(highest, float(block.max()))
                scaled = block if gain == 1 else block * gain
                for file, samples in zip(sounds, _rounded(scaled, sound.subtype), strict=True):
                    for start in range(0, samples.shape[1], _PIECE):
                        file.write(samples[:, start : start + _PIECE].T)
        for file in files:
            if sound.format == "ogg":
                forget_serial(file)
            _forget_time(file)
    except (soundfile.LibsndfileError, AssertionError) as error:  # the latter: cut short
        raise OutputError(
            f"the sound cannot be written ({reason(error)}): free some space or choose another "
            "folder"
        ) from None
    return lowest, highest


def gain_within(lowest: float, highest: float, subtype: str) -> float:
    """Return the gain that keeps samples within full scale: 1 where nothing would clip.

    A part can be louder alone than in the mixture, where others cancel some of it.
    """
    full_scale = _FULL_SCALE.get(subtype, np.inf)
    if highest <= full_scale and (lowest >= -1 or full_scale == np.inf):
        return 1.0
    return full_scale / max(highest, -lowest)


def read_back(files: Sequence[BinaryIO]) -> Iterator[np.ndarray]:
    """Yield the sum of sound files just written, block by block, [channels, samples], float64."""
    with ExitStack() as stack:
        sounds = []
        for file in files:
            file.seek(0)
            sounds.append(stack.enter_context(soundfile.SoundFile(file.fileno(), closefd=False)))
        blocks = [sound.blocks(_BLOCK, always_2d=True) for sound in sounds]
        for parts in zip(*blocks, strict=True):
            yield np.sum(parts, axis=0).T


def _opened(file: BinaryIO, sound: SoundFormat, tags: Mapping[str, str]) -> Any:
    file.seek(0)
    file.truncate()
    if sound.format == "mp3":
        file.write(id3(tags))
        file.flush()  # libsndfile goes on behind it
    opened = soundfile.SoundFile(
        file.fileno(), "w", sound.rate, sound.channels, sound.subtype, format=sound.container,
        closefd=False,
    )  # fmt: skip
    if sound.format != "mp3":
        set_tags(opened, tags)
    return opened


def _forget_time(file: BinaryIO) -> None:
    """Blot out the time that libsndfile writes beside the peaks of floats."""
    if (place := os.pread(file.fileno(), _HEAD, 0).find(b"PEAK")) >= 0:
        os.pwrite(file.fileno(), bytes(4), place + 12)


def _rounded(parts: np.ndarray, subtype: str) -> np.ndarray:
    """Round to the steps of an integer format, where libsndfile would cut off."""
    bits = _BITS.get(subtype)
    if not bits:
        return parts
    most = 2 ** (bits - 1)
    steps = np.empty(parts.shape, np.int32)
    total, before = np.zeros((2, *parts.shape[1:]))
    for part, own in zip(parts, steps, strict=True):
        total += part
        rounded = np.rint(total * most)
        own[:] = np.clip(rounded - before, -most, most - 1)
        before = rounded
    steps <<= 32 - bits
    return steps
