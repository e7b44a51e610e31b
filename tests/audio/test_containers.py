import sys

import numpy as np
import pytest
import soundfile

from tdsep.audio import containers, open_sound, probe, read_audio
from tdsep.errors import InputError, MissingDependencyError, OutputError
from tests.conftest import voice_like
from tests.containers import encode_container

av = pytest.importorskip("av")


def song(rng, rate: int, seconds: float = 1.5, channels: int = 2) -> np.ndarray:
    n_samples = round(rate * seconds) + 17
    return 0.5 * np.stack([voice_like(rng, n_samples, rate) for _ in range(channels)])


def lag(found: np.ndarray, truth: np.ndarray) -> int:
    size = 2 * max(found.shape[1], truth.shape[1])
    spectrum = np.fft.rfft(found, size) * np.fft.rfft(truth, size).conj()
    return int(np.fft.irfft(spectrum.sum(axis=0), size).argmax())


@pytest.mark.parametrize(
    ("name", "codec", "rate", "video"),
    [
        ("a.m4a", "aac", 44100, None),
        ("a.m4a", "aac", 22050, None),
        ("a.m4a", "alac", 48000, None),
        ("a.mp4", "aac", 48000, "mpeg4"),
        ("a.mov", "pcm_s16le", 32000, "mpeg4"),
        ("a.mov", "pcm_f32le", 32000, None),
        ("a.mov", "pcm_u8", 32000, None),
        ("a.mkv", "flac", 44100, "mpeg4"),
        ("a.webm", "libopus", 48000, None),
        ("a.mkv", "libopus", 48000, "mpeg4"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_the_sound_is_that_which_was_encoded(tmp_path, rng, name, codec, rate, video, channels):
    """In length, too: what an encoder puts before and behind it is taken away.

    Some versions of FFmpeg write the length of AAC in whole milliseconds only.
    """
    truth = song(rng, rate, channels=channels)
    encode_container(tmp_path / name, [truth], rate, codec, video)
    samples, info = read_audio(tmp_path / name)
    assert (info.rate, info.channels, info.frames) == (rate, channels, samples.shape[1])
    assert abs(samples.shape[1] - truth.shape[1]) <= (rate // 1000 if codec == "aac" else 0)
    assert info.remarks == []
    common = min(samples.shape[1], truth.shape[1])
    samples, truth = samples[:, :common], truth[:, :common]
    assert lag(samples, truth) == 0
    error = np.mean((samples - truth) ** 2) / np.mean(truth**2)
    assert error < {"aac": 0.1, "libopus": 0.1, "pcm_u8": 1e-2}.get(codec, 1e-6)


def test_aac_in_matroska_keeps_some_silence_behind_it(tmp_path, rng):
    truth = song(rng, 44100)
    encode_container(tmp_path / "a.mkv", [truth], 44100, "aac")
    samples, _ = read_audio(tmp_path / "a.mkv")
    assert truth.shape[1] <= samples.shape[1] < truth.shape[1] + 3072
    assert lag(samples, truth) in (0, 1024)  # older versions of FFmpeg do not write the delay


def test_bare_aac_keeps_what_the_encoder_put_around_it(tmp_path, rng):
    truth = song(rng, 44100)
    encode_container(tmp_path / "a.aac", [truth], 44100, "aac")
    samples, _ = read_audio(tmp_path / "a.aac")
    assert lag(samples, truth) == 1024
    assert truth.shape[1] + 1024 <= samples.shape[1] < truth.shape[1] + 2048


def test_pieces_are_those_of_the_whole(tmp_path, rng):
    encode_container(tmp_path / "a.m4a", [song(rng, 16000)], 16000, "aac")
    whole, info = read_audio(tmp_path / "a.m4a", 0.1, 1.2)
    assert probe(tmp_path / "a.m4a") == info
    with open_sound(tmp_path / "a.m4a", 0.1, 1.2) as sound:
        assert sound.shape == whole.shape
        for start, stop in ((9000, 9100), (0, 100), (17000, 99999), (5000, 5001)):
            np.testing.assert_array_equal(sound[..., start:stop], whole[:, start:stop])


def test_the_length_that_the_tracks_edit_list_tells(tmp_path, rng):
    """Apple's encoder leaves its last packet full and tells the length there."""
    encode_container(tmp_path / "a.m4a", [song(rng, 44100)], 44100, "aac")
    content = bytearray((tmp_path / "a.m4a").read_bytes())
    scale = int.from_bytes(content[(place := content.find(b"mvhd") + 16) : place + 4], "big")
    place = content.find(b"elst") + 12
    content[place : place + 4] = round(1.49 * scale).to_bytes(4, "big")
    (tmp_path / "b.m4a").write_bytes(content)
    assert probe(tmp_path / "b.m4a").frames == round(1.49 * 44100)


def test_tags(tmp_path, rng):
    tags = {"title": "Lied 絆", "artist": "Ä", "album": "B", "date": "2001", "genre": "Rock",
            "comment": "c", "track": "3/9", "copyright": "d"}  # fmt: skip
    expected = {**tags, "tracknumber": tags["track"]}
    del expected["track"]
    for name in ("a.m4a", "a.mkv"):
        encode_container(tmp_path / name, [song(rng, 16000)], 16000, "aac", tags=tags)
        assert probe(tmp_path / name).tags == expected


def test_several_tracks_are_a_remark(tmp_path, rng):
    tracks = [song(rng, 16000), song(rng, 16000)]
    encode_container(tmp_path / "a.m4a", tracks, 16000, "alac")
    samples, info = read_audio(tmp_path / "a.m4a")
    assert info.remarks == ["there are 2 sound tracks: number 1 is taken"]
    np.testing.assert_allclose(samples, tracks[0], atol=1e-6)


def test_sound_that_begins_late_or_is_interrupted_is_a_remark(tmp_path, rng):
    truth = song(rng, 16000)
    encode_container(tmp_path / "a.mkv", [truth], 16000, "flac", "mpeg4", late=8000)
    samples, info = read_audio(tmp_path / "a.mkv")
    assert samples.shape == truth.shape
    assert info.remarks == [
        "the sound begins 0.50 s after the film: times count from its beginning"
    ]
    encode_container(tmp_path / "b.mkv", [truth], 16000, "flac", "mpeg4", gap=6400)
    samples, info = read_audio(tmp_path / "b.mkv")
    assert samples.shape == truth.shape
    assert info.remarks == ["the sound is interrupted for 0.40 s in all: the rest is joined"]


@pytest.mark.parametrize("name", ["a.m4a", "a.webm"])
def test_what_is_left_of_a_cut_file_is_read(tmp_path, rng, name):
    truth = song(rng, 48000)
    encode_container(tmp_path / name, [truth], 48000, "aac" if name == "a.m4a" else "libopus")
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) * 2 // 3])
    samples, info = read_audio(tmp_path / name)
    assert info.cut_off
    assert 0.3 * truth.shape[1] < samples.shape[1] < 0.8 * truth.shape[1]


def unreadable(folder, rng, kind):
    path = folder / "bad.m4a"
    if kind == "no sound":
        with av.open(str(path), "w", format="mp4") as container:
            pictures = container.add_stream("mpeg4", rate=25)
            pictures.width = pictures.height = 64
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
            container.mux(pictures.encode())
        return path
    encode_container(path, [song(rng, 44100)], 44100, "aac")
    content = bytearray(path.read_bytes())
    match kind:
        case "head":
            del content[200:]
        case "junk":
            content[8:] = b"x" * 500
        case "within":
            middle = len(content) // 2
            content[middle : middle + 800] = bytes(7 * k % 256 for k in range(800))
        case "throughout":
            start = content.find(b"mdat") + 4
            content[start:] = bytes(7 * k * k % 256 for k in range(len(content) - start))
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no sound", "holds no sound"),
        ("head", "holds no sound"),
        ("junk", "is broken"),
        ("within", "broken sound data at 0.7"),
        ("throughout", "broken"),
    ],
)
def test_unreadable_files(tmp_path, rng, kind, words):
    path = unreadable(tmp_path, rng, kind)
    with pytest.raises(InputError, match=words) as caught:
        read_audio(path)
    assert str(path) in str(caught.value)


def test_a_change_of_rate_is_refused(tmp_path, rng):
    """Bare AAC may be joined as it is."""
    for name, rate in (("a.aac", 44100), ("b.aac", 22050)):
        encode_container(tmp_path / name, [song(rng, rate)], rate, "aac")
    joined = (tmp_path / "a.aac").read_bytes() + (tmp_path / "b.aac").read_bytes()
    (tmp_path / "c.aac").write_bytes(joined)
    with pytest.raises(InputError, match=r"changes at 1\.5\d+ s from 44100 Hz"):
        read_audio(tmp_path / "c.aac")


def test_without_pyav_the_extra_is_named(tmp_path, rng, monkeypatch):
    encode_container(tmp_path / "a.m4a", [song(rng, 16000)], 16000, "aac")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'tdsep\[av\]'") as caught:
        read_audio(tmp_path / "a.m4a")
    assert str(tmp_path / "a.m4a") in str(caught.value)
    (tmp_path / "b.txt").write_text("no sound at all\n" * 9)
    with pytest.raises(InputError, match="is not a sound file"):
        read_audio(tmp_path / "b.txt")


def test_no_room_to_decode_is_one_error(tmp_path, rng, monkeypatch):
    encode_container(tmp_path / "a.m4a", [song(rng, 16000)], 16000, "aac")

    def full(*_: object) -> None:
        raise soundfile.LibsndfileError(2)

    monkeypatch.setattr(containers.soundfile.SoundFile, "write", full)
    with pytest.raises(OutputError, match="TMPDIR"):
        read_audio(tmp_path / "a.m4a")


def test_any_file_name(tmp_path, rng):
    encode_container(tmp_path / "a.m4a", [song(rng, 16000)], 16000, "aac")
    for name in ("http:é.m4a", "🎤 %d.m4a", "no ending"):
        (tmp_path / "a.m4a").rename(tmp_path / name)
        assert probe(tmp_path / name).rate == 16000
        (tmp_path / name).rename(tmp_path / "a.m4a")
