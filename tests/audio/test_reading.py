import os

import numpy as np
import pytest
import soundfile

from tdsep.audio import open_sound, probe, read_audio
from tdsep.errors import InputError, ParameterError
from tdsep.formats import nearest_subtype
from tests.conftest import encode_wav

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
    assert nearest_subtype("wav", info.subtype, rate) == subtype
    back, again = read_audio(path)
    assert again == info
    np.testing.assert_allclose(back, samples, atol=STEP[subtype])


def test_formats_that_wav_lacks_become_16_bit(tmp_path, rng):
    samples = rng.uniform(-0.5, 0.5, (500, 2))
    for name, subtype, expected in (
        ("a.flac", "PCM_24", "PCM_24"),
        ("a.ogg", "VORBIS", "PCM_16"),
        ("a.aiff", "PCM_S8", "PCM_U8"),
        ("a.wav", "IMA_ADPCM", "PCM_16"),
    ):
        soundfile.write(tmp_path / name, samples, 16000, subtype)
        assert nearest_subtype("wav", probe(tmp_path / name).subtype, 16000) == expected


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
            soundfile.write(path, np.zeros((0, 2)), 8000)
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


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("a.wav", None), ("a.flac", None), ("a.ogg", "VORBIS"), ("a.ogg", "OPUS"), ("a.aiff", None),
     ("a.caf", None), ("a.w64", None)],
)  # fmt: skip
def test_pieces_are_those_of_the_whole(tmp_path, rng, name, subtype):
    """In any order, of any channels."""
    soundfile.write(tmp_path / name, rng.uniform(-0.5, 0.5, (30000, 3)), 16000, subtype)
    whole, info = read_audio(tmp_path / name, 0.1)
    with open_sound(tmp_path / name, 0.1) as sound:
        assert sound.shape == whole.shape
        assert sound.info == info
        for start, stop in ((0, 100), (20000, 20500), (5000, 5001), (28000, 99999), (0, 28400)):
            np.testing.assert_array_equal(sound[..., start:stop], whole[:, start:stop])
            some = sound.of_channels([2, 0])[..., start:stop]
            np.testing.assert_array_equal(some, whole[[2, 0], start:stop])
        assert sound.of_channels([2, 0]).shape == (2, whole.shape[1])


def test_the_end_of_a_compressed_file_may_be_missing(tmp_path, rng):
    path = tmp_path / "a.flac"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (90000, 1)), 16000)
    path.write_bytes(path.read_bytes()[:60000])
    samples, info = read_audio(path)
    assert info.cut_off
    assert 10000 < info.frames == samples.shape[1] < 60000


def test_a_decoder_that_has_lost_its_place(tmp_path, monkeypatch, rng):
    """Of some broken MP3 soundfile would read less than nothing, which NumPy refuses."""
    soundfile.write(tmp_path / "lost.mp3", rng.uniform(-0.5, 0.5, 9000), 16000)

    def read(self, *arguments, **options):
        raise ValueError("negative dimensions are not allowed")

    monkeypatch.setattr(soundfile.SoundFile, "read", read)
    with pytest.raises(InputError, match=r"lost\.mp3: "):
        read_audio(tmp_path / "lost.mp3")
