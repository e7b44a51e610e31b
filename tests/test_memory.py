"""What a header promises is not allocated: memory goes with what a file holds."""

import io
import json
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

#: Bytes that any work may take beside what the file holds, tenfold.
FLOOR = 64 << 20
#: Reads files in one process: prints for each its outcome, and by how much the process grew at its
#: most (a mark that is set back before each), and lets it have no more than a gigabyte at all,
#: touched or not.
PROGRAM = """
import json, resource, sys
from pathlib import Path
from tdsep.audio import read_audio
from tdsep.errors import TdsepError
from tdsep.jobs.info import describe
from tdsep.tables import read_matrix

def size(kind):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(kind))

def grown(read, path):
    Path("/proc/self/clear_refs").write_text("5")
    before, told = size("VmRSS"), None
    try:
        read(path)
    except TdsepError as error:
        told = str(error)
    return told, size("VmHWM") - before

readers = {".npy": [read_matrix], ".wav": [read_audio, describe]}
for ending, reads in readers.items():  # loads what it needs
    for read in reads:
        read(Path("good" + ending))
most = size("VmSize") + (1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for path in map(Path, sys.argv[1:]):
    for read in readers.get(path.suffix, readers[".wav"]):
        print(json.dumps([path.name, read.__name__, *grown(read, path)]))
"""


def encoded(form: str, subtype: str, n_channels: int = 2) -> bytearray:
    file = io.BytesIO()
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (3000, n_channels))
    soundfile.write(file, samples, 16000, subtype, format=form)
    return bytearray(file.getvalue())


def patched(content: bytearray, mark: bytes, offset: int, form: str, *numbers: int) -> bytearray:
    """Put numbers behind a mark in a file's header."""
    struct.pack_into(form, content, content.rindex(mark) + offset, *numbers)
    return content


def promising() -> dict[str, bytearray]:
    """Files of a dozen kB that promise 2^40 frames, a million channels, or as much as they can."""
    pcm, many = "PCM_16", 1 << 40
    flac = encoded("FLAC", pcm)
    flac[21:26] = bytes([flac[21] | 0x0F]) + b"\xff" * 4  # the 36 bits of the length
    return {
        "frames.wav": patched(encoded("WAV", pcm), b"data", 4, "<I", (1 << 32) - 1),
        "channels.wav": patched(encoded("WAV", pcm), b"fmt ", 10, "<H", 65535),
        "1024.wav": patched(
            patched(encoded("WAV", pcm), b"fmt ", 10, "<H", 1024), b"fmt ", 20, "<H", 2048
        ),
        "rate.wav": patched(encoded("WAV", pcm), b"fmt ", 12, "<I", (1 << 31) - 1),
        "frames.rf64": patched(encoded("RF64", pcm), b"ds64", 16, "<qq", 4 * many, many),
        "frames.w64": patched(encoded("W64", pcm), b"data", 16, "<q", 4 * many),
        "frames.caf": patched(encoded("CAF", pcm), b"data", 4, ">q", many),
        "channels.caf": patched(encoded("CAF", pcm), b"desc", 36, ">I", 10**6),
        "frames.aiff": patched(encoded("AIFF", pcm), b"COMM", 10, ">I", (1 << 32) - 1),
        "channels.aiff": patched(encoded("AIFF", pcm), b"COMM", 8, ">H", 32767),
        "frames.au": patched(encoded("AU", pcm), b".snd", 8, ">I", (1 << 32) - 1),
        "channels.au": patched(encoded("AU", pcm), b".snd", 20, ">I", 10**6),
        "frames.flac": flac,
        "frames.ogg": patched(encoded("OGG", "VORBIS"), b"OggS", 6, "<q", many),
        "opus.ogg": patched(encoded("OGG", "OPUS"), b"OggS", 6, "<q", many),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_memory_goes_with_what_a_file_holds(tmp_path):
    files = promising()
    file = io.BytesIO()
    shape = (1 << 30, 4)
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    files["a.npy"] = bytearray(file.getvalue() + bytes(12000))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.wav").write_bytes(encoded("WAV", "PCM_16"))
    np.save(tmp_path / "good.npy", np.ones((3, 3)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {name for name, *_ in answers} == set(files)
    for name, read, told, grown in answers:
        assert told is None or (told.startswith(f"{name}: ") and "\n" not in told)
        assert grown < FLOOR + 10 * len(files[name]), (name, read, told)
