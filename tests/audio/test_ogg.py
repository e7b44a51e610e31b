import io

import numpy as np
import pytest
import soundfile

from tdsep.audio.ogg import forget_serial


def checksum(page):
    """RFC 3533, bit by bit."""
    page = page[:22] + bytes(4) + page[26:]
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = ((remainder << 1) ^ (0x04C11DB7 if remainder >> 31 else 0)) & 0xFFFFFFFF
    return remainder.to_bytes(4, "little")


def pages(content):
    start = 0
    while start < len(content):
        assert content[start : start + 4] == b"OggS"
        end = start + 27 + content[start + 26]
        end += sum(content[start + 27 : end])
        yield content[start:end]
        start = end


def written(sound, subtype):
    file = io.BytesIO()
    soundfile.write(file, sound, 16000, subtype, format="OGG")
    return file


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_the_same_sound_is_the_same_file(rng, subtype):
    sound = 0.1 * rng.standard_normal((16000, 2))
    first, second = written(sound, subtype), written(sound, subtype)
    assert first.getvalue() != second.getvalue()
    for file in (first, second):
        forget_serial(file)
    assert first.getvalue() == second.getvalue()


def test_every_page_keeps_a_true_checksum(rng):
    file = written(0.1 * rng.standard_normal(30000), "VORBIS")
    before, _ = soundfile.read(io.BytesIO(file.getvalue()))
    forget_serial(file)
    for page in pages(file.getvalue()):
        assert page[14:18] == bytes(4)
        assert page[22:26] == checksum(page)
    after, _ = soundfile.read(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(after, before)
