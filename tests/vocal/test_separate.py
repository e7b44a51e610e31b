import warnings

import numpy as np
import pytest

import tdsep
from tdsep.audio import open_sound
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.vocal import METHODS
from tdsep.vocal.separate import separate_vocals
from tests.conftest import SAMPLES

#: SDR in dB that each method reaches on the sample, less a margin; the song as it is has 0.
EXPECTED = {"source-filter": 8.5, "nmf": 5.0, "cnmf": 4.0}


@pytest.fixture(scope="module", params=METHODS)
def separated(request, song):
    return separate_vocals(song.mix, song.rate, song.intro, method=request.param)


def test_the_voice_is_apart(separated, song):
    assert song.sdr(song.mix) < 0.1
    assert song.sdr(separated.vocals) > EXPECTED[separated.method]


def test_the_parts_add_up_to_the_song(separated, song):
    assert separated.vocals.shape == song.mix.shape
    total = separated.vocals + separated.accompaniment
    np.testing.assert_allclose(total, song.mix, atol=1e-6)


def test_there_is_no_voice_in_the_intro_nor_below_the_high_pass(separated, song):
    intro = round(song.intro * song.rate)
    inside = intro - separated.recording.n_fft
    assert not separated.vocals[:, :inside].any()
    spectrum = np.abs(
        np.fft.rfft(separated.vocals[0, intro:] * np.hanning(song.mix.shape[1] - intro))
    )
    low = np.fft.rfftfreq(song.mix.shape[1] - intro, 1 / song.rate) < 80
    assert spectrum[low].max() < 0.02 * spectrum.max()


def test_masks_are_shares(separated):
    mask = np.asarray(separated.mask)
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_the_melody_is_the_voices(song):
    found = separate_vocals(song.mix, song.rate, song.intro).explanation
    sings = ~np.isnan(found.melody)
    assert 100 < np.median(found.melody[sings]) < 400


def test_any_number_of_channels(song):
    mono = song.mix.mean(axis=0)
    first = separate_vocals(mono, song.rate, song.intro, method="nmf")
    assert first.vocals.shape == (1, mono.size)
    three = separate_vocals(np.stack([mono] * 3), song.rate, song.intro, method="nmf")
    for channel in three.vocals:
        np.testing.assert_allclose(channel, first.vocals[0], atol=1e-3)


def test_the_same_seed_gives_the_same_bytes(song):
    part = song.mix[:, : 8 * song.rate]
    first, again, other = (
        separate_vocals(part, song.rate, 4.0, n_iter=5, seed=seed).vocals for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("scale", [1e-11, 1e11])
def test_loudness_does_not_matter(song, scale):
    part = song.mix[:, : 8 * song.rate]
    plain = separate_vocals(part, song.rate, 4.0, method="nmf", n_iter=20).vocals
    scaled = separate_vocals(part * np.float32(scale), song.rate, 4.0, method="nmf", n_iter=20)
    np.testing.assert_allclose(scaled.vocals / scale, plain, atol=0.02)


def test_passages_may_lie_anywhere(song):
    turned = np.roll(song.mix, -round(5 * song.rate), axis=1)
    start = song.mix.shape[1] / song.rate - 5
    found = separate_vocals(turned, song.rate, [(start, start + 2), (start + 2.5, start + 4)])
    vocals = np.roll(found.vocals, round(5 * song.rate), axis=1)
    assert song.sdr(vocals) > 7


@pytest.mark.parametrize("method", METHODS)
def test_digital_silence_within_a_song(song, method):
    part = song.mix[:, : 9 * song.rate].copy()
    part[:, 2 * song.rate : 3 * song.rate] = 0
    part[:, 6 * song.rate : 7 * song.rate] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = separate_vocals(part, song.rate, 4.0, method=method, n_iter=8)
    assert np.isfinite(found.vocals).all()
    assert np.abs(found.vocals[:, round(6.2 * song.rate) : round(6.8 * song.rate)]).max() < 1e-6


def test_segments_cannot_be_heard(song, monkeypatch):
    """Where segments meet the voice is as steady as elsewhere, and the quality is kept."""
    whole = separate_vocals(song.mix, song.rate, song.intro)
    monkeypatch.setattr("tdsep.vocal.separate._SEGMENT", 5.0)
    monkeypatch.setattr("tdsep.vocal.separate._OVERLAP", 1.0)
    cut = separate_vocals(song.mix, song.rate, song.intro)
    assert song.sdr(cut.vocals) > song.sdr(whole.vocals) - 2.5

    def changes(found):
        return np.abs(np.diff(np.asarray(found.mask, np.float32), axis=1)).mean(axis=0)

    assert changes(cut).max() < 1.5 * changes(whole).max()


def test_a_voice_in_one_place_is_told_from_what_stands_beside_it(song):
    stereo = song.sdr(separate_vocals(song.mix, song.rate, song.intro).vocals)
    mono = separate_vocals(song.mix.mean(axis=0), song.rate, song.intro)
    window = mono.recording.n_fft, mono.recording.hop_length
    mid = song.sdr(tdsep.stft.masked(song.mix, np.asarray(mono.mask), *window))
    assert stereo > mid - 0.2


def test_more_bases_than_frames_are_too_many(song):
    with pytest.warns(UserWarning, match="100 bases are more than the"):
        found = separate_vocals(song.mix[:, : 5 * song.rate], song.rate, 1.0, n_bases=100, n_iter=2)
    assert found.background.bases.shape[1] < 100


def test_a_song_of_one_second(song):
    start = round(3.4 * song.rate)
    found = separate_vocals(song.mix[:, start : start + song.rate], song.rate, 0.5, n_bases=5)
    assert np.isfinite(found.vocals).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "magic"}, "choose from source-filter"),
        ({"n_bases": 0}, "n_bases"),
        ({"n_bases": 2.5}, "n_bases"),
        ({"n_vocal_bases": -1}, "n_vocal_bases"),
        ({"n_iter": 0}, "n_iter"),
        ({"width": 3}, "only `method` cnmf"),
        ({"divergence": "itakura-saito"}, "a `divergence` of its own"),
        ({"method": "nmf", "divergence": "cosine"}, "there is no divergence"),
        ({"high_pass": -1.0}, "high_pass"),
        ({"high_pass": float("nan")}, "high_pass"),
        ({"intro": 20.0}, "is not within"),
        ({"intro": (0, 1)}, "are no passages"),
        ({"high_pass": 8000.0}, "where nothing is left"),
        ({"song": np.full((1, 32000), 1e200)}, "scale it"),
        ({"song": np.ones((2, 1))}, "give 1 s or more"),
        ({"intro": 0.0}, "empty or reversed"),
        ({"rate": 1000}, "too few for voices"),
        ({"song": np.zeros((2, 32000))}, "is silent"),
        ({"song": np.full((2, 32000), np.nan)}, "not numbers"),
        ({"song": np.ones((32000, 2))}, "transpose"),
        ({"song": np.ones((2, 2, 2))}, "3-dimensional"),
        ({"song": np.ones((1, 9000))}, "give 1 s or more"),
        ({"song": np.r_[np.zeros(16000), np.ones(16000)]}, "silent where its background"),
    ],
)
def test_impossible_wishes(song, change, words):
    given = {"song": song.mix[:, :32000], "rate": song.rate, "intro": 1.0} | change
    with pytest.raises((ParameterError, UnsuitableInputError), match=words):
        separate_vocals(given.pop("song"), given.pop("rate"), given.pop("intro"), **given)


def test_channels_that_cancel_each_other(song):
    mono = song.mix.mean(axis=0)[: 8 * song.rate]
    plain = separate_vocals(mono, song.rate, 4.0, n_iter=5).vocals[0]
    opposite = separate_vocals(np.stack([mono, -mono]), song.rate, 4.0, n_iter=5).vocals
    np.testing.assert_allclose(opposite, [plain, -plain], atol=1e-6)


class Pieces:
    """A sound that is never read at a stretch of more than some samples."""

    def __init__(self, samples, most):
        self.samples, self.shape, self.dtype, self.most = (
            samples,
            samples.shape,
            samples.dtype,
            most,
        )

    def __getitem__(self, key):
        found = self.samples[key]
        assert found.shape[1] <= self.most
        return found


def same(far, near):
    """Have two separations the same bytes?"""
    return far.vocals.tobytes() == near.vocals.tobytes() and np.array_equal(far.mask, near.mask)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_read_in_pieces_is_what_is_held(song, monkeypatch, method):
    monkeypatch.setattr("tdsep.vocal.separate._SEGMENT", 5.0)
    options = {"method": method, "n_iter": 4}
    held = separate_vocals(song.mix, song.rate, song.intro, **options)
    monkeypatch.setattr("tdsep.frames._HELD", 1000)
    with open_sound(SAMPLES / "song.wav") as sound:
        assert same(separate_vocals(sound, song.rate, song.intro, **options), held)


def test_no_more_than_a_segment_is_read_at_a_time(song):
    long = np.tile(song.mix, (1, 12))  # 168 s
    sound = Pieces(long, 50 * song.rate)
    found = separate_vocals(sound, song.rate, song.intro, method="nmf", n_iter=1)
    blocks = list(found.blocks())
    assert len(blocks) > 1
    total = np.concatenate([block.sum(axis=0) for block in blocks], axis=1)
    np.testing.assert_allclose(total, long, atol=1e-6)


def test_two_minutes_of_background_are_enough(rng):
    song = rng.standard_normal((1, 400 * 2000)).astype(np.float32)
    found = separate_vocals(song, 2000, [(10, 150), (200, 390)], method="nmf", n_iter=1)
    n_frames = found.background.sounds.activations.shape[1]
    assert 0.95 * 120 < n_frames * found.recording.hop <= 120
