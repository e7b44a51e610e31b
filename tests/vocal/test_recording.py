import numpy as np

from tdsep.stft import stft
from tdsep.vocal.recording import FLOOR, Recording


def test_views_are_the_mean_and_half_the_difference(rng):
    song = rng.standard_normal((2, 4000)).astype(np.float32)
    recording = Recording.of(song, 8000, 256, 64)
    spectrum = np.abs(stft(np.stack([song.mean(axis=0), (song[0] - song[1]) / 2]), 256, 64))
    unit = spectrum[0].mean()
    assert np.isclose(recording.unit, unit, rtol=1e-5)
    seen = recording.magnitudes(3, 20)
    np.testing.assert_allclose(seen, spectrum[:, :, 3:20] / unit + FLOOR, rtol=1e-3, atol=1e-4)


def test_other_numbers_of_channels_have_one_view(rng):
    for n_channels in (1, 3, 6):
        song = rng.standard_normal((n_channels, 3000)).astype(np.float32)
        recording = Recording.of(song, 8000, 256, 64)
        assert recording.magnitudes(0, 5).shape == (1, 129, 5)


def test_frames_within_passages_hear_nothing_else():
    rate, n_fft, hop = 1000, 64, 16
    for start, end in ((0, 1.0), (0.5, 1.5), (2.0, 3.0)):
        song = np.ones((1, 3000), np.float32)
        song[:, round(start * rate) : round(end * rate)] = 0
        recording = Recording.of(song, rate, n_fft, hop)
        inside = recording.frames_within([(start, end)])
        heard = recording.magnitudes(0, recording.n_frames)[0].max(axis=0) > 2 * FLOOR
        assert inside.sum() > (end - start) * rate / hop - n_fft / hop - 1
        assert not (inside & heard).any()


def test_two_channels_alike_have_one_view(rng):
    voice = rng.standard_normal(3000).astype(np.float32)
    assert Recording.of(np.stack([voice, voice]), 8000, 256, 64).n_views == 1
    assert Recording.of(np.stack([voice, 0.9 * voice]), 8000, 256, 64).n_views == 2
