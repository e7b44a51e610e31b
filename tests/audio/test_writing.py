import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tdsep.audio import SoundFormat, gain_within, probe, read_audio, read_back, write_parts
from tests.conftest import encode_parts, encode_wav


def decode(encoded: bytes) -> np.ndarray:
    with tempfile.TemporaryFile() as file:
        file.write(encoded)
        return np.concatenate(list(read_back([file])), axis=1)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "ULAW", "ALAW"])
def test_what_was_read_is_written_back_bit_for_bit(tmp_path, rng, subtype):
    path = tmp_path / "sound.wav"
    samples = np.append(rng.uniform(-1, 1, (2, 1000)), [[-1.0], [1.0]], axis=1)
    path.write_bytes(encode_wav(samples, 8000, subtype))
    samples, info = read_audio(path)
    assert gain_within(samples.min(), samples.max(), subtype) == 1.0
    assert bytes(encode_wav(samples, info.rate, subtype)) == path.read_bytes()


@given(
    arrays(np.float64, (3, 1, 20), elements=st.floats(-0.3, 0.3)),
    st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32"]),
)
def test_encoded_parts_add_up_to_their_rounded_sum(parts, subtype):
    bits = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}[subtype]
    step = 2.0 ** (1 - bits)
    written = np.stack([decode(part) for part in encode_parts(parts, 8000, subtype)])
    total = np.rint(parts.sum(axis=0) / step) * step
    assert np.abs(written.sum(axis=0) - total).max() <= 1e-12
    assert np.abs(written - parts).max() <= step * 1.001


def test_samples_are_rounded_not_cut_off():
    steps = np.array([[-1.4, -0.6, -0.4, 0.4, 0.6, 1.4]]) / 2**15
    rounded = decode(encode_wav(steps, 8000, "PCM_16")) * 2**15
    np.testing.assert_array_equal(rounded, [[-1, -1, 0, 0, 1, 1]])


@given(
    st.floats(0.01, 8), st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"])
)
def test_the_gain_keeps_every_part_within_full_scale(peak, subtype):
    parts = np.linspace(-peak, 0.7 * peak, 50).reshape(5, 2, 5)
    gain = gain_within(parts.min(), parts.max(), subtype)
    assert (gain == 1) == (peak <= 1)
    assert np.abs(gain * parts).max() <= 1 + 1e-12
    assert gain_within(parts.min(), parts.max(), "FLOAT") == 1


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "FLOAT", "ALAW"])
def test_blocks_make_the_same_files_as_the_whole(rng, subtype):
    parts = rng.uniform(-0.4, 0.4, (3, 2, 1000))
    sound = SoundFormat(8000, 2, 1000, subtype)
    with (
        tempfile.TemporaryFile() as a,
        tempfile.TemporaryFile() as b,
        tempfile.TemporaryFile() as c,
    ):
        files = [a, b, c]
        blocks = np.split(parts, [1, 300, 999], axis=2)
        assert write_parts(files, blocks, sound) == (parts.min(), parts.max())
        for file, expected in zip(files, encode_parts(parts, 8000, subtype), strict=True):
            file.seek(0)
            assert file.read() == expected
        total = np.concatenate(list(read_back(files)), axis=1)
    np.testing.assert_allclose(total, parts.sum(axis=0), atol=0.1)


def test_what_is_written_again_is_shorter_no_less(rng):
    """A second time with a gain: nothing of the first is left."""
    samples = rng.uniform(-0.4, 0.4, (1, 1, 500))
    with tempfile.TemporaryFile() as file:
        write_parts([file], [np.tile(samples, 9)], SoundFormat(8000, 1, 4500, "PCM_16"))
        write_parts([file], [samples], SoundFormat(8000, 1, 500, "PCM_16"), gain=0.5)
        file.seek(0)
        assert file.read() == encode_wav(samples[0] * 0.5, 8000, "PCM_16")


def test_files_too_large_for_wav_are_rf64(tmp_path):
    assert SoundFormat(48000, 2, 3600 * 48000, "PCM_16").container == "WAV"
    assert SoundFormat(48000, 2, 7 * 3600 * 48000, "PCM_16").container == "RF64"
    assert SoundFormat(48000, 2, 4 * 3600 * 48000, "FLOAT").container == "RF64"
    assert SoundFormat(48000, 2, 4 * 3600 * 48000, "PCM_24", "flac").container == "FLAC"
    assert SoundFormat(48000, 2, 3600 * 48000, "PCM_16").remarks == []
    path = tmp_path / "a.wav"
    large = SoundFormat(8000, 1, 2**31, "PCM_16")  # as announced: less is written
    with path.open("w+b") as file:
        write_parts([file], [np.full((1, 1, 100), 0.5)], large)
    assert path.read_bytes()[:4] == b"RF64"
    assert "RF64" in large.remarks[0]
    samples, info = read_audio(path)
    assert probe(path).frames == info.frames == 100
    assert (samples == 0.5).all()


@pytest.mark.parametrize(
    ("form", "subtype", "level"),
    [("flac", "PCM_S8", -20), ("flac", "PCM_16", -70), ("flac", "PCM_24", -120),
     ("ogg", "VORBIS", -10), ("ogg", "OPUS", -10), ("mp3", "MPEG_LAYER_III", -20)],
)  # fmt: skip
@pytest.mark.parametrize("frames", [1, 1151, 1152, 30001])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_other_formats_keep_the_length_and_the_place(tmp_path, form, subtype, level, frames, rate):
    """Lossy ones have a delay of their own, which their readers take off."""
    samples = 0.4 * np.sin(np.arange(frames) / 9 + 1) * np.hanning(frames + 2)[1:-1]
    parts = np.stack([samples, -0.5 * samples])[:, None]
    with tempfile.TemporaryFile() as a, tempfile.TemporaryFile() as b:
        sound = SoundFormat(rate, 1, frames, subtype, form)
        write_parts(
            [a, b], np.split(parts, [frames // 3], axis=2) if frames > 9 else [parts], sound
        )
        total = np.concatenate(list(read_back([a, b])), axis=1)
    assert total.shape == (1, frames)
    if frames > 9:
        wrong = 10 * np.log10(np.sum((total - parts.sum(axis=0)) ** 2) / np.sum(total**2))
        assert wrong < level


def test_a_large_block_of_vorbis(rng):
    """Given to the encoder at once it would end the process."""
    frames = 3_000_000
    with tempfile.TemporaryFile() as file:
        write_parts([file], [np.zeros((1, 1, frames), np.float32)],
                    SoundFormat(48000, 1, frames, "VORBIS", "ogg"))  # fmt: skip
        assert sum(block.shape[1] for block in read_back([file])) == frames


def test_lossy_formats_have_the_full_scale_of_16_bits():
    for subtype in ("VORBIS", "OPUS", "MPEG_LAYER_III"):
        assert gain_within(-0.5, 2.0, subtype) == gain_within(-0.5, 2.0, "PCM_16")


def test_no_room_left_is_one_error(tmp_path):
    """A limit on the size of files stands in for a full disk: the system refuses to write on."""
    program = (
        "import resource, signal, pathlib\n"
        "import numpy as np\n"
        "from tdsep.audio import SoundFormat, write_parts\n"
        "from tdsep.errors import OutputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "try:\n"
        "    with pathlib.Path('a').open('w+b') as file:\n"
        "        write_parts([file], [np.zeros((1, 1, 10**6))] * 3,\n"
        "                    SoundFormat(8000, 1, 3 * 10**6, 'PCM_16'))\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "cannot be written" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_the_time_of_writing_is_not_in_the_file(rng, monkeypatch, subtype):
    samples = rng.uniform(-1, 1, (2, 100))
    written = encode_wav(samples, 8000, subtype)
    place = written.index(b"PEAK")
    assert written[place + 12 : place + 16] == bytes(4)
    assert written[place + 8 : place + 12] == b"\1\0\0\0"  # the version before it stays
