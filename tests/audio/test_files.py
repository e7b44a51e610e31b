import os

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tdsep.audio import common_gain, decode, encode_parts, encode_wav, probe, read_audio
from tdsep.errors import InputError, ParameterError

STEP = {"PCM_U8": 2**-7, "PCM_16": 2**-15, "PCM_24": 2**-23, "PCM_32": 2**-23,
        "FLOAT": 2**-23, "DOUBLE": 2**-23, "ULAW": 0.04, "ALAW": 0.04}  # fmt: skip


@pytest.mark.parametrize("subtype", STEP)
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_round_trip(tmp_path, rng, subtype, channels, rate):
    samples = rng.uniform(-0.9, 0.9, (channels, 301))
    path = tmp_path / "sound.wav"
    path.write_bytes(encode_wav(samples, rate, subtype))
    info = probe(path)
    assert (info.rate, info.channels, info.frames, info.subtype) == (rate, channels, 301, subtype)
    assert info.wav_subtype == subtype
    back, again = read_audio(path)
    assert again == info
    np.testing.assert_allclose(back, samples, atol=STEP[subtype])


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "ULAW", "ALAW"])
def test_what_was_read_is_written_back_bit_for_bit(tmp_path, rng, subtype):
    path = tmp_path / "sound.wav"
    samples = np.append(rng.uniform(-1, 1, (2, 1000)), [[-1.0], [1.0]], axis=1)
    path.write_bytes(encode_wav(samples, 8000, subtype))
    samples, info = read_audio(path)
    assert common_gain(samples, subtype) == 1.0
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


def test_formats_that_wav_lacks_become_16_bit(tmp_path, rng):
    samples = rng.uniform(-0.5, 0.5, (500, 2))
    for name, subtype, expected in (
        ("a.flac", "PCM_24", "PCM_24"),
        ("a.ogg", "VORBIS", "PCM_16"),
        ("a.aiff", "PCM_S8", "PCM_U8"),
        ("a.wav", "IMA_ADPCM", "PCM_16"),
    ):
        soundfile.write(tmp_path / name, samples, 16000, subtype)
        assert probe(tmp_path / name).wav_subtype == expected


@given(
    st.floats(0.01, 8), st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"])
)
def test_common_gain_keeps_every_part_within_full_scale(peak, subtype):
    parts = np.linspace(-peak, 0.7 * peak, 50).reshape(5, 2, 5)
    gain = common_gain(parts, subtype)
    assert (gain == 1) == (peak <= 1)
    assert np.abs(gain * parts).max() <= 1 + 1e-12
    assert common_gain(parts, "FLOAT") == 1


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [(0, None, 8000), (0.5, None, 4000), (0.25, 0.5, 2000), (0, 99, 8000)],
)
def test_reads_an_excerpt(tmp_path, start, end, frames):
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.arange(8000) / 8000, 8000, "DOUBLE")
    samples, info = read_audio(path, start, end)
    assert samples.shape == (1, frames)
    assert samples[0, 0] == start
    assert samples.dtype == np.float64
    assert info.frames == 8000


@pytest.mark.parametrize(("start", "end"), [(1.0, None), (5.0, 6.0), (0.5, 0.5), (0.5, 0.2)])
def test_refuses_an_empty_excerpt(tmp_path, start, end):
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.zeros(8000), 8000)
    with pytest.raises(ParameterError, match=r"sound\.wav"):
        read_audio(path, start, end)


@pytest.mark.parametrize("name", ["with space.wav", "é.wav", "絆.wav", "🎤.wav", "-n.wav",
                                  "a\nb.wav", "{track}.wav", "%s.wav", "'\".wav"])  # fmt: skip
def test_any_file_name(tmp_path, name):
    soundfile.write(tmp_path / "plain.wav", np.ones(10) / 2, 8000)
    (tmp_path / "plain.wav").rename(tmp_path / name)
    assert read_audio(tmp_path / name)[0].shape == (1, 10)


def test_a_file_name_that_is_not_utf8(tmp_path):
    soundfile.write(tmp_path / "plain.wav", np.ones(10) / 2, 8000)
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.wav")
    (tmp_path / "plain.wav").rename(name)
    assert probe(name).frames == 10


def unreadable(folder, kind):
    path = folder / "bad.wav"
    good = bytes(encode_wav(np.full((2, 4000), 0.1), 8000, "FLOAT"))
    match kind:
        case "missing":
            pass
        case "below a file":
            (folder / "file").write_bytes(b"")
            path = folder / "file" / "bad.wav"
        case "folder":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is a letter, not a sound\n" * 50)
        case "truncated header":
            path.write_bytes(good[:30])
        case "no samples":
            path.write_bytes(encode_wav(np.zeros((2, 0)), 8000, "PCM_16"))
        case "NaN":
            path.write_bytes(encode_wav(np.array([[0.0, np.nan, 1.0]]), 8000, "FLOAT"))
        case "infinite":
            path.write_bytes(encode_wav(np.array([[0.0, np.inf, 1.0]]), 8000, "DOUBLE"))
        case "null in the name":
            path = folder / "a\0b.wav"
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "no such file"),
        ("below a file", "no such file"),
        ("folder", "is a folder"),
        ("empty", "is empty"),
        ("text", "not a sound file"),
        ("truncated header", "not a sound file"),
        ("no samples", "holds no samples"),
        ("NaN", "not numbers"),
        ("infinite", "not numbers"),
        ("null in the name", "cannot be opened"),
    ],
)
def test_unreadable_files(tmp_path, kind, words):
    path = unreadable(tmp_path, kind)
    with pytest.raises(InputError, match=words) as caught:
        read_audio(path)
    assert str(path) in str(caught.value)


def test_a_pipe_is_refused_without_waiting(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    with pytest.raises(InputError, match="not a regular file"):
        read_audio(path)


def test_what_is_left_of_a_cut_file_is_read(tmp_path):
    whole = bytes(encode_wav(np.full((2, 4000), 0.1), 8000, "PCM_16"))
    path = tmp_path / "cut.wav"
    path.write_bytes(whole[: len(whole) // 2])
    samples, info = read_audio(path)
    assert 1900 < samples.shape[1] < 2000
    assert info.cut_off
    path.write_bytes(whole)
    assert not probe(path).cut_off


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.ogg"])
def test_a_whole_file_is_not_cut_off(tmp_path, name):
    soundfile.write(tmp_path / name, np.zeros((1001, 1)), 16000)
    assert not probe(tmp_path / name).cut_off
