import io

import numpy as np
import pytest
import soundfile

from tdsep.report.listening import COLUMNS, LONGEST, ROWS, band_edges, listen


@pytest.fixture
def heard(tmp_path):
    """Write parts as files, and listen to them."""

    def of(parts, rate=16000, mixture=None, summed=1.0):
        names = {f"part{number}": f"{number}.wav" for number in range(len(parts))}
        sounds = dict(zip(names.values(), parts, strict=True))
        if mixture is not None:
            sounds["mix.wav"] = mixture
        for name, sound in sounds.items():
            soundfile.write(tmp_path / name, np.asarray(sound).T, rate, "FLOAT")
        files = {name: tmp_path / name for name in sounds}
        return listen(names, None if mixture is None else "mix.wav", summed, files)

    return of


def decoded(track):
    sound, rate = soundfile.read(io.BytesIO(track.mp3), always_2d=True)
    return sound.T, rate


def test_tracks_are_the_files_and_their_sum_first(heard, rng):
    parts = 0.1 * rng.standard_normal((2, 2, 32000)).cumsum(axis=2) / 20
    recording = heard(parts, summed=0.5)
    assert [track.name for track in recording.tracks] == ["mixture", "part0", "part1"]
    assert [track.file for track in recording.tracks] == [None, "0.wav", "1.wav"]
    for track, sound in zip(recording.tracks, [parts.sum(axis=0) / 0.5, *parts], strict=True):
        found, rate = decoded(track)
        assert rate == 16000
        assert found.shape == sound.shape
        error = found - recording.gain * sound
        assert (error**2).sum() < 0.05 * (recording.gain * sound).var() * sound.size


def test_no_track_is_early_or_late(heard, rng):
    parts = 0.2 * rng.uniform(-1, 1, (2, 1, 20000))
    sums, first, second = (decoded(track)[0][0] for track in heard(parts).tracks)
    lags = np.arange(-50, 51)
    match = [np.vdot(sums[100:-100], np.roll(first + second, lag)[100:-100]) for lag in lags]
    assert lags[np.argmax(match)] == 0


def test_no_mixture_where_a_part_lacks(heard, rng):
    parts = 0.1 * rng.standard_normal((1, 1, 4000))
    assert [track.name for track in heard(parts, summed=None).tracks] == ["part0"]


def test_a_mixture_that_is_a_file_is_not_summed(heard, rng):
    mixture, part = 0.1 * rng.standard_normal((2, 1, 4000))
    recording = heard([part], mixture=mixture)
    assert recording.tracks[0].file == "mix.wav"
    expected = recording.tracks[0].powers.sum() / recording.tracks[1].powers.sum()
    np.testing.assert_allclose((mixture**2).sum() / (part**2).sum(), expected, rtol=0.1)


@pytest.mark.parametrize(("scale", "changed"), [(1e-9, True), (0.9, False), (1e9, True)])
def test_what_is_far_too_loud_or_soft_is_heard_at_another_gain(heard, scale, changed):
    tone = scale * np.sin(np.arange(8000) * 0.3)[None]
    recording = heard([tone], summed=None)
    assert (recording.gain != 1) is changed
    assert 0.5 < np.abs(decoded(recording.tracks[0])[0]).max() < 1.1


@pytest.mark.parametrize("rate", [4000, 8000, 44100, 192000])
@pytest.mark.parametrize("length", [16, 100, 5000])
def test_any_rate_and_length(heard, rng, rate, length):
    recording = heard(0.1 * rng.standard_normal((2, 1, length)), rate)
    for track in recording.tracks:
        found, found_rate = decoded(track)
        assert found_rate <= 48000
        assert abs(found.shape[1] / found_rate - length / rate) <= 1 / 4000
        assert track.powers.shape[0] == ROWS
        assert np.isfinite(track.powers).all()
        assert track.powers.max() > 0


def test_silence_is_silent(heard):
    recording = heard(np.zeros((2, 1, 3000)))
    assert recording.gain == 1
    assert not recording.tracks[0].powers.any()


def test_of_many_channels_two_are_heard_and_all_are_seen(heard):
    sound = np.zeros((5, 9000))
    sound[4] = 0.5 * np.sin(np.arange(9000) * 0.2)
    recording = heard([sound], summed=None)
    assert recording.channels == 5
    assert decoded(recording.tracks[0])[0].shape == (2, 9000)
    assert recording.tracks[0].powers.max() > 0


def test_a_long_recording_is_cut(heard):
    rate = 1000
    recording = heard(np.full((1, 1, round(1.5 * LONGEST * rate)), 0.1), rate)
    assert recording.seconds == LONGEST
    assert recording.whole == 1.5 * LONGEST
    assert recording.tracks[0].powers.shape == (ROWS, COLUMNS)


@pytest.mark.parametrize("tone", [50.0, 440.0, 3000.0, 7000.0])
def test_a_tone_is_seen_where_it_is(heard, tone):
    sound = 0.5 * np.sin(2 * np.pi * tone * np.arange(16000) / 16000)[None]
    powers = heard([sound], summed=None).tracks[0].powers.sum(axis=1)
    edges = band_edges(16000)
    middle = edges[powers.argmax() : powers.argmax() + 2].mean()
    assert abs(middle - tone) < 16000 / 736 + np.diff(edges)[powers.argmax()]


def test_a_click_is_seen_when_it_is(heard):
    sound = np.zeros((1, 64000))
    sound[0, 48000] = 0.9
    powers = heard([sound], summed=None).tracks[0].powers.sum(axis=0)
    assert abs((powers.argmax() + 0.5) / len(powers) - 0.75) < 2 / len(powers)


def test_white_noise_is_as_loud_in_every_band(heard, rng):
    sound = 0.1 * rng.standard_normal((1, 160000))
    powers = heard([sound], summed=None).tracks[0].powers.mean(axis=1)
    np.testing.assert_allclose(powers[1:-1], np.median(powers), rtol=0.3)
