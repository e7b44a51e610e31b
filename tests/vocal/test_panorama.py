import numpy as np

from tdsep.vocal.panorama import sharpen
from tdsep.vocal.recording import Recording

RATE, N_FFT = 8000, 256


def stereo_noise(rng, seconds=4):
    """A voice in the middle, a background on the left; each in bands of its own half the time."""
    voice, background = rng.standard_normal((2, seconds * RATE)).astype(np.float32)
    voice[:RATE] = 0
    return np.stack([voice + background, voice + 0.1 * background]), voice, background


def test_what_stands_where_the_voice_does_gains_and_the_rest_loses(rng):
    song, voice, background = stereo_noise(rng)
    recording = Recording.of(song, RATE, N_FFT, N_FFT // 4)
    seen = {
        name: Recording.of(part[None], RATE, N_FFT, N_FFT // 4)
        for name, part in (("voice", voice), ("background", background))
    }
    levels = {name: part.magnitudes(0, part.n_frames)[0] * part.unit for name, part in seen.items()}
    truth = levels["voice"] / (levels["voice"] + levels["background"] + 1e-9)
    noisy = np.clip(truth + 0.3 * rng.standard_normal(truth.shape), 0.02, 0.98)
    sung = np.arange(recording.n_frames) * recording.hop > 1.1
    noisy[:, ~sung] = 0
    mask = noisy.astype(np.float16)
    sharpen(mask, recording, sung)
    before, after = (np.abs(m[:, sung] - truth[:, sung]).mean() for m in (noisy, mask))
    assert after < before
    assert not mask[:, ~sung].any()
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_a_song_from_one_place_tells_nothing(rng):
    voice = rng.standard_normal(16000)
    recording = Recording.of(np.stack([voice, 0.9 * voice]), RATE, N_FFT, N_FFT // 4)
    mask = rng.random((N_FFT // 2 + 1, recording.n_frames)).astype(np.float16)
    changed = mask.copy()
    sharpen(changed, recording, np.arange(recording.n_frames) > 50)
    assert np.abs(changed.astype(float) - mask).mean() < 0.05
