import numpy as np
import pytest

from tdsep.stft import frequencies
from tdsep.vocal.voice_sounds import HIGHEST_F0, LOWEST_F0, bumps, combs

RATE, N_FFT = 16000, 1536


@pytest.mark.parametrize("harmonic", [1, 3, 10])
def test_a_comb_has_the_hann_windows_peaks(harmonic):
    """Oracle: the transform of a windowed sinusoid at the harmonic's frequency."""
    f0, spectra = combs(frequencies(RATE, N_FFT))
    comb = int(np.searchsorted(f0, 300))
    wave = np.cos(2 * np.pi * harmonic * f0[comb] * np.arange(N_FFT) / RATE)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    magnitudes = np.abs(np.fft.rfft(wave * window))
    middle = round(harmonic * f0[comb] * N_FFT / RATE)
    lobe = slice(middle - 1, middle + 2)
    ours, theirs = spectra[lobe, comb], magnitudes[lobe]
    np.testing.assert_allclose(ours / ours.max(), theirs / theirs.max(), atol=0.01)


def test_combs_cover_the_range_and_weigh_alike():
    bands = frequencies(RATE, N_FFT)
    f0, spectra = combs(bands)
    assert f0[0] == LOWEST_F0
    assert np.isclose(f0[-1], HIGHEST_F0, rtol=0.01)
    np.testing.assert_allclose(spectra.sum(axis=0), bands.size, rtol=1e-4)
    assert spectra.min() == 0


def test_bumps_add_up_to_one_everywhere():
    np.testing.assert_allclose(bumps(frequencies(RATE, N_FFT)).sum(axis=1), 1, atol=1e-5)
