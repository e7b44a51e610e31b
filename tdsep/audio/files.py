"""Reading and writing sound files: rate, sample format and length are kept."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import soundfile

from tdsep.errors import InputError, ParameterError
from tdsep.inputs import open_regular, reason

#: Sample formats that a WAV file can hold and that keep the number of samples. Others (Vorbis,
#: MP3, ADPCM, …) are written as 16-bit integers.
_WAV_SUBTYPES = frozenset(
    {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"}
)
_NEAREST_SUBTYPE = {"PCM_S8": "PCM_U8"}
#: Samples written or read at a time.
_BLOCK = 1 << 18
#: Bits of the integer formats.
_BITS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
#: The largest sample that each format holds; the smallest is -1. Floats have no such limit.
_FULL_SCALE = {subtype: 1 - 2.0 ** (1 - bits) for subtype, bits in _BITS.items()} | {
    "ULAW": 32124 / 32768,
    "ALAW": 32256 / 32768,
}


@dataclass(frozen=True)
class AudioInfo:
    """What a sound file says of itself.

    Attributes
    ----------
    rate : int
        Sampling rate in Hz.
    channels : int
    frames : int
        Samples per channel.
    subtype : str
        Sample format, in libsndfile's name: PCM_16, PCM_24, FLOAT, …
    cut_off : bool
        Whether the file is shorter than its header promises.
    """

    rate: int
    channels: int
    frames: int
    subtype: str
    cut_off: bool = False

    @property
    def wav_subtype(self) -> str:
        """Sample format for a WAV file made from this one: the same, where WAV has it."""
        subtype = _NEAREST_SUBTYPE.get(self.subtype, self.subtype)
        return subtype if subtype in _WAV_SUBTYPES else "PCM_16"

    @property
    def remarks(self) -> list[str]:
        """What whoever hears the result should know of the file."""
        if not self.cut_off:
            return []
        return ["the file is shorter than its header says: the end of it is missing"]


def probe(path: str | os.PathLike[str]) -> AudioInfo:
    """Read a sound file's header.

    Raises
    ------
    InputError
        If the file is missing, unreadable, or no sound file.
    """
    with _opened(path) as (_, info):
        return info


def read_audio(
    path: str | os.PathLike[str], start: float = 0.0, end: float | None = None
) -> tuple[np.ndarray, AudioInfo]:
    """Read a sound file, or a part of it.

    Parameters
    ----------
    path : path
    start, end : float
        The part to read, in seconds; to the file's end by default.

    Returns
    -------
    samples : ndarray [channels, samples], float32 (float64 from a file of doubles)
        Full scale is 1.
    info : AudioInfo
        Of the whole file.

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
        dtype = "float64" if info.subtype == "DOUBLE" else "float32"
        try:
            if first:  # some formats cannot be wound
                sound.seek(first)
            samples = sound.read(last - first, dtype=dtype, always_2d=True).T
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise InputError(f"{path}: broken sound data ({reason(error)}): copy it anew") from None
    if samples.shape[1] == 0:
        raise InputError(f"{path}: holds no samples where its header promises some: copy it anew")
    if not np.isfinite(samples).all():
        where = int(np.argmin(np.isfinite(samples).all(axis=0)))
        raise InputError(
            f"{path}: holds samples that are not numbers (NaN or infinite), the first "
            f"at {(first + where) / info.rate:.3f} s: export it again, or cut them out"
        )
    return np.ascontiguousarray(samples), info


def common_gain(parts: Sequence[np.ndarray], subtype: str) -> float:
    """Return one gain for all parts of a mixture that keeps the loudest peak within full scale.

    A part can be louder alone than in the mixture, where others cancel some of it. The gain is 1
    where nothing would clip.
    """
    full_scale = _FULL_SCALE.get(subtype, np.inf)
    highest = max(float(part.max()) for part in parts)
    lowest = min(float(part.min()) for part in parts)
    if highest <= full_scale and (lowest >= -1 or full_scale == np.inf):
        return 1.0
    return full_scale / max(highest, -lowest)


def encode_wav(samples: np.ndarray, rate: int, subtype: str) -> bytes:
    """Encode [channels, samples] as a WAV file in memory; see `encode_parts`."""
    return encode_parts([samples], rate, subtype)[0]


def encode_parts(
    parts: Sequence[np.ndarray], rate: int, subtype: str, gain: float = 1.0
) -> list[bytes]:
    """Encode the parts of a mixture, each [channels, samples], as WAV files in memory.

    In the integer formats what rounding takes from one part the next one gets, so that the files
    add up to the rounded sum of the parts. Samples beyond full scale are clipped by these: choose
    a gain that keeps them within.
    """
    n_channels, n_samples = parts[0].shape
    files = [io.BytesIO() for _ in parts]
    with ExitStack() as stack:
        sounds = [
            stack.enter_context(
                soundfile.SoundFile(file, "w", rate, n_channels, subtype, format="WAV")
            )
            for file in files
        ]
        for start in range(0, n_samples, _BLOCK):
            block = [part[:, start : start + _BLOCK] * gain for part in parts]
            for sound, samples in zip(sounds, _rounded(block, subtype), strict=True):
                sound.write(samples.T)
    return [file.getvalue() for file in files]


def _rounded(parts: Sequence[np.ndarray], subtype: str) -> Sequence[np.ndarray]:
    """Round to the steps of an integer format, where libsndfile would cut off."""
    bits = _BITS.get(subtype)
    if not bits:
        return parts
    most = 2 ** (bits - 1)
    sums = np.rint(np.cumsum(parts, axis=0, dtype=np.float64) * most)
    steps = np.clip(np.diff(sums, axis=0, prepend=0), -most, most - 1)
    return list(steps.astype(np.int32) << (32 - bits))


def decode(encoded: bytes) -> np.ndarray:
    """Return the samples [channels, samples], float64, of a sound file in memory."""
    return soundfile.read(io.BytesIO(encoded), always_2d=True)[0].T


def decoded_sum(encoded: Sequence[bytes]) -> Iterator[np.ndarray]:
    """Yield the sum of sound files in memory, block by block, [channels, samples], float64."""
    with ExitStack() as stack:
        sounds = [stack.enter_context(soundfile.SoundFile(io.BytesIO(part))) for part in encoded]
        blocks = [sound.blocks(_BLOCK, always_2d=True) for sound in sounds]
        for parts in zip(*blocks, strict=True):
            yield np.sum(parts, axis=0).T


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[Any, AudioInfo]]:
    """Open a sound file through a file descriptor, so that any file name will do."""
    with open_regular(path, "sound file") as file:
        cut_off = _is_cut_off(file)
        try:
            sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
            raise InputError(
                f"{path}: is not a sound file that libsndfile can read ({reason(error)}): "
                "convert it to WAV or FLAC"
            ) from None
        with sound:
            yield (
                sound,
                AudioInfo(sound.samplerate, sound.channels, sound.frames, sound.subtype, cut_off),
            )


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
