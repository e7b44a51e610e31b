import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from tdsep.errors import ParameterError
from tdsep.stft import frequencies, istft, masked, n_frames, stft, stft_frames, window_length


@settings(max_examples=60, deadline=None)
@given(
    n_samples=st.integers(1, 3000),
    half=st.integers(8, 150),
    hop_share=st.floats(0.01, 1.0),
    channels=st.integers(1, 3),
)
def test_inverse_returns_the_signal_at_its_exact_length(n_samples, half, hop_share, channels):
    n_fft, hop = 2 * half, max(1, int(half * hop_share))
    signal = np.random.default_rng(n_samples).standard_normal((channels, n_samples))
    spectrum = stft(signal, n_fft, hop)
    assert spectrum.dtype == np.complex64
    assert spectrum.shape[:2] == (channels, half + 1)
    back = istft(spectrum, n_samples, n_fft, hop)
    assert back.shape == signal.shape
    np.testing.assert_allclose(back, signal, atol=2e-5)


def test_agrees_with_scipy(rng):
    signal = rng.standard_normal(5000)
    window = scipy.signal.windows.hann(256, sym=False)
    oracle = scipy.signal.ShortTimeFFT(window, 64, 1.0, phase_shift=None)
    ours, theirs = stft(signal, 256, 64), oracle.stft(signal)
    # Our frames begin at 64 i - 192, scipy's at 64 p - 128: frame 1 is p = 0.
    theirs = theirs[:, -oracle.p_min :]
    n = min(ours.shape[1] - 1, theirs.shape[1])
    np.testing.assert_allclose(ours[:, 1 : n + 1], theirs[:, :n], atol=1e-4)


def test_every_sample_lies_under_as_many_windows(rng):
    """Parseval with equal weight everywhere: the energy of a click does not depend on its place."""
    energies = []
    for place in (0, 1, 499, 998, 999):
        click = np.zeros(1000)
        click[place] = 1
        spectrum = stft(click, 64, 16)
        energies.append(
            (np.abs(spectrum[1:-1]) ** 2).sum() * 2 + np.abs(spectrum[[0, -1]] ** 2).sum()
        )
    np.testing.assert_allclose(energies, energies[0], rtol=1e-4)


def test_linear(rng):
    a, b = rng.standard_normal((2, 700))
    np.testing.assert_allclose(stft(a + 2 * b, 64), stft(a, 64) + 2 * stft(b, 64), atol=1e-4)


@pytest.mark.parametrize(("n_fft", "hop"), [(14, 1), (65, 16), (2, 1), (64, 0), (64, 33), (64, -1)])
def test_refuses_what_cannot_be_inverted(n_fft, hop):
    with pytest.raises(ParameterError, match="give"):
        stft(np.zeros(100), n_fft, hop)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
def test_window_length_is_long_enough_and_a_multiple_of_four(rate):
    length = window_length(rate, 0.128)
    assert length % 4 == 0
    assert 0.128 <= length / rate < 0.14


def test_frequencies():
    np.testing.assert_allclose(frequencies(16000, 8), [0, 2000, 4000, 6000, 8000])


@pytest.mark.parametrize(("n_fft", "hop"), [(64, 16), (64, 20), (100, 50), (64, 7)])
@pytest.mark.parametrize("n_samples", [5, 1000, 9000])
def test_some_frames_and_masking_block_by_block_agree_with_the_whole(rng, n_fft, hop, n_samples):
    signal = rng.standard_normal((2, n_samples)).astype(np.float32)
    spectrum = stft(signal, n_fft, hop)
    count = n_frames(n_samples, n_fft, hop)
    assert spectrum.shape[2] == count
    for first, last in ((0, count), (1, count), (count // 2, count), (count - 1, count), (0, 1)):
        some = stft_frames(signal, first, last, n_fft, hop)
        np.testing.assert_allclose(some, spectrum[..., first:last], atol=1e-4)
    mask = rng.random(spectrum.shape[1:])
    expected = istft(spectrum * mask, n_samples, n_fft, hop)
    np.testing.assert_allclose(masked(signal, mask, n_fft, hop), expected, atol=1e-4)
