"""Whatever a file holds, reading it gives samples or an InputError."""

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tdsep.audio import read_audio
from tdsep.errors import InputError

MAGIC = (
    b"",
    b"RIFF\xff\xff\xff\xffWAVEfmt ",
    b"fLaC",
    b"OggS",
    b"FORM",
    b"caff",
    b"ID3",
    b"\xff\xfb",
)
KINDS = (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("AIFF", "PCM_24"), ("OGG", "VORBIS"),
         ("CAF", "PCM_16"), ("W64", "FLOAT"), ("MP3", "MPEG_LAYER_III"))  # fmt: skip
QUICKLY = settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


def encoded(kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (2000, 2))
    soundfile.write(file, samples, 16000, subtype, format=kind)
    return file.getvalue()


WHOLE = tuple(encoded(*kind) for kind in KINDS)


def read_or_refuse(path, content):
    path.write_bytes(content)
    try:
        samples, info = read_audio(path)
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert samples.shape == (info.channels, info.frames)
        assert np.isfinite(samples).all()


@QUICKLY
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_invented_files(tmp_path, magic, rest):
    read_or_refuse(tmp_path / "invented", magic + rest)


@QUICKLY
@given(st.sampled_from(WHOLE), st.data())
def test_damaged_files(tmp_path, content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        near = data.draw(st.sampled_from([64, len(damaged)]))
        damaged[data.draw(st.integers(0, near - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(tmp_path / "damaged", bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


@pytest.mark.parametrize("order", "<>")
def test_a_header_of_too_many_samples(tmp_path, order):
    """What a FLAC header, or a CAF chunk, promises is not allocated."""
    flac = bytearray(encoded("FLAC", "PCM_16"))
    flac[21:26] = bytes([flac[21] | 0x0F]) + b"\xff" * 4
    caf = encoded("CAF", "PCM_16")
    at = caf.index(b"data") + 4
    caf = caf[:at] + struct.pack(f"{order}q", 1 << 40) + caf[at + 8 :]
    for number, content in enumerate((bytes(flac), caf)):
        read_or_refuse(tmp_path / str(number), content)
